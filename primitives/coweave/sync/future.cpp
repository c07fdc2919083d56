#include "coweave/sync/future.hpp"

#include "coweave/sync/misuse.hpp"

namespace coweave::detail {

FutureBase::~FutureBase() {
  touch(*this, AccessKind::exclusive);
  if (abandon(waiters_))
    report_misuse("destruction", *this, "expected no waiters, found some", created_at());
  if (state_ == State::exception && !is_retrieved_ && context.services != nullptr &&
      !context.is_tearing_down)
    context.services->note_oversight(Oversight::unretrieved_exception, name().view(), created_at());
}

void FutureBase::check_pending(const char* operation, const Place& place) const {
  touch(*this, AccessKind::exclusive);
  switch (state_) {
    case State::pending:
      return;
    case State::result:
      misuse(operation, *this, "expected it to be pending, found one that has a result", place);
    case State::exception:
      misuse(operation, *this, "expected it to be pending, found one that has an exception", place);
    case State::cancelled:
      misuse(operation, *this, "expected it to be pending, found one that was cancelled", place);
  }
}

void FutureBase::finish(State state) {
  state_ = state;
  for (Waiter* waiter = waiters_.front(); waiter != nullptr; waiter = waiter->next)
    if (waiter->state == WaiterState::pending) wake_any(*waiter);
}

void FutureBase::finish_with_result(const Place& place) {
  record(OperationKind::set, *this, place);
  finish(State::result);
}

void FutureBase::set_exception(std::exception_ptr error, Place place) {
  if (is_inert(*this, OperationKind::set, place)) return;
  if (!error)
    misuse("set_exception", *this, "expected an exception, found a null pointer to one", place);
  check_pending("set_exception", place);
  error_ = std::move(error);
  record(OperationKind::set, *this, place);
  finish(State::exception);
}

bool FutureBase::cancel(std::string message, Place place) {
  if (is_inert(*this, OperationKind::cancel, place)) return false;
  touch(*this, AccessKind::exclusive);
  if (state_ != State::pending) return false;
  cancel_message_ = std::move(message);
  record(OperationKind::cancel, *this, place);
  finish(State::cancelled);
  return true;
}

std::exception_ptr FutureBase::exception(Place place) const {
  touch(*this, AccessKind::read);
  if (state_ != State::exception) throw_unless_result(place);
  is_retrieved_ = true;
  return error_;
}

void FutureBase::throw_unless_result(const Place& place) const {
  switch (state_) {
    case State::pending:
      misuse("result", *this, "expected it to be done, found it pending", place);
    case State::result:
      return;
    case State::exception:
      is_retrieved_ = true;
      std::rethrow_exception(error_);
    case State::cancelled:
      throw CancelledError(cancel_message_);
  }
}

Operation FutureBase::AsyncWait::operation() const {
  return {OperationKind::wait, future_->id(), place_};
}

AsyncResult FutureBase::AsyncWait::start(AsyncWaiter& waiter) {
  if (future_->done()) return AsyncResult::done;
  touch(*future_, AccessKind::touch);  // Its destruction depends on its waiters.
  waiter.enter(future_->waiters_);
  return AsyncResult::waits;
}

AsyncResult FutureBase::AsyncWait::finish(AsyncWaiter& waiter, bool is_cancelled) {
  touch(*future_, is_cancelled ? AccessKind::exclusive : AccessKind::touch);
  waiter.leave();
  return is_cancelled ? AsyncResult::cancelled : AsyncResult::done;
}

FutureWait::FutureWait(FutureBase& future, const Place& place) : future_(future), place_(place) {
  waiter_.future = &future;
  waiter_.forward_cancel = [](Waiter& waiter) {
    return static_cast<FutureWaiter&>(waiter).future->cancel(waiter.task->cancel_message, {});
  };
}

void FutureWait::await_suspend(std::coroutine_handle<> leaf) {
  const Operation operation{OperationKind::wait, future_.id(), place_};
  if (was_done_) {
    waiter_.task = &suspend_ready(leaf, operation, TaskState::ready_head);
  } else {
    touch(future_, AccessKind::touch);  // Its destruction depends on its waiters.
    suspend_blocked(leaf, operation, waiter_);
    future_.waiters_.push_back(waiter_);
  }
}

void FutureWait::leave() {
  if (waiter_.task == nullptr) return;  // Done already, without suspending.
  if (!was_done_) {
    touch(future_, AccessKind::touch);
    future_.waiters_.remove(waiter_);
  }
  resume_or_throw(*context.current);
}

}  // namespace coweave::detail
