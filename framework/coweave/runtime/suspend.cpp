#include "coweave/runtime/suspend.hpp"

#include "coweave/runtime/elsewhere.hpp"

namespace coweave::detail {

void record(OperationKind kind, ObjectId object, const Place& place, TaskId other,
            std::uint32_t value) {
  const TaskId task = context.current != nullptr ? context.current->id : TaskId::none;
  context.services->record({task, kind, object, other, value, place});
}

void no_scheduler(OperationKind operation, Place place) {
  if (context.services == nullptr) note_use_elsewhere(to_string(operation), place);
  throw_no_scheduler(operation, place);
}

void throw_no_scheduler(OperationKind operation, const Place& place) {
  throw Error("co_await of '" + std::string(to_string(operation)) + "' at " +
              to_string(source_line(place, {})) +
              ": expected to be inside explore() or run(), found no running task");
}

void no_running_task(std::string_view call, const Place& place) {
  if (context.services == nullptr) note_use_elsewhere(call, place);
  throw Error(std::string(call) +
              ": expected to be inside explore() or run(), found no running task");
}

namespace {

/// There is a running task afterwards, and it has not suspended in this step.
void make_suspendable(const Operation& operation) {
  if (context.current == nullptr) no_scheduler(operation.kind, operation.place);
  context.services->fork(*context.current);
}

/// Whether `task` is ready because a cancellation has ended its wait.
bool has_cancelled_wait(const TaskControl& task) {
  return task.state == TaskState::ready && task.waiter != nullptr &&
         task.waiter->state == WaiterState::cancelled;
}

/// Instead of the first step of a task that was cancelled before it: its body never runs.
void end_before_start(TaskControl& task) {
  task.cancel_pending = false;
  finish(task, TaskResult::cancelled);
}

}  // namespace

TaskControl& suspend_ready_again(std::coroutine_handle<> leaf, Operation operation,
                                 TaskState where) {
  make_suspendable(operation);
  return suspend_ready(leaf, operation, where);
}

TaskControl& suspend_blocked_again(std::coroutine_handle<> leaf, Operation operation,
                                   Waiter& waiter) {
  make_suspendable(operation);
  return suspend_blocked(leaf, operation, waiter);
}

void wake_elsewhere(const Waiter& waiter) noexcept {
  note_use_elsewhere(waiter.task->owner, "a wake-up", waiter.task->resumes_from.place);
}

namespace {

/// Instead of the next step of a coroutine that is gone. What is left running is filed by what it
/// awaits outside, or as ended.
void go_on_without(TaskControl& task) {
  if (task.foreign == nullptr && task.root) task.state = TaskState::blocked;
}

}  // namespace

bool stop_waiting(Waiter& waiter) noexcept {
  TaskControl& task = *waiter.task;
  if (context.is_tearing_down) return false;
  if (task.owner != context.services) {
    note_use_elsewhere(task.owner, "destruction of a coroutine that waits",
                       task.resumes_from.place);
    return false;
  }
  if (context.accesses != nullptr) context.accesses->tasks().touches_untracked();
  if (task.waiter != &waiter) return true;
  task.waiter = nullptr;
  task.is_queued = false;
  if (&task == context.current && task.state != TaskState::ready) {
    // It has suspended in this very step, and the step goes on.
    task.state = TaskState::running;
    task.hook = nullptr;
  } else {
    task.hook = go_on_without;
    if (task.state == TaskState::blocked) context.services->make_ready(task);
  }
  return true;
}

void record_wake(const TaskControl& woken) {
  record(OperationKind::wake, ObjectId::none, {}, woken.id);
}

bool cancel(TaskControl& task, std::string message, const Place& place) {
  if (context.is_recording && !task.finished())
    record(OperationKind::cancel, ObjectId::none, place, task.id);
  return request_cancel(task, std::move(message));
}

bool request_cancel(TaskControl& task, std::string message) {
  if (context.accesses != nullptr)
    context.accesses->tasks().cancels(task.id, task.resumes_from.object);
  if (task.finished()) return false;
  ++task.cancel_requests;
  task.cancel_message = std::move(message);
  task.has_residue = true;
  if (task.state == TaskState::blocked && task.waiter == nullptr) return true;  // For ever.
  if (task.state == TaskState::blocked && task.waiter->state == WaiterState::pending) {
    deliver_pending_cancellation(task);
  } else {
    task.cancel_pending = true;
    if (task.resumes_from.kind == OperationKind::start && task.state == TaskState::ready)
      task.hook = end_before_start;
  }
  return true;
}

std::uint32_t uncancel(TaskControl& task) {
  if (context.accesses != nullptr)
    context.accesses->tasks().controls(task.id, AccessKind::exclusive);
  if (task.cancel_requests == 0) return 0;
  --task.cancel_requests;
  if (task.cancel_requests > 0) return task.cancel_requests;
  // The wait has ended without what was waited for: it cannot return as if it had that.
  if (has_cancelled_wait(task)) return 0;
  task.cancel_pending = false;
  if (task.hook == end_before_start) task.hook = nullptr;
  return 0;
}

std::uint32_t cancel_requests(const TaskControl& task) {
  if (context.accesses != nullptr) context.accesses->tasks().controls(task.id, AccessKind::read);
  return task.cancel_requests;
}

void deliver_pending_cancellation(TaskControl& task) {
  Waiter& waiter = *task.waiter;
  if (waiter.forward_cancel != nullptr && !task.cancel_forwarding) {
    task.cancel_forwarding = true;
    const bool forwarded = waiter.forward_cancel(waiter);
    task.cancel_forwarding = false;
    if (forwarded) {
      task.cancel_pending = false;
      return;
    }
  }
  waiter.state = WaiterState::cancelled;
  if (waiter.timer != 0) context.services->disarm_timer(waiter);
  task.cancel_pending = true;
  context.services->make_ready(task);
}

void throw_cancelled(const TaskControl& task) { throw CancelledError(task.cancel_message); }

void finish(TaskControl& task, TaskResult result) {
  task.state = TaskState::finished;
  task.result = result;
  --context.unfinished_tasks;
  if (task.result != TaskResult::value) {
    context.has_failed_task = true;
    task.ended_in_step = context.step_number;
  }
  if (context.accesses != nullptr)
    context.accesses->tasks().completed(task.id, task.result == TaskResult::exception);
  // Outside of any step, what another runtime drops may end the task that it was: no step shows it.
  if (context.is_recording && context.current != nullptr)
    record(OperationKind::finish, ObjectId::none, {}, TaskId::none,
           static_cast<std::uint32_t>(task.result));
  for (Waiter* joiner = task.joiners.front(); joiner != nullptr; joiner = joiner->next)
    if (joiner->state == WaiterState::pending && !call_if_listener(*joiner)) wake(*joiner);
  if (task.completion != nullptr) task.completion->finished(*task.completion, task);
}

}  // namespace coweave::detail

namespace coweave {

void detail::TaskServices::add_invariant(InvariantBase& /*invariant*/) {}
void detail::TaskServices::remove_invariant(InvariantBase& /*invariant*/) noexcept {}
void detail::TaskServices::note_sometimes(std::string_view /*name*/, bool /*holds*/) {}
void detail::TaskServices::note_oversight(Oversight /*kind*/, std::string_view /*name*/,
                                          const Place& /*place*/) noexcept {}

Clock::time_point Clock::now(Place place) {
  if (detail::context.services == nullptr && detail::note_use_elsewhere("now()", place)) return {};
  if (detail::context.services == nullptr)
    throw Error("now(): expected to be inside explore() or run(), found no running task");
  return detail::context.services->now();
}

}  // namespace coweave
