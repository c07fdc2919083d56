#include "coweave/exploration/coverage.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "coweave/core/words.hpp"

namespace coweave::detail {
namespace {

constexpr std::size_t most_events = 64;  // Of one object in one execution.
constexpr std::size_t most_pairs = 10;   // That a report lists.
constexpr std::size_t most_clock_entries =
    1'000'000;  // A larger execution is not looked at for orders.

/// Whether tasks exclude each other by it: one that nobody waits for protects nothing.
bool excludes(ObjectKind kind) {
  return kind == ObjectKind::lock || kind == ObjectKind::semaphore ||
         kind == ObjectKind::bounded_semaphore;
}

/// A suspension on an object, as an event: it begins in the step that ends with it.
bool begins_a_wait(OperationKind kind) {
  return kind == OperationKind::wait || kind == OperationKind::get || kind == OperationKind::put;
}

bool is_signal(OperationKind kind) {
  return kind == OperationKind::set || kind == OperationKind::clear ||
         kind == OperationKind::notify || kind == OperationKind::reset ||
         kind == OperationKind::abort || kind == OperationKind::shut_down;
}

/// Of shared state.
bool is_value_access(OperationKind kind) {
  return kind == OperationKind::read || kind == OperationKind::write ||
         kind == OperationKind::update;
}

/// Whether both orders of two operations on one object are worth seeing. A release after a take of
/// another task, an item that is taken out after it was put in: those have no other order.
bool has_two_orders(OperationKind a, OperationKind b) {
  if (is_value_access(a) && is_value_access(b))
    return a != OperationKind::read || b != OperationKind::read;
  if (a == b) return a != OperationKind::release && a != OperationKind::wait;
  if (is_signal(a) && is_signal(b)) return true;
  return (is_signal(a) && begins_a_wait(b)) || (begins_a_wait(a) && is_signal(b));
}

}  // namespace

/// Reads one trace into the objects of a Coverage.
class Coverage::TraceReader {
  struct Seen {
    Event event;
    std::size_t step = 0;  // In which it first was.
  };
  using Clock = std::vector<std::uint32_t>;  // Of each task, how many of its steps are over.

 public:
  TraceReader(const Trace& trace, std::map<std::string, Object>& objects)
      : trace_(trace), objects_(objects), events_(trace.objects.size()) {}

  void read() {
    for (const TraceStep& step : trace_.steps) {
      if (step.object) use(*step.object, step.task);
      for (const TraceEffect& effect : step.effects)
        if (effect.object) use(*effect.object, step.task);
    }
    read_orders();
  }

 private:
  Object& object(std::uint32_t index) {
    const TraceObject& traced = trace_.objects[index];
    Object& known = objects_[traced.path];
    if (known.name.empty()) {
      known.kind = traced.kind;
      known.name = trace_.describe_object(index);
      if (traced.place.known()) known.name += " (" + to_string(traced.place) + ")";
    }
    return known;
  }

  void use(std::uint32_t index, std::uint32_t task) {
    object(index).tasks.insert(trace_.tasks[task].path);
  }

  /// The first time that the task does this at this place.
  void note(std::uint32_t index, std::size_t step, OperationKind kind, const std::string& words) {
    std::vector<Seen>& events = events_[index];
    if (events.size() == most_events) return;
    const std::uint32_t task = trace_.steps[step].task;
    Event event{trace_.tasks[task].path, trace_.tasks[task].name + " " + words, kind};
    if (std::none_of(events.begin(), events.end(),
                     [&event](const Seen& seen) { return seen.event == event; }))
      events.push_back({std::move(event), step});
  }

  void read_orders() {
    if (trace_.steps.size() * trace_.tasks.size() > most_clock_entries) return;
    find_forced_orders();
    // What the step of a task ends with is known from where its next one resumes.
    std::vector<std::optional<std::size_t>> next(trace_.steps.size());
    std::vector<std::optional<std::size_t>> later(trace_.tasks.size());
    for (std::size_t i = trace_.steps.size(); i-- > 0;) {
      if (!trace_.steps[i].is_step()) continue;
      next[i] = later[trace_.steps[i].task];
      later[trace_.steps[i].task] = i;
    }
    for (std::size_t i = 0; i < trace_.steps.size(); ++i) {
      const TraceStep& step = trace_.steps[i];
      for (const TraceEffect& effect : step.effects)
        if (effect.object) note(*effect.object, i, effect.kind, trace_.describe_effect(effect));
      if (!next[i]) continue;
      const TraceStep& resumed = trace_.steps[*next[i]];
      if (resumed.object && begins_a_wait(resumed.operation))
        note(*resumed.object, i, resumed.operation, "begins to " + trace_.describe_step(*next[i]));
    }
    for (std::uint32_t index = 0; index < events_.size(); ++index) pair(index);
  }

