#include "coweave/time/sleep.hpp"

namespace coweave::detail {

void SleepAwaiter::await_suspend(std::coroutine_handle<> leaf) {
  const Operation operation{OperationKind::sleep, ObjectId::none, place_};
  if (duration_ <= Clock::duration::zero()) {
    waiter_.task = &suspend_ready(leaf, operation, TaskState::ready_tail);
    return;
  }
  suspend_blocked(leaf, operation, waiter_);
  const Clock::time_point now = context.services->now();
  const bool is_endless = duration_ > Clock::time_point::max() - now;
  context.services->arm_timer(waiter_, is_endless ? Clock::time_point::max() : now + duration_);
  is_armed_ = true;
}

void SleepAwaiter::await_resume() {
  if (is_armed_ && waiter_.state != WaiterState::woken) context.services->disarm_timer(waiter_);
  resume_or_throw(*context.current);
}

}  // namespace coweave::detail
