#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "coweave/core/injections.hpp"
#include "coweave/execution/timer_queue.hpp"

namespace coweave::detail {

/// The virtual clock of one execution after the other. It moves to the earliest timer: where no
/// task is ready, where an injection lets it, and a few times at the limit of steps.
class ExecutionClock {
 public:
  /// How often one execution may let time pass at the limit of steps.
  static constexpr std::uint32_t most_let_pass = 8;

  explicit ExecutionClock(TimerOrder order) : order_(order) {}

  /// Back to the beginning of time.
  void begin_execution() {
    now_ = {};
    times_let_pass_ = 0;
    is_read_ = false;
  }
  [[nodiscard]] Clock::time_point now() const { return now_; }
  /// Returns now() to the program, which may poll it.
  [[nodiscard]] Clock::time_point read() {
    is_read_ = true;
    return now_;
  }

  /// Moves to the deadline of the earliest of `timers`, if that is still to come. Returns false if
  /// there is none.
  bool move_to_earliest(const TimerQueue& timers) {
    if (timers.empty()) return false;
    now_ = std::max(now_, timers.earliest());
    is_read_ = false;  // A loop that polls reads the clock again.
    return true;
  }
  /// Whether an injection may move the clock although tasks are ready; see TimerOrder.
  [[nodiscard]] bool may_fire_early(const TimerQueue& timers) const {
    return order_ == TimerOrder::timeouts ? timers.deadlines_may_come_early() : !timers.empty();
  }
  /// At the limit of steps, where tasks that poll may wait for what a timer brings, or for a time
  /// that the clock shows: whether the execution goes on with as many steps again and the clock
  /// moves. Counts it if so. Without a timer the clock must have been read since the last limit.
  [[nodiscard]] bool lets_time_pass(const TimerQueue& timers) {
    if (times_let_pass_ == most_let_pass) return false;
    const bool is_polled = std::exchange(is_read_, false);
    if (timers.empty() && !is_polled) return false;
    ++times_let_pass_;
    return true;
  }
  /// Where lets_time_pass() has returned true without a timer: moves by 1 ms the first time in an
  /// execution, and by ten times as much each time after that.
  void move_for_polling() {
    Clock::duration pause = std::chrono::milliseconds(1);
    for (std::uint32_t i = 1; i < times_let_pass_; ++i) pause *= 10;
    now_ += pause;
  }
  [[nodiscard]] std::uint32_t times_let_pass() const { return times_let_pass_; }

 private:
  TimerOrder order_;
  std::uint32_t times_let_pass_ = 0;
  bool is_read_ = false;  // By the program, since the last limit of steps.
  Clock::time_point now_;
};

}  // namespace coweave::detail
