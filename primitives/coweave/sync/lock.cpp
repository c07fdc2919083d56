#include "coweave/sync/lock.hpp"

#include "coweave/sync/misuse.hpp"

namespace coweave {
using detail::AccessLog;
using detail::AsyncResult;
using detail::AsyncWaiter;
using detail::context;
using detail::Waiter;
using detail::WaiterState;

Lock::~Lock() {
  const bool is_waited_for = detail::abandon(waiters_);
  // Who destroys what is in use gets a failure that depends on how.
  if (AccessLog* log = context.accesses; log != nullptr) {
    if (is_locked_ || is_waited_for) {
      log->permits().looks(access_number(), AccessKind::exclusive);
    } else {
      log->objects().access(access_number(), AccessKind::exclusive);
    }
  }
  if (is_locked_) {
    detail::report_misuse("destruction", *this, "expected it to be free, found it held",
                          created_at());
  } else if (is_waited_for) {
    detail::report_misuse("destruction", *this, "expected no waiters, found some", created_at());
  }
}

void Lock::note_look_watched() const {
  if (context.accesses != nullptr) {
    context.accesses->permits().looks(access_number(), AccessKind::read);
  } else {
    note_use_apart(std::string_view{}, created_at());
  }
}

void Lock::mark_taken(const Place& place) {
  is_locked_ = true;
  detail::record(OperationKind::take, *this, place);
}

bool Lock::try_take(const Place& place, bool suspends) {
  if (context.accesses != nullptr) context.accesses->permits().asks(access_number(), suspends);
  if (is_locked_ || waiters_.any_live()) return false;
  mark_taken(place);
  return true;
}

void Lock::wake_head() {
  // Only the head: waking the first *pending* waiter instead lets two in (bpo-32734). A cancelled
  // head wakes the next when it resumes.
  Waiter* head = waiters_.front();
  if (head != nullptr && head->state == WaiterState::pending) detail::wake_any(*head);
}

bool Lock::resume_waiter(Waiter& waiter, bool is_cancelled, const Place& place) {
  if (context.accesses != nullptr) context.accesses->permits().gets(access_number());
  waiters_.remove(waiter);
  if (is_cancelled) {
    // The wake-up that this waiter may have got must not die with it (bpo-27585).
    if (!is_locked_) wake_head();
    return false;
  }
  mark_taken(place);
  return true;
}

void Lock::release(Place place) {
  if (detail::is_inert(*this, OperationKind::release, place)) return;
  if (context.accesses != nullptr) context.accesses->permits().gives_back(access_number());
  if (!is_locked_) detail::misuse("release", *this, "expected it to be held, found it free", place);
  give_back(place);
}

void Lock::give_back(const Place& place) {
  is_locked_ = false;
  detail::record(OperationKind::release, *this, place);
  wake_head();
}

void Lock::release_at_scope_exit(const Place& place) noexcept {
  if (detail::is_inert(*this, OperationKind::release, place))
    return;  // The lock may be gone already.
  if (context.accesses != nullptr) context.accesses->permits().gives_back(access_number());
  if (is_locked_) {
    give_back(place);
  } else {
    detail::report_misuse("release by a guard", *this, "expected it to be held, found it free",
                          place);
  }
}

Operation Lock::AsyncAcquire::operation() const {
  return {OperationKind::acquire, lock_->id(), place_};
}

AsyncResult Lock::AsyncAcquire::start(AsyncWaiter& waiter) {
  lock_->note_look();
  is_taken_ = lock_->try_take(place_, false);
  if (!is_taken_) {
    detail::note_wait(*lock_);
    waiter.enter(lock_->waiters_);
  }
  return is_taken_ ? AsyncResult::done : AsyncResult::waits;
}

AsyncResult Lock::AsyncAcquire::finish(AsyncWaiter& waiter, bool is_cancelled) {
  lock_->note_look();
  if (!is_taken_) {
    waiter.queue = nullptr;
    lock_->resume_waiter(waiter, is_cancelled, place_);
  } else if (is_cancelled) {
    lock_->release_at_scope_exit(place_);
  }
  return is_cancelled ? AsyncResult::cancelled : AsyncResult::done;
}

void Lock::AcquireAwaiter::await_suspend(std::coroutine_handle<> leaf) {
  const Operation operation{OperationKind::acquire, lock_.id(), place_};
  if (is_taken_) {
    waiter_.task = &detail::suspend_ready(leaf, operation, detail::TaskState::ready_head);
  } else {
    detail::note_wait(lock_);
    detail::suspend_blocked(leaf, operation, waiter_);
    lock_.waiters_.push_back(waiter_);
  }
}

bool Lock::AcquireAwaiter::await_resume() {
  if (waiter_.task == nullptr) return true;  // Taken at once, without suspending.
  const bool is_cancelled = detail::take_cancellation(*context.current);
  if (is_taken_) {
    if (is_cancelled) lock_.release(place_);
  } else {
    lock_.resume_waiter(waiter_, is_cancelled, place_);
  }
  if (is_cancelled) detail::throw_cancelled(*context.current);
  return true;
}

}  // namespace coweave
