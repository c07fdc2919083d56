#include "coweave/time/sleep.hpp"

namespace coweave::detail {

Clock::time_point time_after(Clock::duration duration) {
  const Clock::time_point now = Clock::now();  // Never before 0: nothing overflows downwards.
  return duration > Clock::time_point::max() - now ? Clock::time_point::max() : now + duration;
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
}

void SleepAwaiter::disarm() noexcept {
  if (stop_waiting(waiter_)) context.services->disarm_timer(waiter_);
}

}  // namespace coweave::detail
