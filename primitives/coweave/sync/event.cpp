#include "coweave/sync/event.hpp"

#include "coweave/sync/misuse.hpp"

namespace coweave {
using detail::AsyncResult;
using detail::AsyncWaiter;
using detail::context;
using detail::Waiter;
using detail::WaiterState;

Event::~Event() {
  detail::touch(*this, AccessKind::exclusive);
  if (detail::abandon(waiters_))
    detail::report_misuse("destruction", *this, "expected no waiters, found some", created_at());
}

void Event::set(Place place) {
  if (detail::is_inert(*this, OperationKind::set, place)) return;
  detail::touch(*this, AccessKind::write);
  detail::record(OperationKind::set, *this, place);
  if (is_set_) return;
  is_set_ = true;
  for (Waiter* waiter = waiters_.front(); waiter != nullptr; waiter = waiter->next)
    if (waiter->state == WaiterState::pending) detail::wake_any(*waiter);
}

void Event::clear(Place place) {
  if (detail::is_inert(*this, OperationKind::clear, place)) return;
  detail::touch(*this, AccessKind::write);
  detail::record(OperationKind::clear, *this, place);
  is_set_ = false;
}

Operation Event::AsyncWait::operation() const {
  return {OperationKind::wait, event_->id(), place_};
}

AsyncResult Event::AsyncWait::start(AsyncWaiter& waiter) {
  if (event_->is_set()) return AsyncResult::done;
  detail::touch(*event_, AccessKind::touch);  // Who destroys it looks who waits.
  waiter.enter(event_->waiters_);
  return AsyncResult::waits;
}

AsyncResult Event::AsyncWait::finish(AsyncWaiter& waiter, bool is_cancelled) {
  detail::touch(*event_, is_cancelled ? AccessKind::exclusive : AccessKind::touch);
  waiter.leave();
  return is_cancelled ? AsyncResult::cancelled : AsyncResult::done;
}

void Event::WaitAwaiter::await_suspend(std::coroutine_handle<> leaf) {
  const Operation operation{OperationKind::wait, event_.id(), place_};
  if (was_set_) {
    waiter_.task = &detail::suspend_ready(leaf, operation, detail::TaskState::ready_head);
  } else {
    detail::touch(event_, AccessKind::touch);  // Who destroys it looks who waits.
    detail::suspend_blocked(leaf, operation, waiter_);
    event_.waiters_.push_back(waiter_);
  }
}

bool Event::WaitAwaiter::await_resume() {
  if (waiter_.task == nullptr) return true;  // Set already, without suspending.
  if (!was_set_) {
    detail::touch(event_, AccessKind::touch);
    event_.waiters_.remove(waiter_);
  }
  detail::resume_or_throw(*context.current);
  return true;
}

}  // namespace coweave
