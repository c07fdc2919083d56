#pragma once

#include "coweave/runtime/suspend.hpp"

namespace coweave {
namespace detail {

class YieldAwaiter : public OwnAwaiter {
 public:
  explicit YieldAwaiter(const Place& place) : place_(place) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> leaf) const {
    suspend_ready(leaf, {OperationKind::yield, ObjectId::none, place_}, TaskState::ready_tail);
  }
  void await_resume() const { resume_or_throw(*context.current); }

 private:
  Place place_;
};

class IdleAwaiter : public QueuedAwaiter<> {
 public:
  explicit IdleAwaiter(const Place& place) : place_(place) {}
  ~IdleAwaiter() {
    if (must_leave_queue()) [[unlikely]]
      context.services->stop_waiting_until_idle(waiter_);
  }
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> leaf) {
    suspend_blocked(leaf, {OperationKind::idle, ObjectId::none, place_}, waiter_);
    context.services->wait_until_idle(waiter_);
  }
  void await_resume() {
    context.services->stop_waiting_until_idle(waiter_);
    resume_or_throw(*context.current);
  }

 private:
  Place place_;
};

}  // namespace detail

/// Lets other tasks run: suspends once, to the tail of the ready queue. asyncio's sleep(0).
[[nodiscard]] inline detail::YieldAwaiter yield(Place place = Place::current()) {
  return detail::YieldAwaiter(place);
}

/// Resumes when no other task is ready, before the clock moves; all tasks that wait so resume
/// together, in order of arrival. trio's testing.wait_all_tasks_blocked.
[[nodiscard]] inline detail::IdleAwaiter wait_all_tasks_blocked(Place place = Place::current()) {
  return detail::IdleAwaiter(place);
}

}  // namespace coweave
