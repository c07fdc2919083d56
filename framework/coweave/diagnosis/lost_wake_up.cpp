#include "coweave/diagnosis/lost_wake_up.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace coweave {
namespace {

using Cause = LostWakeUp::Cause;

std::string in_step(std::uint32_t step) { return " in step " + std::to_string(step + 1); }

std::string without_place(const Trace& trace, TraceEffect effect) {
  effect.place = {};
  return trace.describe_effect(effect);
}

/// "a", "a and b", "a, b and c".
std::string list(const Trace& trace, const std::vector<std::uint32_t>& tasks) {
  std::string text;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (i > 0) text += i + 1 == tasks.size() ? " and " : ", ";
    text += trace.tasks[tasks[i]].name;
  }
  return text;
}

/// A set, a clear or a notify, with what it did.
struct Signal {
  std::uint32_t step = 0;
  std::uint32_t task = 0;
  TraceEffect effect;
  std::vector<std::uint32_t> woken;
};

bool contains(const std::vector<std::uint32_t>& tasks, std::uint32_t task) {
  return std::find(tasks.begin(), tasks.end(), task) != tasks.end();
}

/// A set wakes after it was recorded, a notification before.
std::vector<std::uint32_t> woken_by(const std::vector<TraceEffect>& effects, std::size_t index) {
  std::vector<std::uint32_t> woken;
  if (effects[index].kind == OperationKind::notify) {
    for (std::uint32_t left = effects[index].value; left > 0 && index > 0; --left) {
      const TraceEffect& effect = effects[--index];
      if (effect.kind != OperationKind::wake || !effect.other) break;
      woken.push_back(*effect.other);
    }
    std::reverse(woken.begin(), woken.end());
  } else if (effects[index].kind == OperationKind::set) {
    for (++index; index < effects.size() && effects[index].kind == OperationKind::wake; ++index)
      if (effects[index].other) woken.push_back(*effects[index].other);
  }
  return woken;
}

class Finder {
 public:
  explicit Finder(const Trace& trace) : trace_(trace), steps_of_(trace.tasks.size()) {
    for (std::uint32_t step = 0; step < trace.steps.size(); ++step) {
      const TraceStep& taken = trace.steps[step];
      if (taken.is_step()) steps_of_[taken.task].push_back(step);
      if (taken.operation == OperationKind::inject_cancel) cancelled_.insert(taken.task);
      for (std::size_t i = 0; i < taken.effects.size(); ++i) note(step, i);
    }
  }

  std::vector<LostWakeUp> run() {
    for (blocked_ = 0; blocked_ < trace_.blocked.size(); ++blocked_) {
      const TraceBlocked& wait = trace_.blocked[blocked_];
      if (wait.operation != OperationKind::wait || !wait.object) continue;
      const ObjectKind kind = trace_.objects[*wait.object].kind;
      if (kind == ObjectKind::condition) find_notification(wait);
      if (kind == ObjectKind::event) find_set(wait);
    }
    find_cancelled();
    return std::move(found_);
  }

 private:
  void note(std::uint32_t step, std::size_t index) {
    const std::vector<TraceEffect>& effects = trace_.steps[step].effects;
    const TraceEffect& effect = effects[index];
    if (effect.kind == OperationKind::cancel && effect.other) cancelled_.insert(*effect.other);
    if (effect.object &&
        (effect.kind == OperationKind::set || effect.kind == OperationKind::clear ||
         effect.kind == OperationKind::notify))
      signals_[*effect.object].push_back(
          {step, trace_.steps[step].task, effect, woken_by(effects, index)});
  }

  [[nodiscard]] LostWakeUp lost(Cause cause, const Signal& signal) const {
    LostWakeUp found;
    found.cause = cause;
    found.blocked = blocked_;
    found.step = signal.step;
    found.task = signal.task;
    found.signal = signal.effect;
    found.woken = signal.woken;
    return found;
  }

  // One before the wait began says more than one that went to another while it lasted: whoever
  // waits for a predicate expects the latter.
  void find_notification(const TraceBlocked& wait) {
    std::optional<LostWakeUp> before;
    std::optional<LostWakeUp> during;
    for (const Signal& signal : signals_[*wait.object]) {
      if (contains(signal.woken, wait.task)) {
        before.reset();  // That one it got.
      } else if (signal.step <= wait.since_step) {
        before = lost(Cause::nobody_waits, signal);
      } else if (!signal.woken.empty()) {
        during = lost(Cause::wakes_others, signal);
      }
    }
    if (before || during) found_.push_back(std::move(before ? *before : *during));
  }

