#pragma once

// The loops of an execution. There is one for each kind of scheduling point, because the checks
// that the other kinds need would cost the plain loop a tenth of its time.

#include "coweave/execution/execution.hpp"
#include "coweave/execution/recorder.hpp"

namespace coweave::detail {

/// Throws the Error for a strategy that picks what is not there.
[[noreturn]] void refuse_pick(std::size_t pick, std::size_t ready);

/// What `strategy` picks among `ready` tasks, where nothing is injected. Strategies of ours that
/// look at nothing but how many tasks are ready have a pick_below(): it need not ask for
/// injections, and what it returns need not be checked (6 instructions a step).
template <class Known>
[[gnu::always_inline]] inline std::size_t pick_ready(Known& strategy, const SchedulingPoint& point,
                                                     std::size_t ready) {
  if constexpr (requires { strategy.pick_below(ready); }) {
    return strategy.pick_below(ready);
  } else {
    const std::size_t pick = strategy.pick(point);
    if (pick >= ready) [[unlikely]]
      refuse_pick(pick, ready);
    return pick;
  }
}

/// Steps `task`, which stands at `position` in the ready queue and is logged. False: the execution
/// has ended.
[[gnu::always_inline]] inline bool Execution::step_logged(TaskControl& task, std::size_t position,
                                                          Context& running) {
  if (step(task, position, running)) [[unlikely]] {
    running.needs_attention = false;
    if (must_settle()) settle();
    if (checks_.any_invariants()) check_invariants();
    if (stopped_ || tasks_[TaskId::root].finished()) return false;
  }
  check_between_steps(clock_.now());
  return true;
}

/// Logs the pick of `task` among `alternatives`, of which `injections` are no tasks; steps it.
template <bool is_recording>
[[gnu::always_inline]] inline bool Execution::step_picked(TaskControl& task, std::size_t pick,
                                                          std::size_t alternatives,
                                                          std::size_t injections,
                                                          Context& running) {
  if constexpr (is_recording)
    recorder_->step_picked(task, static_cast<std::uint32_t>(pick), ready_.view(),
                           static_cast<std::uint32_t>(injections));
  log_.append(task.id, static_cast<std::uint32_t>(alternatives), static_cast<std::uint32_t>(pick),
              task.resumes_from.kind, task.resumes_from.object, task.resumes_from.place);
  return step_logged(task, pick, running);
}

/// Steps the task that `strategy` picks, where more are ready than the plain loop is made for.
template <bool is_recording, class Known>
[[gnu::noinline]] bool Execution::step_of_many(Known& strategy, const SchedulingPoint& point,
                                               Context& running) {
  const std::size_t ready = ready_.size();
  const std::size_t pick = pick_ready(strategy, point, ready);
  return step_picked<is_recording>(ready_.at(pick), pick, ready, 0, running);
}

/// The plain loop: scheduling points have ready tasks only, and where one is ready the strategy is
/// not asked. Most searches spend their time here.
template <bool is_recording, class Known>
void Execution::loop(Strategy& any_strategy, Context& running) {
  auto& strategy = static_cast<Known&>(any_strategy);
  const SchedulingPoint point(ready_.view(), log_);
  while (true) {
    const std::size_t ready = ready_.size();
    std::size_t pick = 0;
    // From 2 to most_packed, in one comparison.
    if (ready - 2 <= ReadyQueue::most_packed - 2 && !log_.is_full()) [[likely]] {
      pick = pick_ready(strategy, point, ready);
    } else if (ready != 1 || log_.is_full()) {
      if (ready > ReadyQueue::most_packed && !log_.is_full()) {
        if (!step_of_many<is_recording>(strategy, point, running)) return;
      } else if (!go_on()) {
        return;
      }
      continue;
    }
    if (!step_picked<is_recording>(ready_.packed_at(pick), pick, ready, 0, running)) return;
  }
}

/// Scheduling points have more entries than the ready tasks.
template <bool is_recording>
void Execution::loop_with_injections(Strategy& strategy, Context& running) {
  const SchedulingPoint point(ready_.view(), log_);
  while (true) {
    running.current = nullptr;
    const std::size_t ready = ready_.size();
    const std::span<Injector::Entry> entries =
        injector_.offer(tasks_, ready > 0, clock_.may_fire_early(timers_));
    if (ready + entries.size() == 0 || log_.is_full()) {
      if (!go_on()) return;
      continue;
    }
    for (Injector::Entry& entry : entries) ready_.show_injection(entry);
    const std::size_t alternatives = ready_.size();
    const std::size_t pick = alternatives > 1 ? strategy.pick(point) : 0;
    ready_.hide_injections();
    if (pick >= alternatives) refuse_pick(pick, alternatives);
    if (pick < ready) {
      if (!step_picked<is_recording>(ready_.at(pick), pick, alternatives, entries.size(), running))
        return;
      continue;
    }
    const Injector::Entry entry = entries[pick - ready];
    if constexpr (is_recording)
      recorder_->injected(entry, static_cast<std::uint32_t>(pick), ready_.view(),
                          static_cast<std::uint32_t>(entries.size()));
    intruder_log_.add_entry(entry, alternatives, pick);
    if (!inject(entry)) return;
  }
}

/// The loop for strategies that learn what steps access. It asks the strategy even if only one task
/// is ready, and the strategy may abandon the execution. An intruder is a task that injects.
template <bool has_intruders>
void Execution::loop_noting_accesses(Strategy& strategy, Context& running) {
  const SchedulingPoint point(ready_.view(), log_);
  while (true) {
    if constexpr (has_intruders) {
      if (ready_.empty() && !log_.is_full()) intruder_log_.add_idle();
    }
    const std::size_t ready = ready_.size();
    if (ready == 0 || log_.is_full()) {
      if (!go_on()) return;
      continue;
    }
    const std::size_t pick = strategy.pick(point);
    if (pick >= ready) {
      if (pick != abandon_execution) refuse_pick(pick, ready);
      is_abandoned_ = true;
      return;
    }
    TaskControl& task = ready_.at(pick);
    if constexpr (has_intruders) {
      if (const Intruders::Intruder* const intruder = intruders_.find(task.id)) {
        intruder_log_.add_injection(*intruder);
      } else {
        intruder_log_.add_step(task, pick);
      }
      running.accesses->begin_step(task.id);
      const std::size_t tasks_before = tasks_.size();
      if (!step_logged(task, pick, running)) return;
      look_for_chances_after(task, tasks_before);
    } else {
      running.accesses->begin_step(task.id);
      if (!step_picked<false>(task, pick, ready, 0, running)) return;
    }
  }
}

template <class Known>
Execution::Loop Execution::loop_under() {
  return &Execution::loop<false, Known>;
}

}  // namespace coweave::detail
