#include "coweave/sync/condition.hpp"

#include "coweave/sync/misuse.hpp"

namespace coweave {
using detail::AsyncResult;
using detail::AsyncWaiter;
using detail::context;
using detail::TaskControl;
using detail::Waiter;
using detail::WaiterState;

Condition::~Condition() {
  detail::touch(*this, AccessKind::exclusive);
  if (detail::abandon(waiters_))
    detail::report_misuse("destruction", *this, "expected no waiters, found some", created_at());
}

void Condition::check_locked(const char* operation, const Place& place) const {
  if (!lock_->locked())
    detail::misuse(operation, *this, "expected its lock to be held, found it free", place);
}

std::uint32_t Condition::wake_up_to(std::int64_t count) {
  detail::touch(*this, AccessKind::write);
  std::uint32_t woken = 0;
  for (Waiter* waiter = waiters_.front(); waiter != nullptr && count > 0; waiter = waiter->next) {
    if (waiter->state != WaiterState::pending) continue;
    detail::wake_any(*waiter);
    ++woken;
    --count;
  }
  return woken;
}

void Condition::notify(std::int64_t count, Place place) {
  if (detail::is_inert(*this, OperationKind::notify, place)) return;
  check_locked("notify", place);
  const std::uint32_t woken = wake_up_to(count);
  detail::record(OperationKind::notify, *this, place, woken);
}

void Condition::notify_all(Place place) { notify(std::numeric_limits<std::int64_t>::max(), place); }

void Condition::Wait::begin(std::coroutine_handle<> leaf) {
  condition_.check_locked("wait", place_);
  detail::touch(condition_, AccessKind::write);
  leaf_ = leaf;
  was_notified_ = false;
  waiter_.wait = this;
  condition_.lock_->release(place_);
  task_ = &detail::suspend_blocked(leaf, {OperationKind::wait, condition_.id(), place_}, waiter_);
  task_->hook = after_wake_up;
  waiter_.may_wake_spuriously = true;
  condition_.waiters_.push_back(waiter_);
}

// The first step after the wake-up or the cancellation: queue for the lock.
void Condition::Wait::after_wake_up(TaskControl& task) {
  Wait& wait = *static_cast<HookedWaiter*>(task.waiter)->wait;
  detail::touch(wait.condition_, AccessKind::touch);
  wait.condition_.waiters_.remove(wait.waiter_);
  wait.waiter_.may_wake_spuriously = false;
  wait.was_notified_ = wait.waiter_.state == WaiterState::woken;
  if (detail::take_cancellation(task)) wait.is_cancelled_ = true;
  wait.reacquire();
}

void Condition::Wait::reacquire() {
  Lock& lock = *condition_.lock_;
  if (lock.try_take(place_, false)) return finish_wait();
  detail::note_wait(lock);
  detail::suspend_blocked(leaf_, {OperationKind::reacquire, lock.id(), place_}, waiter_);
  task_->hook = after_lock;
  lock.waiters_.push_back(waiter_);
}

// A step that has, or was to have, the lock: a cancellation here is kept, and the task tries again.
void Condition::Wait::after_lock(TaskControl& task) {
  Wait& wait = *static_cast<HookedWaiter*>(task.waiter)->wait;
  const bool is_cancelled = detail::take_cancellation(task);
  if (is_cancelled) wait.is_cancelled_ = true;
  if (wait.condition_.lock_->resume_waiter(wait.waiter_, is_cancelled, wait.place_)) {
    wait.finish_wait();
  } else {
    wait.reacquire();
  }
}

void Condition::Wait::finish_wait() {
  if (is_over()) context.go_on_with(leaf_);
}

void Condition::Wait::give_up() {
  if (waiter_.queue == &condition_.waiters_) {
    condition_.waiters_.remove(waiter_);
    was_notified_ = waiter_.state == WaiterState::woken;
  } else {
    condition_.lock_->resume_waiter(waiter_, true, place_);
  }
  if (was_notified_) condition_.wake_up_to(1);
}

void Condition::Wait::throw_if_cancelled() {
  if (!is_cancelled_) return;
  // The notification that this task got, and will not act on, wakes another (gh-112202).
  if (was_notified_) {
    const std::uint32_t woken = condition_.wake_up_to(1);
    detail::record(OperationKind::notify, condition_, place_, woken);
  }
  detail::throw_cancelled(*context.current);
}

Operation Condition::AsyncWait::operation() const {
  if (wants_lock_) return {OperationKind::reacquire, condition_->lock_->id(), place_};
  return {OperationKind::wait, condition_->id(), place_};
}

AsyncResult Condition::AsyncWait::start(AsyncWaiter& waiter) {
  condition_->check_locked("wait", place_);
  detail::touch(*condition_, AccessKind::write);
  condition_->lock_->release(place_);
  waiter.enter(condition_->waiters_);
  return AsyncResult::waits;
}

AsyncResult Condition::AsyncWait::finish(AsyncWaiter& waiter, bool is_cancelled) {
  if (is_cancelled) is_cancelled_ = true;
  if (wants_lock_) {
    condition_->lock_->note_look();
    waiter.queue = nullptr;
    if (condition_->lock_->resume_waiter(waiter, is_cancelled, place_)) return end();
  } else {
    detail::touch(*condition_, is_cancelled ? AccessKind::exclusive : AccessKind::touch);
    waiter.leave();
    was_notified_ = waiter.state == WaiterState::woken;
    wants_lock_ = true;
  }
  return reacquire(waiter);
}

AsyncResult Condition::AsyncWait::reacquire(AsyncWaiter& waiter) {
  Lock& lock = *condition_->lock_;
  lock.note_look();
  if (lock.try_take(place_, false)) return end();
  detail::note_wait(lock);
  waiter.enter(lock.waiters_);
  return AsyncResult::waits;
}

AsyncResult Condition::AsyncWait::end() {
  if (!is_cancelled_) return AsyncResult::done;
  pass_on();
  return AsyncResult::cancelled;
}

void Condition::AsyncWait::pass_on() {
  if (!was_notified_) return;
  const std::uint32_t woken = condition_->wake_up_to(1);
  detail::record(OperationKind::notify, *condition_, place_, woken);
}

void Condition::AsyncWait::give_up(AsyncWaiter& waiter) {
  if (wants_lock_) {
    condition_->lock_->note_look();
    waiter.queue = nullptr;
    condition_->lock_->resume_waiter(waiter, true, place_);
  } else {
    waiter.leave();
    was_notified_ = waiter.state == WaiterState::woken;
  }
  pass_on();
}

void Condition::AsyncWait::note_cancel() const {
  if (wants_lock_) {
    condition_->lock_->note_look();
  } else {
    detail::touch(*condition_, AccessKind::exclusive);
  }
}

}  // namespace coweave
