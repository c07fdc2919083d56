#include "coweave/sync/queue_base.hpp"

#include <algorithm>

#include "coweave/sync/misuse.hpp"

namespace coweave::detail {
namespace {

/// Wakes the first waiter that is not cancelled, unless it is woken already.
void wake_first_live(const WaitQueue& queue) {
  Waiter* waiter = queue.front();
  while (waiter != nullptr && waiter->state == WaiterState::cancelled) waiter = waiter->next;
  if (waiter != nullptr && waiter->state == WaiterState::pending) wake_any(*waiter);
}

void wake_all(const WaitQueue& queue) {
  for (Waiter* waiter = queue.front(); waiter != nullptr; waiter = waiter->next)
    if (waiter->state == WaiterState::pending) wake_any(*waiter);
}

}  // namespace

QueueBase::~QueueBase() {
  touch(*this, AccessKind::exclusive);
  bool is_waited_for = false;
  for (WaitQueue* queue : {&getters_, &putters_, &joiners_})
    is_waited_for = abandon(*queue) || is_waited_for;
  if (is_waited_for)
    report_misuse("destruction", *this, "expected no waiters, found some", created_at());
}

void QueueBase::fail(const char* operation) const {
  throw QueueShutDown(std::string(operation) + " of " + describe(*this) + ": it is shut down");
}

void QueueBase::check_put_nowait() const {
  if (put_fails()) fail("put_nowait");
  if (full()) throw QueueFull("put_nowait of " + describe(*this) + ": there is no room");
}

void QueueBase::check_get_nowait(const Place& place) const {
  if (context.is_apart && note_use_apart(OperationKind::get, place))
    throw QueueEmpty("get_nowait of " + describe(*this) + ": another thread uses it");
  if (get_fails()) fail("get_nowait");
  if (empty()) throw QueueEmpty("get_nowait of " + describe(*this) + ": there is no item to take");
}

void QueueBase::wake_next_getter() {
  if (context.is_tearing_down) return;
  if (size_ > 0) {
    wake_first_live(getters_);
  } else if (is_shut_down_) {
    wake_all(getters_);
  }
}

void QueueBase::wake_next_putter() {
  if (context.is_tearing_down) return;
  if (has_room()) wake_first_live(putters_);
}

void QueueBase::added(const Place& place) {
  touch(*this, AccessKind::exclusive);
  ++size_;
  ++unfinished_;
  record(OperationKind::add, *this, place);
  wake_next_getter();
  wake_next_putter();
}

void QueueBase::removed(const Place& place) {
  touch(*this, AccessKind::exclusive);
  --size_;
  record(OperationKind::remove, *this, place);
  wake_next_putter();
  wake_next_getter();
}

void QueueBase::task_done(Place place) {
  if (is_inert(*this, OperationKind::task_done, place)) return;
  touch(*this, AccessKind::exclusive);
  if (unfinished_ == 0)
    misuse("task_done", *this, "expected an item that is not done yet, found none", place);
  record(OperationKind::task_done, *this, place);
  if (--unfinished_ == 0) wake_all(joiners_);
}

void QueueBase::shut_down(bool drops_items, const Place& place) {
  touch(*this, AccessKind::exclusive);
  is_shut_down_ = true;
  record(OperationKind::shut_down, *this, place);
  if (drops_items) {
    unfinished_ -= std::min(unfinished_, size_);
    size_ = 0;
    if (unfinished_ == 0) wake_all(joiners_);
  }
  wake_all(putters_);
  wake_next_getter();
}

bool QueueBase::Wait::takes_effect_at_once() {
  refuse_elsewhere(base_.object(), kind_, place_);
  touch(base_.object(), AccessKind::exclusive);
  if (fails()) {
    start_ = Start::fails;
  } else if (is_put() ? base_.full() : base_.empty()) {
    return false;
  } else {
    start_ = Start::takes_effect;
  }
  suspends_ = suspends_when_complete();
  // What has taken effect cannot be undone: the item may be gone, the room taken. So it does not
  // where the cancellation comes first, and where it comes later, the next await throws it.
  if (suspends_ && context.current->cancel_pending) start_ = Start::is_cancelled;
  return start_ == Start::takes_effect;
}

void QueueBase::Wait::await_suspend(std::coroutine_handle<> leaf) {
  const Operation operation{kind_, base_.id(), place_};
  if (start_ == Start::waits) {
    suspend_blocked(leaf, operation, waiter_);
    (is_put() ? base_.putters_ : base_.getters_).push_back(waiter_);
  } else {
    suspend_ready(leaf, operation, TaskState::ready_head);
  }
}

bool QueueBase::Wait::takes_effect_after_wait() {
  if (start_ == Start::takes_effect) return false;
  touch(base_.object(), AccessKind::exclusive);
  bool is_cancelled = false;
  if (start_ == Start::waits) {
    is_cancelled = take_cancellation(*context.current);
    if (is_put()) {
      base_.putters_.remove(waiter_);
      if (is_cancelled) base_.wake_next_putter();
    } else {
      base_.getters_.remove(waiter_);
      if (is_cancelled) base_.wake_next_getter();
    }
  } else if (suspends_) {
    is_cancelled = take_cancellation(*context.current) || start_ == Start::is_cancelled;
  }
  if (is_cancelled) throw_cancelled(*context.current);
  if (fails()) base_.fail(is_put() ? "put" : "get");
  return true;
}

void QueueBase::Wait::give_up() {
  if (is_put()) {
    base_.putters_.remove(waiter_);
    base_.wake_next_putter();
  } else {
    base_.getters_.remove(waiter_);
    base_.wake_next_getter();
  }
}

AsyncResult QueueBase::AsyncOperation::begin(AsyncWaiter& waiter) {
  touch(*base_, AccessKind::exclusive);
  if (fails()) return AsyncResult::shut_down;
  if (!(is_put() ? base_->full() : base_->empty())) return AsyncResult::done;
  waiter.enter(is_put() ? base_->putters_ : base_->getters_);
  return AsyncResult::waits;
}

AsyncResult QueueBase::AsyncOperation::resume(AsyncWaiter& waiter, bool is_cancelled) {
  touch(*base_, AccessKind::exclusive);
  waiter.leave();
  if (is_cancelled) {
    is_put() ? base_->wake_next_putter() : base_->wake_next_getter();
    return AsyncResult::cancelled;
  }
  return fails() ? AsyncResult::shut_down : AsyncResult::done;
}

AsyncResult QueueBase::AsyncJoin::start(AsyncWaiter& waiter) {
  touch(*queue_, AccessKind::exclusive);
  if (queue_->unfinished_ == 0) return AsyncResult::done;
  waiter.enter(queue_->joiners_);
  return AsyncResult::waits;
}

AsyncResult QueueBase::AsyncJoin::finish(AsyncWaiter& waiter, bool is_cancelled) {
  touch(*queue_, AccessKind::exclusive);
  waiter.leave();
  return is_cancelled ? AsyncResult::cancelled : AsyncResult::done;
}

void QueueBase::JoinAwaiter::await_suspend(std::coroutine_handle<> leaf) {
  const Operation operation{OperationKind::join, queue_.id(), place_};
  if (was_done_) {
    waiter_.task = &suspend_ready(leaf, operation, TaskState::ready_head);
  } else {
    suspend_blocked(leaf, operation, waiter_);
    queue_.joiners_.push_back(waiter_);
  }
}

void QueueBase::JoinAwaiter::await_resume() {
  if (waiter_.task == nullptr) return;  // Without suspending.
  touch(queue_.object(), AccessKind::exclusive);
  if (!was_done_) queue_.joiners_.remove(waiter_);
  resume_or_throw(*context.current);
}

}  // namespace coweave::detail
