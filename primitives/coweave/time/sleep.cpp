#include "coweave/time/sleep.hpp"

namespace coweave::detail {

Clock::time_point time_after(Clock::duration duration) {
  const Clock::time_point now = Clock::now();
  if (duration > Clock::duration::zero() && duration > Clock::time_point::max() - now)
    return Clock::time_point::max();
  if (duration < Clock::time_point::min() - now) return Clock::time_point::min();
  return now + duration;
}

void SleepAwaiter::await_suspend(std::coroutine_handle<> leaf) {
  const Operation operation{OperationKind::sleep, ObjectId::none, place_};
  const bool is_over = is_absolute_ ? until_ <= Clock::now() : duration_ <= Clock::duration::zero();
  if (is_over) {
    waiter_.task = &suspend_ready(leaf, operation, TaskState::ready_tail);
    return;
  }
  suspend_blocked(leaf, operation, waiter_);
  context.services->arm_timer(waiter_, is_absolute_ ? until_ : time_after(duration_));
  is_armed_ = true;
}

void SleepAwaiter::await_resume() {
  if (is_armed_ && waiter_.state != WaiterState::woken) context.services->disarm_timer(waiter_);
  resume_or_throw(*context.current);
}

}  // namespace coweave::detail
