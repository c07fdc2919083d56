#pragma once

#include <cstdint>
#include <vector>

#include "coweave/task/context.hpp"

namespace coweave::detail {

/// Armed timers, earliest deadline first, equal deadlines in the order of arming.
class TimerQueue {
 public:
  [[nodiscard]] bool empty() const { return timers_.empty(); }
  /// Of the earliest timer; there must be one.
  [[nodiscard]] Clock::time_point earliest() const { return timers_.front().deadline; }

  /// O(log n).
  void arm(Waiter& waiter, Clock::time_point deadline);
  /// O(n); no effect if it has fired.
  void disarm(const Waiter& waiter) noexcept;
  /// Removes the earliest timer. O(log n).
  Waiter& fire();
  void clear();

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
  static bool later(const Timer& a, const Timer& b) {
    return a.deadline != b.deadline ? a.deadline > b.deadline : a.number > b.number;
  }
  std::vector<Timer> timers_;  // A heap by `later`.
  std::uint64_t armed_ = 0;
  bool deadlines_have_competed_ = false;
  bool others_have_competed_ = false;
};

}  // namespace coweave::detail