  /// Whether the task has gone on from a wait for the object in a step behind `first`, up to
  /// `last`.
  [[nodiscard]] bool goes_on(const TraceBlocked& wait, std::uint32_t first,
                             std::uint32_t last) const {
    for (auto step = next_step(wait.task, first); step && *step <= last;
         step = next_step(wait.task, *step))
      if (trace_.steps[*step].operation == OperationKind::wait &&
          trace_.steps[*step].object == wait.object)
        return true;
    return false;
  }

  void find_set(const TraceBlocked& wait) {
    std::optional<LostWakeUp> last;
    std::optional<Signal> set;  // Not cleared yet.
    for (const Signal& signal : signals_[*wait.object]) {
      if (signal.step > wait.since_step) break;
      if (signal.effect.kind == OperationKind::clear) {
        if (set && !contains(set->woken, wait.task) && !goes_on(wait, set->step, signal.step)) {
          last = lost(Cause::cleared, *set);
          relate(*last, signal);
        }
        set.reset();
      } else if (set) {
        last = lost(Cause::coalesced, signal);
        relate(*last, *set);
      } else {
        set = signal;
      }
    }
    if (last) found_.push_back(std::move(*last));
  }

  static void relate(LostWakeUp& found, const Signal& other) {
    found.other = other.step;
    found.other_task = other.task;
    found.other_place = other.effect.place;
  }

  /// The first step of the task behind `step`; none if it made no more.
  [[nodiscard]] std::optional<std::uint32_t> next_step(std::uint32_t task,
                                                       std::uint32_t step) const {
    const std::vector<std::uint32_t>& steps = steps_of_[task];
    const auto next = std::upper_bound(steps.begin(), steps.end(), step);
    return next == steps.end() ? std::nullopt : std::optional(*next);
  }

  /// Whether a wake-up of a task that goes on from there can be lost: what it waited for gave it
  /// something that another one now lacks.
  [[nodiscard]] static bool is_handed_over(OperationKind kind) {
    return kind == OperationKind::wait || kind == OperationKind::acquire ||
           kind == OperationKind::reacquire || kind == OperationKind::get ||
           kind == OperationKind::put;
  }

  /// A wait that the wake-up could have served: for the same object, or for another one of those
  /// that are made for one wait each, which nobody signals but by waking.
  [[nodiscard]] std::optional<std::size_t> waits_for_its_like(const TraceStep& resumed) const {
    for (std::size_t i = 0; i < trace_.blocked.size(); ++i) {
      const TraceBlocked& wait = trace_.blocked[i];
      if (!wait.object || wait.task == resumed.task) continue;
      if (wait.object == resumed.object) return i;
      const TraceObject& one = trace_.objects[*wait.object];
      const TraceObject& other = trace_.objects[*resumed.object];
      if (one.kind == other.kind && one.name == other.name && one.place == other.place) return i;
    }
    return std::nullopt;
  }

  void find_cancelled() {
    if (trace_.blocked.empty() || cancelled_.empty()) return;
    for (std::uint32_t step = 0; step < trace_.steps.size(); ++step) {
      const std::vector<TraceEffect>& effects = trace_.steps[step].effects;
      bool is_of_set = false;  // That wakes all: none of them takes anything away.
      for (const TraceEffect& effect : effects) {
        if (effect.kind == OperationKind::wake && effect.other) {
          if (!is_of_set) look_at_wake_up(step, effect);
        } else {
          is_of_set = effect.kind == OperationKind::set;
        }
      }
    }
  }

  void look_at_wake_up(std::uint32_t step, const TraceEffect& wake) {
    const std::uint32_t task = *wake.other;
    if (!cancelled_.contains(task)) return;
    const std::optional<std::uint32_t> next = next_step(task, step);
    if (!next) return;
    const TraceStep& resumed = trace_.steps[*next];
    if (!resumed.object || !is_handed_over(resumed.operation) || wakes_another(resumed)) return;
    std::optional<LostWakeUp> found;
    for (std::uint32_t between = step; between < *next && !found; ++between)
      found = cancellation(task, between, between == step ? &wake : nullptr);
    const std::optional<std::size_t> waits = waits_for_its_like(resumed);
    if (!found || !waits) return;
    found->blocked = *waits;
    found->step = step;
    found->task = trace_.steps[step].task;
    found->signal = wake;
    found->woken = {task};
    found_.push_back(std::move(*found));
  }

