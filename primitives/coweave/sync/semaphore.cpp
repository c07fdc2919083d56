#include "coweave/sync/semaphore.hpp"

#include "coweave/sync/misuse.hpp"

namespace coweave {
using detail::AsyncResult;
using detail::AsyncWaiter;
using detail::context;
using detail::Waiter;
using detail::WaiterState;

Semaphore::Semaphore(ObjectKind kind, std::int64_t value, std::string_view name,
                     const Place& created_at)
    : Object(kind, name, created_at), value_(value) {
  if (value < 0)
    detail::misuse("creation", *this,
                   "expected an initial value of at least 0, found a negative one", created_at);
}

Semaphore::~Semaphore() {
  detail::touch(*this, AccessKind::exclusive);
  if (detail::abandon(waiters_))
    detail::report_misuse("destruction", *this, "expected no waiters, found some", created_at());
}

bool Semaphore::try_take(const Place& place) {
  detail::touch(*this, AccessKind::exclusive);
  if (is_closed()) return false;
  --value_;
  detail::record(OperationKind::take, *this, place);
  return true;
}

bool Semaphore::wake_next() {
  Waiter* waiter = waiters_.first_pending();
  if (waiter == nullptr) return false;
  --value_;  // Reserved until the waiter resumes.
  detail::wake_any(*waiter);
  return true;
}

void Semaphore::wake_all_permitted() {
  while (value_ > 0 && wake_next()) {
  }
}

void Semaphore::release(Place place) {
  if (detail::is_inert(*this, OperationKind::release, place)) return;
  detail::touch(*this, AccessKind::exclusive);
  if (bound_ >= 0 && value_ >= bound_)
    detail::misuse("release", *this, "expected a permit to be taken, found the value at its bound",
                   place);
  give_back(place);
}

void Semaphore::give_back(const Place& place) {
  ++value_;
  detail::record(OperationKind::release, *this, place);
  wake_next();
}

void Semaphore::release_at_scope_exit(const Place& place) noexcept {
  if (detail::is_inert(*this, OperationKind::release, place))
    return;  // The semaphore may be gone already.
  detail::touch(*this, AccessKind::exclusive);
  if (bound_ < 0 || value_ < bound_) {
    give_back(place);
  } else {
    detail::report_misuse("release by a guard", *this,
                          "expected a permit to be taken, found the value at its bound", place);
  }
}

void Semaphore::finish_acquire(Waiter& waiter, bool is_taken, bool is_cancelled,
                               const Place& place) {
  detail::touch(*this, AccessKind::exclusive);
  if (!is_taken) {
    waiters_.remove(waiter);
    if (!is_cancelled) detail::record(OperationKind::take, *this, place);
  } else if (is_cancelled) {
    detail::record(OperationKind::release, *this, place);
  }
  // The permit that was taken or reserved goes back.
  if (is_cancelled && (is_taken || waiter.state == WaiterState::woken)) ++value_;
  wake_all_permitted();
}

Operation Semaphore::AsyncAcquire::operation() const {
  return {OperationKind::acquire, semaphore_->id(), place_};
}

AsyncResult Semaphore::AsyncAcquire::start(AsyncWaiter& waiter) {
  is_taken_ = semaphore_->try_take(place_);
  if (!is_taken_) {
    detail::note_wait(*semaphore_);
    waiter.enter(semaphore_->waiters_);
  }
  return is_taken_ ? AsyncResult::done : AsyncResult::waits;
}

AsyncResult Semaphore::AsyncAcquire::finish(AsyncWaiter& waiter, bool is_cancelled) {
  waiter.queue = nullptr;
  semaphore_->finish_acquire(waiter, is_taken_, is_cancelled, place_);
  return is_cancelled ? AsyncResult::cancelled : AsyncResult::done;
}

void Semaphore::AcquireAwaiter::await_suspend(std::coroutine_handle<> leaf) {
  const Operation operation{OperationKind::acquire, semaphore_.id(), place_};
  if (is_taken_) {
    waiter_.task = &detail::suspend_ready(leaf, operation, detail::TaskState::ready_head);
  } else {
    detail::note_wait(semaphore_);
    detail::suspend_blocked(leaf, operation, waiter_);
    semaphore_.waiters_.push_back(waiter_);
  }
}

bool Semaphore::AcquireAwaiter::await_resume() {
  if (waiter_.task == nullptr) return true;  // Taken at once, without suspending.
  const bool is_cancelled = detail::take_cancellation(*context.current);
  semaphore_.finish_acquire(waiter_, is_taken_, is_cancelled, place_);
  if (is_cancelled) detail::throw_cancelled(*context.current);
  return true;
}

}  // namespace coweave
