#pragma once

#include <chrono>

#include "coweave/task/suspend.hpp"

namespace coweave {
namespace detail {

class SleepAwaiter : public OwnAwaiter {
 public:
  SleepAwaiter(Clock::duration duration, const Place& place)
      : duration_(duration), place_(place) {}
  SleepAwaiter(const SleepAwaiter&) = delete;
  SleepAwaiter& operator=(const SleepAwaiter&) = delete;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> leaf);
  void await_resume();

 private:
  Clock::duration duration_;
  Place place_;
  Waiter waiter_;
  bool is_armed_ = false;
};

}  // namespace detail

/// Resumes when `duration` has passed on the clock of the execution: virtual in an exploration, where
/// it costs nothing and the clock moves when nothing is ready, real under run(). Tasks with equal
/// deadlines resume in the order in which they went to sleep. A duration of 0 or less is a yield().
/// Throws CancelledError.
[[nodiscard]] inline detail::SleepAwaiter sleep_for(Clock::duration duration,
                                                    Place place = Place::current()) {
  return {duration, place};
}

/// The time that sleep_for measures. Throws Error outside explore() and run().
[[nodiscard]] inline Clock::time_point now() { return Clock::now(); }

}  // namespace coweave
