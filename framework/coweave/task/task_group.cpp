#include "coweave/task/task_group.hpp"

#include <string>

#include "coweave/runtime/elsewhere.hpp"

namespace coweave {
using detail::context;
using detail::TaskControl;
using detail::TaskResult;
using detail::WaiterState;

TaskGroup::~TaskGroup() {
  if (is_old()) return;  // The memory of its children went with their execution.
  // Children are left only where the whole execution is torn down.
  while (first_ != nullptr) {
    Child* child = first_;
    remove(*child);
    delete child;
  }
}

void TaskGroup::note(AccessKind kind) const {
  if (context.accesses == nullptr || is_old()) return;
  if (parent_ != nullptr) {
    context.accesses->tasks().follows(parent_->id, kind);
  } else {
    context.accesses->tasks().touches_untracked();  // Before it is entered, it is nobody's.
  }
}

bool TaskGroup::note_use_elsewhere(std::string_view operation, const Place& place) const noexcept {
  return detail::note_use_elsewhere(epoch_, std::string(operation) + " of a task group", place);
}

void TaskGroup::check_open(const Place& place) const {
  note(AccessKind::exclusive);
  const char* found = nullptr;
  if (state_ == State::created) {
    found = "one that has not been entered";
  } else if (is_old()) {
    found = "one of an execution that has ended";
  } else if (state_ == State::finished || (state_ == State::exiting && running_ == 0)) {
    found = "one that has ended";
  } else if (is_aborting_) {
    found = "one that is cancelling its children";
  }
  if (found != nullptr)
    throw MisuseError(
        std::string("spawn in a task group: expected a running group, found ") + found, place);
}

void TaskGroup::adopt(TaskControl& control) {
  auto* child = new Child;
  child->finished = [](detail::CompletionHook& hook, TaskControl&) {
    auto& ended = static_cast<Child&>(hook);
    ended.group->child_ended(ended);
  };
  child->group = this;
  child->control = &control;
  child->previous = last_;
  (last_ != nullptr ? last_->next : first_) = child;
  last_ = child;
  ++running_;
  control.completion = child;
}

void TaskGroup::remove(Child& child) {
  (child.previous != nullptr ? child.previous->next : first_) = child.next;
  (child.next != nullptr ? child.next->previous : last_) = child.previous;
  --running_;
}

void TaskGroup::child_ended(Child& child) {
  TaskControl& control = *child.control;
  control.completion = nullptr;
  remove(child);
  delete &child;
  note(control.result == TaskResult::exception ? AccessKind::exclusive : AccessKind::touch);
  if (waiter_.task != nullptr && waiter_.state == WaiterState::pending) {
    // The parent goes on after all of them, whichever is the last.
    if (context.accesses != nullptr) context.accesses->enables(parent_->id);
    if (running_ == 0) detail::wake(waiter_);
  }
  if (control.result != TaskResult::exception) return;
  control.is_retrieved = true;
  errors_.push_back(*control.error);
  if (is_aborting_) return;
  abort();
  cancel_parent(place_);  // The body ends too, wherever it is.
}

void TaskGroup::cancel_parent(const Place& place) {
  if (has_cancelled_parent_) return;
  has_cancelled_parent_ = true;
  detail::cancel(*parent_, {}, place);
}

void TaskGroup::cancel(Place place) {
  if (is_used_elsewhere("cancel", place) || context.is_tearing_down || is_old()) return;
  note(AccessKind::exclusive);
  if (state_ == State::created) is_cancelled_before_ = true;
  const bool has_ended = state_ == State::finished || (state_ == State::exiting && running_ == 0);
  if (state_ == State::created || has_ended) return;
  if (!is_aborting_) abort();
  cancel_parent(place);
}

void TaskGroup::throw_without_result() {
  throw CancelledError("the task group was cancelled before its body had a result");
}

void TaskGroup::abort() {
  is_aborting_ = true;
  for (Child* child = first_; child != nullptr; child = child->next)
    detail::cancel(*child->control, {}, place_);
}

void TaskGroup::enter(const Place& place) {
  if (state_ != State::created)
    throw MisuseError("run of a task group: expected a new one, found one that has been entered",
                      place);
  if (context.current == nullptr) detail::no_scheduler(OperationKind::group, place);
  state_ = State::entered;
  epoch_ = context.epoch;
  parent_ = context.current;
  note(AccessKind::exclusive);
  place_ = place;
  if (is_cancelled_before_) cancel(place);
}

void TaskGroup::body_threw() {
  try {
    throw;
  } catch (const CancelledError&) {
    cancellation_ = std::current_exception();
  } catch (...) {
    body_error_ = std::current_exception();
  }
}

void TaskGroup::begin_exit() {
  note(AccessKind::exclusive);
  state_ = State::exiting;
  if ((cancellation_ || body_error_) && !is_aborting_) abort();
}

void TaskGroup::cancelled_while_waiting() {
  if (is_aborting_) return;  // By the group itself, or once more.
  cancellation_ = std::make_exception_ptr(CancelledError(parent_->cancel_message));
  abort();
}

void TaskGroup::leave() {
  state_ = State::finished;
  // Nobody but the group itself wanted the parent to end.
  if (has_cancelled_parent_ && detail::uncancel(*parent_) == 0) cancellation_ = nullptr;
  if (cancellation_ && errors_.empty()) std::rethrow_exception(cancellation_);
  if (body_error_) errors_.push_back(body_error_);
  if (errors_.empty()) return;
  if (parent_->cancel_requests > 0) {
    // Somebody else did; the errors go first, so the cancellation is due again, as often as it was.
    std::string message = parent_->cancel_message;
    detail::uncancel(*parent_);
    detail::request_cancel(*parent_, std::move(message));
  }
  throw ExceptionGroup("unhandled exceptions in a task group", std::move(errors_));
}

}  // namespace coweave
