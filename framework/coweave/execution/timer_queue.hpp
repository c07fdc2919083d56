#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "coweave/runtime/context.hpp"

namespace coweave::detail {

/// Armed timers, earliest deadline first, equal deadlines in the order of arming. A waiter has one
/// timer at most; it outlives that, or disarms it before.
class TimerQueue {
 public:
  [[nodiscard]] bool empty() const { return timers_.empty(); }
  /// The deadline of the earliest timer; there must be one.
  [[nodiscard]] Clock::time_point earliest() const { return timers_.front().deadline; }

  /// Also moves the timer that `waiter` has. No effect but that if the deadline never comes:
  /// never_expires. O(log n).
  void arm(Waiter& waiter, Clock::time_point deadline);
  /// O(log n); no effect if the timer has fired or was never armed.
  void disarm(Waiter& waiter) noexcept;
  /// Removes the earliest timer. O(log n).
  Waiter& fire();
  /// Disarms all. Every waiter must still exist. O(n).
  void clear() noexcept;

  /// Aborts if the order of the timers, or what a waiter knows of its timer, is wrong, if a
  /// cancelled waiter has a timer, or if a deadline is not after `now`. For tests and builds with
  /// COWEAVE_CHECK_INVARIANTS. O(n).
  void check_invariants(Clock::time_point now) const;

  /// Whether all timers of the earliest deadline limit what a task does that has had to wait since:
  /// those may fire before ready work where plain timers may not. O(n).
  [[nodiscard]] bool deadlines_may_come_early() const;
  /// Whether, since this was made, steps have run while a timer was armed, so that it could have
  /// fired before one of them: a deadline of a scope, and any other timer.
  [[nodiscard]] bool deadlines_have_competed() const { return deadlines_have_competed_; }
  [[nodiscard]] bool others_have_competed() const { return others_have_competed_; }

 private:
  struct Timer {
    Clock::time_point deadline;
    std::uint64_t number;
    Waiter* waiter;
    std::uint64_t armed_in;  // Context::step_number.
    bool is_deadline;        // Of the waiter, which may be gone before its timer.
  };
  /// `timer` ends to be armed.
  void note_end(const Timer& timer) {
    if (timer.armed_in == context.step_number) return;
    (timer.is_deadline ? deadlines_have_competed_ : others_have_competed_) = true;
  }
  [[nodiscard]] static bool is_earlier(const Timer& a, const Timer& b);
  void put(std::size_t index, const Timer& timer) noexcept;
  /// Puts `timer` at `index` or where it belongs nearer to the front.
  void move_up(std::size_t index, const Timer& timer) noexcept;
  /// Puts `timer` at `index` or where it belongs nearer to the back.
  void move_down(std::size_t index, const Timer& timer) noexcept;
  void remove(std::size_t index) noexcept;

  std::vector<Timer>
      timers_;  // A binary heap: no timer is earlier than the one at (index - 1) / 2.
  std::uint64_t armed_ = 0;
  bool deadlines_have_competed_ = false;
  bool others_have_competed_ = false;
};

}  // namespace coweave::detail
