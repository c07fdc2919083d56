#pragma once

#include "coweave/core/error.hpp"
#include "coweave/runtime/context.hpp"

namespace coweave::detail {

/// Throws Error: `operation` was awaited where neither explore() nor run() is running.
[[noreturn]] void no_scheduler(OperationKind operation, Place place);

/// Throws the Error of an await without a scheduler, for callers that have noted a foreign thread.
[[noreturn]] void throw_no_scheduler(OperationKind operation, const Place& place);
/// Throws the Error of a `call` that needs a running task and finds none.
[[noreturn]] void no_running_task(std::string_view call, const Place& place);

/// suspend_ready and suspend_blocked where the running task cannot just suspend. There is none:
/// throws Error. It has suspended already in this step (a foreign coroutine did, that it resumed or
/// started): that suspension becomes one of a task of its own. Apart, and called last, so that the
/// coroutines into which the usual case is inlined keep nothing across a call.
TaskControl& suspend_ready_again(std::coroutine_handle<> leaf, Operation operation,
                                 TaskState where);
TaskControl& suspend_blocked_again(std::coroutine_handle<> leaf, Operation operation,
                                   Waiter& waiter);

/// Whether a task is running and has not suspended in this step.
inline bool can_suspend() {
  return context.current != nullptr && context.current->state == TaskState::running;
}

/// Suspends the running task, ready at the head of the queue (`TaskState::ready_head`: its
/// operation completed at once) or at the tail.
inline TaskControl& suspend_ready(std::coroutine_handle<> leaf, const Operation& operation,
                                  TaskState where) {
  if (!can_suspend()) [[unlikely]]
    return suspend_ready_again(leaf, operation, where);
  TaskControl& task = *context.current;
  task.leaf = leaf;
  task.show(operation);
  task.state = where;
  return task;
}

/// Suspends the running task until `waiter` is woken or cancelled.
inline TaskControl& suspend_blocked(std::coroutine_handle<> leaf, const Operation& operation,
                                    Waiter& waiter) {
  if (!can_suspend()) [[unlikely]]
    return suspend_blocked_again(leaf, operation, waiter);
  TaskControl& task = *context.current;
  task.leaf = leaf;
  task.show(operation);
  task.state = TaskState::blocked;
  task.waiter = &waiter;
  waiter.task = &task;
  waiter.state = WaiterState::pending;
  return task;
}

/// Whether an await whose operation completed at once suspends all the same.
inline bool suspends_when_complete() {
  if (context.services == nullptr) return false;
  if (context.await_points != AwaitPoints::suspending) return true;
  return !context.services->count_immediate_await();
}

/// Where wakes are recorded.
void record_wake(const TaskControl& woken);

/// Where a waiter is woken that waits under another scheduler than the one of this thread: noted
/// there, without effect.
void wake_elsewhere(const Waiter& waiter) noexcept;

/// Marks a pending waiter as woken and its task as ready. The waiter stays where it is queued until
/// its task resumes.
inline void wake(Waiter& waiter) {
  if (waiter.task->owner != context.services) [[unlikely]]
    return wake_elsewhere(waiter);
  waiter.state = WaiterState::woken;
  if (context.is_recording) [[unlikely]]
    record_wake(*waiter.task);
  context.services->make_ready(*waiter.task);
}

/// A coroutine of another library is destroyed while it waits by `waiter`. True: the waiter is to
/// leave its queue now, as if it had been cancelled. Its task goes on with what awaits that
/// coroutine, or has ended if nothing does. False: the execution is torn down, and the queue may be
/// gone, or another thread runs it, which is noted there.
[[nodiscard]] bool stop_waiting(Waiter& waiter) noexcept;

/// Asks `task` to end: CancelledError is thrown at its suspension point. asyncio's Task.cancel():
/// a task that has not started never runs; one that waits is made ready; one that is ready or
/// running gets it at its next resume; false, without effect, if it has finished.
bool cancel(TaskControl& task, std::string message, const Place& place);
/// The same without a record of it.
bool request_cancel(TaskControl& task, std::string message);
/// Takes back one request to cancel `task`, and returns how many are left: asyncio's
/// Task.uncancel(). With the last one goes a cancellation that no wait has received yet: a wait
/// that it has ended throws CancelledError all the same.
std::uint32_t uncancel(TaskControl& task);
/// How many are left.
[[nodiscard]] std::uint32_t cancel_requests(const TaskControl& task);

/// Whether a cancellation is due at this resume of `task`; it counts as delivered from here on.
[[nodiscard]] inline bool take_cancellation(TaskControl& task) {
  if (!task.cancel_pending) [[likely]]
    return false;
  task.cancel_pending = false;
  return true;
}

[[noreturn]] void throw_cancelled(const TaskControl& task);

/// For awaiters with nothing to undo.
inline void resume_or_throw(TaskControl& task) {
  if (take_cancellation(task)) [[unlikely]]
    throw_cancelled(task);
}

/// Called by the scheduler when `task` has suspended on a waiter while a cancellation was pending.
void deliver_pending_cancellation(TaskControl& task);

/// The task has ended with `result`: wakes whoever joins it, tells the completion hook.
void finish(TaskControl& task, TaskResult result);

/// The same for a task that gave a value, that nobody joins, in an execution that is not observed.
inline void finish_with_value(TaskControl& task) {
  task.state = TaskState::finished;
  task.result = TaskResult::value;
  --context.unfinished_tasks;
  if (task.completion != nullptr) task.completion->finished(*task.completion, task);
}

/// Base of our awaiters: await_transform passes them through, since they know the scheduler.
struct OwnAwaiter {};

/// Base of awaiters that wait in a queue by one waiter. Where the frame of the waiting coroutine is
/// destroyed, the destructor of the awaiter takes the waiter out of the queue: only the awaiter
/// knows which queue that is, and what a wake-up that was not used leaves to do.
template <class OwnWaiter = Waiter>
class QueuedAwaiter : public OwnAwaiter {
 public:
  QueuedAwaiter(const QueuedAwaiter&) = delete;
  QueuedAwaiter& operator=(const QueuedAwaiter&) = delete;

 protected:
  QueuedAwaiter() = default;
  ~QueuedAwaiter() = default;

  /// In the destructor: whether the waiter still stands in a queue that it has to leave now.
  [[nodiscard]] bool must_leave_queue() noexcept {
    return waiter_.queue != nullptr && stop_waiting(waiter_);
  }

  OwnWaiter waiter_;
};

}  // namespace coweave::detail
