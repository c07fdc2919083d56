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

  /// O(log n). No effect if the deadline never comes: never_expires.
  void arm(Waiter& waiter, Clock::time_point deadline);
  /// O(n); no effect if it has fired.
  void disarm(const Waiter& waiter) noexcept;
  /// Removes the earliest timer. O(log n).
  Waiter& fire();
  void clear() { timers_.clear(); }

 private:
  struct Timer {
    Clock::time_point deadline;
    std::uint64_t number;
    Waiter* waiter;
  };
  static bool later(const Timer& a, const Timer& b) {
    return a.deadline != b.deadline ? a.deadline > b.deadline : a.number > b.number;
  }
  std::vector<Timer> timers_;  // A heap by `later`.
  std::uint64_t armed_ = 0;
};

}  // namespace coweave::detail