  /// Of `task` in `step`; behind the effect `behind` of it, if that is given.
  [[nodiscard]] std::optional<LostWakeUp> cancellation(std::uint32_t task, std::uint32_t step,
                                                       const TraceEffect* behind) const {
    const TraceStep& taken = trace_.steps[step];
    LostWakeUp found;
    found.cause = Cause::cancelled;
    found.other = step;
    found.other_task = taken.task;
    found.other_place = taken.place;
    if (taken.operation == OperationKind::inject_cancel && taken.task == task) return found;
    for (const TraceEffect& effect : taken.effects) {
      if (behind != nullptr) {
        if (&effect == behind) behind = nullptr;
        continue;
      }
      if (effect.kind != OperationKind::cancel || effect.other != task) continue;
      found.other_place = effect.place;
      return found;
    }
    return std::nullopt;
  }

  /// Whether the task, before it ended, passed the wake-up on.
  [[nodiscard]] static bool wakes_another(const TraceStep& step) {
    for (const TraceEffect& effect : step.effects) {
      if (effect.kind == OperationKind::wake) return true;
      if (effect.kind == OperationKind::finish) return false;
    }
    return false;
  }

  const Trace& trace_;
  std::vector<std::vector<std::uint32_t>> steps_of_;      // Each task, in order.
  std::map<std::uint32_t, std::vector<Signal>> signals_;  // Of each object, in order.
  std::set<std::uint32_t> cancelled_;                     // Tasks that somebody cancelled.
  std::size_t blocked_ = 0;
  std::vector<LostWakeUp> found_;
};

}  // namespace

std::vector<LostWakeUp> lost_wake_ups(const Trace& trace) { return Finder(trace).run(); }

std::string in_words(const LostWakeUp& lost, const Trace& trace) {
  const TraceBlocked& wait = trace.blocked[lost.blocked];
  const std::string& waiter = trace.tasks[wait.task].name;
  const std::string& signaller = trace.tasks[lost.task].name;
  const std::string begins = "; " + waiter + " begins to wait for it" + at_place(wait.place) +
                             (lost.woken.empty() ? "" : " only") + in_step(wait.since_step);
  TraceEffect signal = lost.signal;
  signal.place = {};
  std::string text = "lost wake-up: " + signaller + ' ' +
                     (signal.kind == OperationKind::notify && signal.object
                          ? "notifies " + trace.describe_object(*signal.object)
                          : without_place(trace, signal)) +
                     at_place(lost.signal.place) + in_step(lost.step);
  if (!lost.signal.place.known())  // A wake has none: where its task went on from must do.
    text += " (" + trace.describe_step(lost.step) + ")";
  const std::string other = lost.other ? trace.tasks[lost.other_task].name : std::string();
  const auto whom = [&] {
    return lost.woken.empty() ? std::string(", when nobody waits")
                              : ", which wakes " + list(trace, lost.woken);
  };
  switch (lost.cause) {
    case Cause::nobody_waits:
      return text + whom() + begins;
    case Cause::cleared:
      return text + whom() + ", and " + other + " clears it" + at_place(lost.other_place) +
             in_step(*lost.other) + begins;
    case Cause::coalesced:
      return text + ", when it is still set by " + other + at_place(lost.other_place) +
             in_step(*lost.other) + ": the two wake once; " + waiter +
             " begins to wait for it again" + at_place(wait.place) + in_step(wait.since_step);
    case Cause::wakes_others:
      return text + ", which wakes " + list(trace, lost.woken) + " and not " + waiter +
             ", which waits for it since step " + std::to_string(wait.since_step + 1);
    case Cause::cancelled: {
      const std::string& woken = trace.tasks[lost.woken.front()].name;
      const bool is_step = trace.steps[*lost.other].is_step();
      return text + ", " +
             (is_step ? other + " cancels " + woken + at_place(lost.other_place)
                      : woken + " is cancelled (injected)") +
             in_step(*lost.other) +
             " before it goes on, and nobody is woken in its place: " + waiter + " waits" +
             at_place(wait.place);
    }
  }
  return text;
}

std::optional<HeldBack> cure_of(const LostWakeUp& lost, const Trace& trace) {
  const TraceBlocked& wait = trace.blocked[lost.blocked];
  if (lost.cause == Cause::wakes_others) return std::nullopt;
  if (lost.cause == Cause::cancelled) {
    // An injection is undone as any other deviation is.
    if (!trace.steps[*lost.other].is_step() || lost.other_task == lost.woken.front())
      return std::nullopt;
    for (std::uint32_t step = *lost.other; step < trace.steps.size(); ++step)
      if (trace.steps[step].is_step() && trace.steps[step].task == lost.woken.front())
        return HeldBack{lost.other_task, *lost.other, lost.woken.front(), step};
    return std::nullopt;
  }
  if (lost.task == wait.task) return std::nullopt;
  return HeldBack{lost.task, lost.step, wait.task, wait.since_step};
}

}  // namespace coweave
