#pragma once

#include <chrono>
#include <type_traits>

#include "coweave/runtime/foreign.hpp"
#include "coweave/runtime/suspend.hpp"

namespace coweave {
namespace detail {

/// `duration` after now, or time_point::max() where that is later.
[[nodiscard]] Clock::time_point time_after(Clock::duration duration);

class SleepAwaiter : public OwnAwaiter {
 public:
  SleepAwaiter(Clock::duration duration, const Place& place) : duration_(duration), place_(place) {}
  SleepAwaiter(Clock::time_point until, const Place& place)
      : until_(until), is_absolute_(true), place_(place) {}
  SleepAwaiter(const SleepAwaiter&) = delete;
  SleepAwaiter& operator=(const SleepAwaiter&) = delete;
  ~SleepAwaiter() {
    if (waiter_.timer != 0) [[unlikely]]
      disarm();
  }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> leaf);
  void await_resume() { resume_or_throw(*context.current); }

 private:
  /// A coroutine of another library is destroyed while it sleeps.
  void disarm() noexcept;

  Clock::duration duration_{};
  Clock::time_point until_;
  bool is_absolute_ = false;
  Place place_;
  Waiter waiter_;
};

}  // namespace detail

/// Resumes when `duration` has passed on the clock of the execution: virtual in an exploration,
/// where it costs nothing and the clock moves when nothing is ready, real under run(). Tasks with
/// equal deadlines resume in the order in which they went to sleep. A duration of 0 or less is a
/// yield(). Throws CancelledError.
[[nodiscard("write: co_await sleep_for(...);")]] inline detail::SleepAwaiter sleep_for(
    Clock::duration duration, Place place = Place::current()) {
  return {duration, place};
}

/// Refuses a number.
template <class Number>
requires std::is_arithmetic_v<Number>
auto sleep_for(Number /*duration*/) {
  static_assert(detail::never<Number>,
                "sleep_for takes a duration: write sleep_for(10ms), with std::chrono_literals");
  return detail::AwaiterOfAnything();
}

/// The same until the clock shows `deadline`; a yield() if it does already.
[[nodiscard("write: co_await sleep_until(...);")]] inline detail::SleepAwaiter sleep_until(
    Clock::time_point deadline, Place place = Place::current()) {
  return {deadline, place};
}

/// The time that sleep_for measures. Throws Error outside explore() and run().
[[nodiscard]] inline Clock::time_point now(Place place = Place::current()) {
  return Clock::now(place);
}

}  // namespace coweave
