#include "coweave/task/wait.hpp"

#include <string>
#include <utility>

#include "coweave/runtime/elsewhere.hpp"

namespace coweave::detail {

EndWatch::EndWatch(const std::vector<TaskControl*>& targets)
    : owner_(context.current != nullptr ? context.current->id : TaskId::root),
      nodes_(targets.size()) {
  ended_.reserve(targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    Node& node = nodes_[i];
    node.watch = this;
    node.target = targets[i];
    node.reference = TaskReference(*targets[i]);
    node.call = [](Listener& listener) {
      const Node& called = static_cast<Node&>(listener);
      called.watch->note_end(called);
    };
    if (targets[i]->finished()) {
      note_end(node);
    } else {
      targets[i]->joiners.push_back(node);
      node.is_queued = true;
    }
  }
  note_look();
}

void EndWatch::note_look() const {
  if (context.accesses == nullptr) return;
  note(AccessKind::exclusive);
  for (const Node& node : nodes_)
    if (node.reference.live() != nullptr)
      context.accesses->tasks().watches_completion(node.target->id);
}

EndWatch::~EndWatch() {
  if (context.is_tearing_down) return;  // What is queued beside them may be gone already.
  if (waiter_.task != nullptr && nodes_.front().reference.live() != nullptr)
    static_cast<void>(stop_waiting(waiter_));
  disarm();
  note_look();
  for (Node& node : nodes_)
    if (node.is_queued && node.reference.live() != nullptr) node.target->joiners.remove(node);
}

bool EndWatch::note_use_elsewhere(std::string_view operation, const Place& place) const noexcept {
  return !nodes_.empty() && detail::note_use_elsewhere(nodes_.front().reference.epoch(),
                                                       std::string(operation) + " of tasks", place);
}

bool EndWatch::is_satisfied(WaitFor until) const {
  note(AccessKind::read);
  if (ended_.size() == nodes_.size()) return true;
  switch (until) {
    case WaitFor::first_completed:
      return !ended_.empty();
    case WaitFor::first_exception:
      return any_failed_;
    case WaitFor::all:
      break;
  }
  return false;
}

void EndWatch::note_end(const Node& node) {
  note(AccessKind::exclusive);
  ended_.push_back(static_cast<std::size_t>(&node - nodes_.data()));
  any_failed_ = any_failed_ || node.target->result == TaskResult::exception;
  if (waiter_.task != nullptr && waiter_.state == WaiterState::pending && wakes()) wake(waiter_);
}

void EndWatch::suspend(std::coroutine_handle<> leaf, WaitFor until, std::size_t seen,
                       const Place& place) {
  if (context.accesses != nullptr) context.accesses->tasks().awaits_followed(owner_);
  note(AccessKind::exclusive);
  until_ = until;
  seen_ = seen;
  suspend_blocked(leaf, {OperationKind::wait_any, ObjectId::none, place}, waiter_);
}

void EndWatch::limit(Clock::duration timeout) {
  const Clock::time_point now = context.services->now();
  if (timeout >= Clock::time_point::max() - now) return;  // It never passes.
  deadline_.watch = this;
  deadline_.call = [](Listener& listener) {
    static_cast<Deadline&>(listener).watch->note_deadline();
  };
  deadline_.is_armed = true;
  deadline_.task = waiter_.task;
  deadline_.is_deadline = true;
  context.services->arm_timer(deadline_, now + timeout);
}

void EndWatch::note_deadline() {
  deadline_.is_armed = false;
  note(AccessKind::exclusive);
  if (waiter_.task != nullptr && waiter_.state == WaiterState::pending) wake(waiter_);
}

void EndWatch::disarm() noexcept {
  if (std::exchange(deadline_.is_armed, false) && context.services != nullptr)
    context.services->disarm_timer(deadline_);
}

void EndWatch::resume() {
  disarm();
  note(AccessKind::exclusive);
  waiter_.task = nullptr;
  resume_or_throw(*context.current);
}

WaitAwaiterBase::WaitAwaiterBase(const std::vector<TaskControl*>& targets, WaitFor until,
                                 std::optional<Clock::duration> timeout, const Place& place)
    : watch_(targets), until_(until), timeout_(timeout), place_(place) {
  if (targets.empty()) throw MisuseError("wait: expected handles of tasks, found none", place);
}

void WaitAwaiterBase::await_suspend(std::coroutine_handle<> leaf) {
  suspended_ = true;
  if (is_complete_) {
    suspend_ready(leaf, {OperationKind::wait_any, ObjectId::none, place_}, TaskState::ready_head);
  } else {
    watch_.suspend(leaf, until_, 0, place_);
    if (timeout_) watch_.limit(*timeout_);
  }
}

void WaitAwaiterBase::leave() {
  if (suspended_) watch_.resume();
}

}  // namespace coweave::detail
