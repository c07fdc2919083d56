#include "coweave/report/deadlock_story.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace coweave::detail {
namespace {

std::string at(const SourceLine& place) {
  return place.known() ? " at " + to_string(place) : std::string();
}

bool is_acquire(OperationKind kind) {
  return kind == OperationKind::acquire || kind == OperationKind::reacquire;
}

bool is_counter(const Trace& trace, std::uint32_t object) {
  const std::vector<UnmatchedRelease> unmatched = unmatched_releases(trace);
  return trace.objects[object].kind != ObjectKind::lock &&
         std::any_of(unmatched.begin(), unmatched.end(), [object](const UnmatchedRelease& release) {
           return release.object == object;
         });
}

/// The waits for locks and permits, as edges to those who have them.
class WaitFor {
 public:
  WaitFor(const Trace& trace, const std::vector<Holding>& held) : trace_(trace), held_(held) {
    std::set<std::uint32_t> counters;
    for (const TraceBlocked& wait : trace.blocked)
      if (wait.object && is_counter(trace, *wait.object)) counters.insert(*wait.object);
    for (const TraceBlocked& wait : trace.blocked)
      if (is_acquire(wait.operation) && wait.object && !counters.contains(*wait.object) &&
          !holders_of(wait).empty())
        stuck_.push_back(&wait);
    // Who waits for a permit that somebody outside has may get it: what is left cannot. A task that
    // ended with it gives it to nobody.
    while (std::erase_if(stuck_, [this](const TraceBlocked* wait) { return may_get(*wait); }) > 0) {
    }
  }

  [[nodiscard]] std::vector<std::string> tell() const {
    std::vector<std::string> lines;
    std::set<std::uint32_t> told;
    for (const TraceBlocked* start : stuck_) {
      if (told.contains(start->task)) continue;
      const std::vector<const TraceBlocked*> circle = circle_from(*start);
      if (circle.empty() || told.contains(circle.front()->task)) continue;
      std::string line = "cycle: ";
      for (const TraceBlocked* wait : circle) {
        told.insert(wait->task);
        line += trace_.tasks[wait->task].name + " waits for ";
      }
      lines.push_back(line + trace_.tasks[circle.front()->task].name);
      for (std::size_t i = 0; i < circle.size(); ++i)
        tell_held(*circle[i], *circle[(i + circle.size() - 1) % circle.size()], lines);
    }
    return lines;
  }

 private:
  [[nodiscard]] std::vector<std::uint32_t> holders_of(const TraceBlocked& wait) const {
    std::vector<std::uint32_t> holders;
    for (const Holding& holding : held_)
      if (holding.object == *wait.object) holders.push_back(holding.task);
    return holders;
  }

  [[nodiscard]] const TraceBlocked* stuck(std::uint32_t task) const {
    for (const TraceBlocked* wait : stuck_)
      if (wait->task == task) return wait;
    return nullptr;
  }

  [[nodiscard]] bool has_ended(std::uint32_t task) const {
    for (const TraceStep& step : trace_.steps)
      for (const TraceEffect& effect : step.effects)
        if (step.task == task && effect.kind == OperationKind::finish) return true;
    return false;
  }

  [[nodiscard]] bool may_get(const TraceBlocked& wait) const {
    const std::vector<std::uint32_t> holders = holders_of(wait);
    return std::any_of(holders.begin(), holders.end(), [this](std::uint32_t holder) {
      return stuck(holder) == nullptr && !has_ended(holder);
    });
  }

  /// The circle that the waits lead into; empty if they end at a task that has ended.
  [[nodiscard]] std::vector<const TraceBlocked*> circle_from(const TraceBlocked& start) const {
    std::vector<const TraceBlocked*> path{&start};
    while (true) {
      const TraceBlocked* next = nullptr;
      for (const std::uint32_t holder : holders_of(*path.back()))
        if (next == nullptr) next = stuck(holder);
      if (next == nullptr) return {};
      if (const auto seen = std::find(path.begin(), path.end(), next); seen != path.end())
        return {seen, path.end()};
      path.push_back(next);
    }
  }

  /// What the task of `wait` holds that the one of `other` wants.
  void tell_held(const TraceBlocked& wait, const TraceBlocked& other,
                 std::vector<std::string>& lines) const {
    const auto holding = std::find_if(held_.begin(), held_.end(), [&](const Holding& candidate) {
      return candidate.task == wait.task && candidate.object == *other.object;
    });
    if (holding == held_.end()) return;
    lines.push_back("  " + trace_.tasks[wait.task].name + " holds " +
                    trace_.describe_object(holding->object) + ", taken" + at(holding->place) +
                    " in step " + std::to_string(holding->step + 1) + ", across the await" +
                    at(wait.place) + " of " + trace_.describe_object(*wait.object));
  }

  const Trace& trace_;
  const std::vector<Holding>& held_;
  std::vector<const TraceBlocked*> stuck_;
};

/// "ended by an exception in step 6, in which it went on from yield at x.cpp:9".
std::string how_it_ended(const Trace& trace, std::uint32_t task, std::uint32_t step,
                         const TraceEffect& finish) {
  std::string text = trace.describe_effect(finish) + " in step " + std::to_string(step + 1);
  for (std::uint32_t i = step + 1; i-- > 0;) {  // A choice within it may have the effects.
    if (!trace.steps[i].is_step() || trace.steps[i].task != task) continue;
    if (trace.steps[i].operation == OperationKind::start) return text;
    return text + ", in which it goes on from " + trace.describe_step(i);
  }
  return text;
}

}  // namespace

std::vector<std::string> tell_cycles(const Trace& trace, const std::vector<Holding>& held) {
  return WaitFor(trace, held).tell();
}

std::vector<std::string> tell_leaks(const Trace& trace, const std::vector<Holding>& held) {
  std::vector<std::string> lines;
  for (const Holding& holding : held) {
    std::string waiting;
    for (const TraceBlocked& wait : trace.blocked)
      if (wait.object == holding.object && is_acquire(wait.operation))
        waiting += (waiting.empty() ? "" : ", ") + trace.tasks[wait.task].name;
    if (waiting.empty() || is_counter(trace, holding.object)) continue;
    for (std::uint32_t step = holding.step; step < trace.steps.size(); ++step)
      for (const TraceEffect& effect : trace.steps[step].effects)
        if (effect.kind == OperationKind::finish && trace.steps[step].task == holding.task)
          lines.push_back("leaked: " + trace.tasks[holding.task].name + " takes " +
                          trace.describe_object(holding.object) + at(holding.place) + " in step " +
                          std::to_string(holding.step + 1) + " and " +
                          how_it_ended(trace, holding.task, step, effect) +
                          ", without releasing it: " + waiting + " cannot get it");
  }
  return lines;
}

}  // namespace coweave::detail