  void pair(std::uint32_t index) {
    const std::vector<Seen>& events = events_[index];
    for (std::size_t first = 0; first < events.size(); ++first) {
      for (std::size_t second = first + 1; second < events.size(); ++second) {
        const Event& a = events[first].event;
        const Event& b = events[second].event;
        if (a.task == b.task || !has_two_orders(a.kind, b.kind)) continue;
        Object& known = object(index);
        Orders& orders = known.pairs[a < b ? std::pair(a, b) : std::pair(b, a)];
        (a < b ? orders.first : orders.second) = true;
        orders.is_free = orders.is_free || !is_forced(events[first].step, events[second].step);
      }
    }
  }

  // What happens before what, whatever is picked: a task's own steps, a spawn before what it
  // spawned, the end of a task before what its end makes ready. Not a release before the take of
  // the next one: that is an order that the picks have chosen.
  void find_forced_orders() {
    std::vector<Clock> clocks(trace_.tasks.size(), Clock(trace_.tasks.size(), 0));
    std::vector<std::vector<std::uint32_t>> children(trace_.tasks.size());  // Of its last step.
    std::vector<bool> is_over(trace_.tasks.size(), false);
    at_step_.reserve(trace_.steps.size());
    for (const TraceStep& step : trace_.steps) {
      Clock& own = clocks[step.task];
      if (step.is_step()) {
        ++own[step.task];
        // All children of a gather have ended, though only the last one made it ready.
        if (step.operation == OperationKind::gather)
          for (const std::uint32_t child : children[step.task])
            if (is_over[child]) merge(clocks[child], own);
        children[step.task].clear();
      }
      bool has_ended = false;
      for (const TraceEffect& effect : step.effects) {
        has_ended = has_ended || effect.kind == OperationKind::finish;
        if (effect.kind == OperationKind::spawn && effect.other)
          children[step.task].push_back(*effect.other);
        const bool is_forced = effect.kind == OperationKind::spawn ||
                               (effect.kind == OperationKind::wake && has_ended);
        if (is_forced && effect.other && *effect.other != step.task)
          merge(own, clocks[*effect.other]);
      }
      is_over[step.task] = is_over[step.task] || has_ended;
      at_step_.push_back(own);
    }
  }

  static void merge(const Clock& from, Clock& into) {
    for (std::size_t task = 0; task < from.size(); ++task)
      into[task] = std::max(into[task], from[task]);
  }

  /// Whether the program forces step `later` to come after `earlier`.
  [[nodiscard]] bool is_forced(std::size_t earlier, std::size_t later) const {
    const std::uint32_t task = trace_.steps[earlier].task;
    return at_step_[later][task] >= at_step_[earlier][task];
  }

  const Trace& trace_;
  std::map<std::string, Object>& objects_;
  std::vector<std::vector<Seen>> events_;  // Of each object of the trace, in order.
  std::vector<Clock> at_step_;             // When each step has ended.
};

void Coverage::add(const Trace& trace) {
  if (trace.is_excerpt) return leave_out();
  ++traces_;
  TraceReader(trace, objects_).read();
}

void Coverage::state(Report& report,
                     const std::function<bool(std::string_view path)>& was_never_waited_for) const {
  report.looked_at = traces_;
  if (report.schedules < 2 || traces_ == 0 || has_left_out_ || !report.failures.empty()) return;
  const std::uint64_t resumed = report.completion.resumed;  // Of which nothing is known.
  const std::string schedules = " in " + counted(report.schedules - resumed, "schedule") +
                                (resumed > 0 ? " since the checkpoint" : "");
  for (const auto& [path, object] : objects_) {
    // A reduced search may skip the interleaving with a wait: an equivalent one need not have it.
    if (report.completion.reduction) break;
    if (!excludes(object.kind) || !was_never_waited_for(path)) continue;
    std::string text =
        object.name + " was never contended: no task ever had to wait for it" + schedules;
    if (object.tasks.size() < 2)
      text +=
          ", and only one task used it in the " + std::to_string(traces_) + " that were looked at";
    report.warnings.push_back(std::move(text));
  }
  if (report.verdict == Verdict::exhaustive) return;
  for (const auto& [path, object] : objects_) {
    for (const auto& [pair, orders] : object.pairs) {
      if ((orders.first && orders.second) || !orders.is_free) continue;
      if (report.one_order.size() == most_pairs) return;
      const Event& earlier = orders.first ? pair.first : pair.second;
      const Event& later = orders.first ? pair.second : pair.first;
      report.one_order.push_back(earlier.words + ", always before " + later.words);
    }
  }
}

}  // namespace coweave::detail
