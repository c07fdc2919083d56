#include "coweave/sync/barrier.hpp"

#include "coweave/sync/misuse.hpp"

namespace coweave {
using detail::AsyncResult;
using detail::AsyncWaiter;
using detail::context;
using detail::TaskControl;
using detail::Waiter;
using detail::WaiterState;
using detail::WaitQueue;

namespace {

std::size_t count(const WaitQueue& queue, WaiterState state) {
  std::size_t found = 0;
  for (const Waiter* waiter = queue.front(); waiter != nullptr; waiter = waiter->next)
    if (waiter->state == state) ++found;
  return found;
}

void wake_pending(const WaitQueue& queue) {
  for (Waiter* waiter = queue.front(); waiter != nullptr; waiter = waiter->next)
    if (waiter->state == WaiterState::pending) detail::wake_any(*waiter);
}

}  // namespace

Barrier::Barrier(std::int64_t parties, std::string_view name, Place created_at)
    : Object(ObjectKind::barrier, name, created_at) {
  if (parties < 1)
    detail::misuse("creation", *this, "expected at least 1 party, found fewer", created_at);
  parties_ = static_cast<std::size_t>(parties);
}

Barrier::~Barrier() {
  detail::touch(*this, AccessKind::exclusive);
  const bool is_waited_for = detail::abandon(inside_);
  if (detail::abandon(held_back_) || is_waited_for)
    detail::report_misuse("destruction", *this, "expected no waiters, found some", created_at());
}

std::size_t Barrier::n_waiting() const {
  detail::touch(*this, AccessKind::read);
  return state_ == State::filling ? count(inside_, WaiterState::pending) : 0;
}

void Barrier::release_round() {
  state_ = State::draining;
  std::size_t index = 0;
  for (Waiter* waiter = inside_.front(); waiter != nullptr; waiter = waiter->next) {
    if (waiter->state != WaiterState::pending) continue;
    (waiter->is_listener ? static_cast<AsyncWaiter*>(waiter)->index
                         : static_cast<Party*>(waiter)->index) = index++;
    detail::wake_any(*waiter);
  }
}

void Barrier::settle() {
  const bool is_emptying = state_ == State::draining || state_ == State::resetting;
  if (is_emptying && count(inside_, WaiterState::woken) == 0) state_ = State::filling;
  admit();
}

void Barrier::admit() {
  if (state_ != State::filling) return;
  std::size_t places = n_waiting() + count(held_back_, WaiterState::woken);
  for (Waiter* waiter = held_back_.front(); waiter != nullptr; waiter = waiter->next) {
    if (places >= parties_) return;
    if (waiter->state != WaiterState::pending) continue;
    detail::wake_any(*waiter);
    ++places;
  }
}

void Barrier::reset(Place place) {
  if (detail::is_inert(*this, OperationKind::reset, place)) return;
  detail::touch(*this, AccessKind::exclusive);
  detail::record(OperationKind::reset, *this, place);
  wake_pending(inside_);
  state_ = State::resetting;
  settle();
}

void Barrier::abort(Place place) {
  if (detail::is_inert(*this, OperationKind::abort, place)) return;
  detail::touch(*this, AccessKind::exclusive);
  detail::record(OperationKind::abort, *this, place);
  state_ = State::broken;
  wake_pending(inside_);
  // Those who were held back fail as if they were inside, also if a reset() comes before they
  // resume.
  for (Waiter* waiter = held_back_.front(); waiter != nullptr;) {
    Waiter* next = waiter->next;
    if (waiter->state != WaiterState::cancelled) {
      held_back_.remove(*waiter);
      inside_.push_back(*waiter);
      if (waiter->is_listener) {
        static_cast<AsyncWaiter*>(waiter)->queue = &inside_;
      } else {
        waiter->task->hook = nullptr;
      }
      if (waiter->state == WaiterState::pending) detail::wake_any(*waiter);
    }
    waiter = next;
  }
}

bool Barrier::WaitAwaiter::await_ready() {
  detail::refuse_elsewhere(barrier_.object(), OperationKind::wait, place_);
  detail::touch(barrier_.object(), AccessKind::exclusive);
  if (barrier_.broken()) {
    arrival_ = Arrival::fails;
    return !detail::suspends_when_complete();
  }
  if (barrier_.holds_back()) {
    arrival_ = Arrival::is_held_back;
    return false;
  }
  detail::record(OperationKind::arrive, barrier_.object(), place_);
  if (!barrier_.completes_round()) return false;
  arrival_ = Arrival::completes;
  barrier_.release_round();
  waiter_.index = barrier_.parties_ - 1;
  if (detail::suspends_when_complete()) return false;
  barrier_.settle();  // A barrier of one party has drained.
  return true;
}

void Barrier::WaitAwaiter::await_suspend(std::coroutine_handle<> leaf) {
  const Operation operation{OperationKind::wait, barrier_.id(), place_};
  leaf_ = leaf;
  switch (arrival_) {
    case Arrival::completes:
      // Inside until it resumes, like the others of the round.
      waiter_.task = &detail::suspend_ready(leaf, operation, detail::TaskState::ready_head);
      waiter_.state = WaiterState::woken;
      waiter_.task->waiter = &waiter_;
      waiter_.task->is_queued = true;
      barrier_.inside_.push_back(waiter_);
      break;
    case Arrival::waits:
      detail::suspend_blocked(leaf, operation, waiter_);
      barrier_.inside_.push_back(waiter_);
      break;
    case Arrival::is_held_back:
      waiter_.awaiter = this;
      detail::suspend_blocked(leaf, operation, waiter_).hook = after_holding_back;
      barrier_.held_back_.push_back(waiter_);
      break;
    case Arrival::fails:
      waiter_.task = &detail::suspend_ready(leaf, operation, detail::TaskState::ready_head);
      break;
  }
}

// The step after the wake-up of a task that was held back; abort() takes this hook away.
void Barrier::WaitAwaiter::after_holding_back(TaskControl& task) {
  WaitAwaiter& self = *static_cast<Party*>(task.waiter)->awaiter;
  Barrier& barrier = self.barrier_;
  detail::touch(barrier, AccessKind::exclusive);
  if (detail::take_cancellation(task)) {
    self.is_cancelled_ = true;
    barrier.held_back_.remove(self.waiter_);
    barrier.admit();
    context.go_on_with(self.leaf_);
  } else if (barrier.state_ == State::filling) {
    barrier.held_back_.remove(self.waiter_);
    self.enter();
    barrier.admit();  // Newcomers behind this task.
  } else {
    // A reset() came first. It waits on where it stands.
    detail::suspend_blocked(self.leaf_, {OperationKind::wait, barrier.id(), self.place_},
                            self.waiter_)
        .hook = after_holding_back;
  }
}

void Barrier::WaitAwaiter::enter() {
  detail::record(OperationKind::arrive, barrier_.object(), place_);
  arrival_ = Arrival::waits;
  if (barrier_.completes_round()) {
    barrier_.release_round();
    waiter_.index = barrier_.parties_ - 1;
    context.go_on_with(leaf_);
  } else {
    detail::suspend_blocked(leaf_, {OperationKind::wait, barrier_.id(), place_}, waiter_);
  }
  barrier_.inside_.push_back(waiter_);
}

void Barrier::WaitAwaiter::give_up() {
  if (waiter_.queue == &barrier_.inside_) {
    barrier_.inside_.remove(waiter_);
    barrier_.settle();
  } else {
    barrier_.held_back_.remove(waiter_);
    barrier_.admit();
  }
}

std::size_t Barrier::WaitAwaiter::await_resume() {
  bool is_broken = arrival_ == Arrival::fails;
  if (waiter_.task != nullptr) {
    waiter_.task->is_queued = false;
    detail::touch(barrier_.object(), AccessKind::exclusive);
    if (!is_cancelled_ && !is_broken) {
      is_broken = barrier_.state_ != State::draining;
      barrier_.inside_.remove(waiter_);
      barrier_.settle();
    }
    if (is_cancelled_) detail::throw_cancelled(*context.current);
    detail::resume_or_throw(*context.current);
  }
  if (is_broken)
    throw BrokenBarrierError("wait for " + detail::describe(barrier_.object()) +
                             ": it was reset or aborted");
  detail::record(OperationKind::pass, barrier_.object(), place_);
  return waiter_.index;
}

AsyncResult Barrier::AsyncWait::start(AsyncWaiter& waiter) {
  detail::touch(*barrier_, AccessKind::exclusive);
  if (barrier_->broken()) return AsyncResult::broken;
  if (!barrier_->holds_back()) return enter(waiter);
  waiter.enter(barrier_->held_back_);
  return AsyncResult::waits;
}

AsyncResult Barrier::AsyncWait::enter(AsyncWaiter& waiter) {
  detail::record(OperationKind::arrive, *barrier_, place_);
  const bool completes = barrier_->completes_round();
  if (completes) barrier_->release_round();
  waiter.enter(barrier_->inside_);
  if (!completes) return AsyncResult::waits;
  // Inside until it goes on, like the others of the round.
  waiter.index = barrier_->parties_ - 1;
  waiter.state = WaiterState::woken;
  return AsyncResult::done;
}

AsyncResult Barrier::AsyncWait::finish(AsyncWaiter& waiter, bool is_cancelled) {
  detail::touch(*barrier_, AccessKind::exclusive);
  if (waiter.queue == &barrier_->inside_) return leave_round(waiter, is_cancelled);
  if (waiter.queue == nullptr) return is_cancelled ? AsyncResult::cancelled : AsyncResult::broken;
  if (!is_cancelled && barrier_->state_ != State::filling) {
    waiter.state = WaiterState::pending;  // A reset() came first. It waits on where it stands.
    return AsyncResult::waits;
  }
  waiter.leave();
  const AsyncResult entered = is_cancelled ? AsyncResult::cancelled : enter(waiter);
  barrier_->admit();
  return entered == AsyncResult::done ? leave_round(waiter, false) : entered;
}

AsyncResult Barrier::AsyncWait::leave_round(AsyncWaiter& waiter, bool is_cancelled) {
  const bool is_broken = barrier_->state_ != State::draining;
  waiter.leave();
  barrier_->settle();
  if (is_cancelled) return AsyncResult::cancelled;
  if (is_broken) return AsyncResult::broken;
  index_ = waiter.index;
  detail::record(OperationKind::pass, *barrier_, place_);
  return AsyncResult::done;
}

}  // namespace coweave
