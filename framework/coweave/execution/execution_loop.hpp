#pragma once

#include "coweave/execution/execution.hpp"

namespace coweave::detail {

template <bool is_recording>
[[gnu::always_inline]] inline bool Execution::step_picked(std::size_t pick,
                                                          std::size_t alternatives,
                                                          std::size_t injections,
                                                          Context& running) {
  return step_picked<is_recording>(ready_.at(pick), pick, alternatives, injections, running);
}

template <bool is_recording>
[[gnu::always_inline]] inline bool Execution::step_picked(TaskControl& task, std::size_t pick,
                                                          std::size_t alternatives,
                                                          std::size_t injections,
                                                          Context& running) {
  if constexpr (is_recording) record_pick(task, pick, injections);
  log_.append(task.id, static_cast<std::uint32_t>(alternatives), static_cast<std::uint32_t>(pick),
              task.resumes_from.kind, task.resumes_from.object, task.resumes_from.place);
  return step_logged(task, pick, running);
}

[[gnu::always_inline]] inline bool Execution::step_logged(TaskControl& task, std::size_t position,
                                                          Context& running) {
  if (step(task, position, running)) [[unlikely]] {
    running.needs_attention = false;
    if (must_settle()) settle();
    if (!invariants_.empty()) check_invariants();
    if (stopped_ || tasks_[TaskId::root].finished()) return false;
  }
  check_between_steps(now_);
  return true;
}

// Strategies of ours that look at nothing but how many tasks are ready have a pick_below(): it need
// not ask for injections, and what it gives need not be checked (6 instructions a step).
template <class Known>
[[gnu::always_inline]] inline std::size_t Execution::pick_ready(Known& strategy,
                                                                const SchedulingPoint& point,
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

// Apart, so that the loop keeps to what it needs for few.
template <bool is_recording, class Known>
[[gnu::noinline]] bool Execution::step_of_many(Known& strategy, const SchedulingPoint& point,
                                               Context& running) {
  const std::size_t ready = ready_.size();
  const std::size_t pick = pick_ready(strategy, point, ready);
  return step_picked<is_recording>(pick, ready, 0, running);
}

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

template <class Known>
Execution::Loop Execution::loop_under() {
  return &Execution::loop<false, Known>;
}

}  // namespace coweave::detail
