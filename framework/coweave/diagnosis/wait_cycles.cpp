#include "coweave/diagnosis/wait_cycles.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace coweave::detail {
namespace {

bool is_acquire(OperationKind kind) {
  return kind == OperationKind::acquire || kind == OperationKind::reacquire;
}

/// Semaphores that count signals: others than their holders release them.
std::set<std::uint32_t> counters_of(const Trace& trace) {
  std::set<std::uint32_t> counters;
  for (const UnmatchedRelease& release : unmatched_releases(trace))
    if (trace.objects[release.object].kind != ObjectKind::lock) counters.insert(release.object);
  return counters;
}

/// The waits for locks and permits, as edges to those who have them, and the waits for the ends of
/// tasks.
class WaitForGraph {
 public:
  WaitForGraph(const Trace& trace, const std::vector<Holding>& held) : trace_(trace), held_(held) {
    for (const Holding& holding : held) holders_[holding.object].push_back(holding.task);
    for (const TraceStep& step : trace.steps)
      for (const TraceEffect& effect : step.effects)
        if (effect.kind == OperationKind::finish) ended_.insert(step.task);
    const std::set<std::uint32_t> counters = counters_of(trace);
    for (const TraceBlocked& wait : trace.blocked)
      if (!wait.awaits.empty() ||
          (is_acquire(wait.operation) && wait.object && !counters.contains(*wait.object) &&
           holders_.contains(*wait.object)))
        stuck_.emplace(wait.task, &wait);
    // Who waits for a permit that somebody outside has may get it, and a task that does not wait
    // may end: what is left cannot go on. A task that ended with a permit gives it to nobody.
    while (std::erase_if(stuck_, [this](const auto& wait) { return may_go_on(*wait.second); }) >
           0) {
    }
  }

  [[nodiscard]] std::vector<std::string> tell() const {
    std::vector<std::string> lines;
    std::set<std::uint32_t> told;
    for (const auto& [task, start] : stuck_) {
      if (told.contains(task)) continue;
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
  [[nodiscard]] const TraceBlocked* stuck(std::uint32_t task) const {
    const auto found = stuck_.find(task);
    return found == stuck_.end() ? nullptr : found->second;
  }

  [[nodiscard]] bool may_go_on(const TraceBlocked& wait) const {
    if (!wait.awaits.empty())
      return std::none_of(wait.awaits.begin(), wait.awaits.end(),
                          [this](std::uint32_t task) { return stuck(task) != nullptr; });
    const std::vector<std::uint32_t>& holders = holders_.at(*wait.object);
    return std::any_of(holders.begin(), holders.end(), [this](std::uint32_t holder) {
      return stuck(holder) == nullptr && !ended_.contains(holder);
    });
  }

  /// The circle that the waits lead into; empty if they end at a task that has ended.
  [[nodiscard]] std::vector<const TraceBlocked*> circle_from(const TraceBlocked& start) const {
    std::vector<const TraceBlocked*> path{&start};
    while (true) {
      const TraceBlocked* next = nullptr;
      const TraceBlocked& last = *path.back();
      for (const std::uint32_t task : last.awaits.empty() ? holders_.at(*last.object) : last.awaits)
        if (next == nullptr) next = stuck(task);
      if (next == nullptr) return {};
      if (const auto seen = std::find(path.begin(), path.end(), next); seen != path.end())
        return {seen, path.end()};
      path.push_back(next);
    }
  }

  /// What the task of `wait` holds that the one of `other` wants, or that its end is what that
  /// waits for.
  void tell_held(const TraceBlocked& wait, const TraceBlocked& other,
                 std::vector<std::string>& lines) const {
    if (!other.awaits.empty()) {
      lines.push_back("  " + trace_.tasks[other.task].name + " waits for the end of " +
                      trace_.tasks[wait.task].name + at_place(other.place));
      return;
    }
    const auto holding = std::find_if(held_.begin(), held_.end(), [&](const Holding& candidate) {
      return candidate.task == wait.task && candidate.object == *other.object;
    });
    if (holding == held_.end()) return;
    lines.push_back("  " + trace_.tasks[wait.task].name + " holds " +
                    trace_.describe_object(holding->object) + ", taken" + at_place(holding->place) +
                    " in step " + std::to_string(trace_.number_of(holding->step)) +
                    ", across the await" + at_place(wait.place) + " of " + name_awaited(wait));
  }

  [[nodiscard]] std::string name_awaited(const TraceBlocked& wait) const {
    if (wait.awaits.empty()) return trace_.describe_object(*wait.object);
    const auto awaited =
        std::find_if(wait.awaits.begin(), wait.awaits.end(),
                     [this](std::uint32_t task) { return stuck(task) != nullptr; });
    return "the end of " + trace_.tasks[*awaited].name;
  }

  const Trace& trace_;
  const std::vector<Holding>& held_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> holders_;  // Of each object.
  std::set<std::uint32_t> ended_;                                // Tasks.
  std::map<std::uint32_t, const TraceBlocked*> stuck_;           // By task.
};

/// "ended by an exception in step 6, in which it went on from yield at x.cpp:9".
std::string how_it_ended(const Trace& trace, std::uint32_t task, std::uint32_t step,
                         const TraceEffect& finish) {
  std::string text =
      trace.describe_effect(finish) + " in step " + std::to_string(trace.number_of(step));
  for (std::uint32_t i = step + 1; i-- > 0;) {  // A choice within it may have the effects.
    if (!trace.steps[i].is_step() || trace.steps[i].task != task) continue;
    if (trace.steps[i].operation == OperationKind::start) return text;
    return text + ", in which it goes on from " + trace.describe_step(i);
  }
  return text;
}

}  // namespace

std::vector<std::string> tell_cycles(const Trace& trace, const std::vector<Holding>& held) {
  return WaitForGraph(trace, held).tell();
}

std::vector<std::string> tell_leaks(const Trace& trace, const std::vector<Holding>& held) {
  std::map<std::uint32_t, std::string> waiting;  // For each object, by name.
  for (const TraceBlocked& wait : trace.blocked) {
    if (!wait.object || !is_acquire(wait.operation)) continue;
    std::string& names = waiting[*wait.object];
    names += (names.empty() ? "" : ", ") + trace.tasks[wait.task].name;
  }
  if (waiting.empty()) return {};
  const std::set<std::uint32_t> counters = counters_of(trace);
  std::vector<std::string> lines;
  for (const Holding& holding : held) {
    const auto in_vain = waiting.find(holding.object);
    if (in_vain == waiting.end() || counters.contains(holding.object)) continue;
    for (std::uint32_t step = holding.step; step < trace.steps.size(); ++step) {
      if (trace.steps[step].task != holding.task) continue;
      for (const TraceEffect& effect : trace.steps[step].effects)
        if (effect.kind == OperationKind::finish)
          lines.push_back("leaked: " + trace.tasks[holding.task].name + " takes " +
                          trace.describe_object(holding.object) + at_place(holding.place) +
                          " in step " + std::to_string(trace.number_of(holding.step)) + " and " +
                          how_it_ended(trace, holding.task, step, effect) +
                          ", without releasing it: " + in_vain->second + " cannot get it");
    }
  }
  return lines;
}

}  // namespace coweave::detail
