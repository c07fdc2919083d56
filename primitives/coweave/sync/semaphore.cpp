#include "coweave/sync/semaphore.hpp"

#include "coweave/sync/misuse.hpp"

namespace coweave {
using detail::context;
using detail::Waiter;
using detail::WaiterState;

Semaphore::Semaphore(ObjectKind kind, std::int64_t value, std::string_view name,
                     const Place& created_at)
    : Object(kind, name, created_at), value_(value) {
  if (value < 0)
    detail::misuse("creation", *this, "expected an initial value of at least 0, found a negative one",
                   created_at);
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
  detail::wake(*waiter);
  return true;
}

void Semaphore::wake_all_permitted() {
  while (value_ > 0 && wake_next()) {
  }
}

void Semaphore::release(Place place) {
  if (context.is_tearing_down) return;
  detail::touch(*this, AccessKind::exclusive);
  if (bound_ >= 0 && value_ >= bound_)
    detail::misuse("release", *this, "expected a permit to be taken, found the value at its bound",
                   place);
  ++value_;
  detail::record(OperationKind::release, *this, place);
  wake_next();
}

void Semaphore::release_at_scope_exit(const Place& place) noexcept {
  if (context.is_tearing_down) return;  // The semaphore may be gone already.
  detail::touch(*this, AccessKind::exclusive);
  if (bound_ < 0 || value_ < bound_) {
    release(place);
  } else {
    detail::report_misuse("release by a guard", *this,
                          "expected a permit to be taken, found the value at its bound", place);
  }
}

void Semaphore::AcquireAwaiter::await_suspend(std::coroutine_handle<> leaf) {
  const Operation operation{OperationKind::acquire, semaphore_.id(), place_};
  if (is_taken_) {
    waiter_.task = &detail::suspend_ready(leaf, operation, detail::TaskState::ready_head);
  } else {
    detail::suspend_blocked(leaf, operation, waiter_);
    semaphore_.waiters_.push_back(waiter_);
  }
}

bool Semaphore::AcquireAwaiter::await_resume() {
  if (waiter_.task == nullptr) return true;  // Taken at once, without suspending.
  detail::touch(semaphore_, AccessKind::exclusive);
  const bool is_cancelled = detail::take_cancellation(*context.current);
  if (!is_taken_) {
    semaphore_.waiters_.remove(waiter_);
    if (!is_cancelled) detail::record(OperationKind::take, semaphore_.object(), place_);
  } else if (is_cancelled) {
    detail::record(OperationKind::release, semaphore_.object(), place_);
  }
  // The permit that was taken or reserved goes back.
  if (is_cancelled && (is_taken_ || waiter_.state == WaiterState::woken)) ++semaphore_.value_;
  semaphore_.wake_all_permitted();
  if (is_cancelled) detail::throw_cancelled(*context.current);
  return true;
}

}  // namespace coweave
