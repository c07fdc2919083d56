#pragma once

#include <cstdint>
#include <string_view>

#include "coweave/core/ids.hpp"
#include "coweave/core/place.hpp"

namespace coweave {

/// What a task does: what it resumes from (the first group), or does within a step (the second).
enum class OperationKind : std::uint32_t {  // As wide as an id: the two are stored as one word.
  start,        ///< The first step of a spawned, gathered or posted task.
  yield,        ///< `yield()`.
  call,         ///< `co_await child()` of a child that ended without suspending.
  join,         ///< `co_await handle`; all items of a queue.
  gather,       ///< `co_await gather(...)`.
  sleep,        ///< `sleep_for(d)`.
  idle,         ///< `wait_all_tasks_blocked()`.
  foreign,      ///< An awaitable that is not Coweave's.
  acquire,      ///< A lock or semaphore.
  reacquire,    ///< The lock of a condition, after the wait.
  wait,         ///< An event, a condition, a barrier or a future.
  fault_point,  ///< `fault_point(name)`.
  put,          ///< A queue.
  get,          ///< A queue.
  // Within a step:
  take,       ///< An acquire succeeded: the task now holds the lock or a permit.
  release,    ///< A lock or semaphore.
  set,        ///< An event; the result or the exception of a future.
  clear,      ///< An event.
  notify,     ///< A condition; the value counts the tasks that it woke.
  arrive,     ///< At a barrier: the task is one of its parties from now on.
  pass,       ///< A barrier.
  reset,      ///< A barrier.
  abort,      ///< A barrier.
  add,        ///< An item came into a queue.
  remove,     ///< An item left a queue.
  task_done,  ///< An item that left a queue is dealt with.
  shut_down,  ///< A queue.
  wake,       ///< Made another task ready.
  spawn,      ///< Created a task.
  cancel,     ///< Asked another task to end, or cancelled a future.
  choose,     ///< `choose(n)`: a branch that is not scheduling.
  check,      ///< A check or an expectation failed.
  finish,     ///< The task ended.
  // From outside the program:
  advance,        ///< The clock moves to the next timer, or nothing happens while nothing is ready.
  inject_cancel,  ///< The task is cancelled where it has suspended.
  inject_wake,    ///< A wait on a condition ends without a notification.
  inject_fault,   ///< Whether a fault point throws: a branch within a step.
  // Added later; the numbers are part of the fingerprints of saved schedules. Resumed from:
  group,     ///< The end of a task group, which waits for its children.
  wait_any,  ///< `wait(...)` or the next of `as_completed(...)`: several tasks at once.
  // Within a step:
  timeout,  ///< The deadline of a timeout scope passed: its task was asked to end.
  // Resumed from, by the handlers of another runtime:
  post,          ///< A handler was posted.
  complete,      ///< An asynchronous operation of that runtime.
  run_handlers,  ///< `co_await context.run()`: the end of all handlers.
  // Within a step, the second a branch:
  resume,         ///< Resumed another task on the spot.
  resume_inline,  ///< Whether code that is not Coweave's does so (0) or makes that task ready (1).
  // Within a step, on shared state:
  read,    ///< Looked at the value.
  write,   ///< Gave it a new one.
  update,  ///< Looked at it and changed it.
};

/// A branch that is not scheduling, taken within a step.
[[nodiscard]] constexpr bool is_choice(OperationKind kind) {
  return kind == OperationKind::choose || kind == OperationKind::inject_fault ||
         kind == OperationKind::resume_inline;
}
/// A pick among what a scheduling point offers besides the ready tasks.
[[nodiscard]] constexpr bool is_injection(OperationKind kind) {
  return kind == OperationKind::advance || kind == OperationKind::inject_cancel ||
         kind == OperationKind::inject_wake;
}

/// Which sort of object an operation works on.
enum class ObjectKind : std::uint8_t {
  none,
  lock,
  semaphore,
  bounded_semaphore,
  event,
  condition,
  fault_point,
  barrier,
  queue,
  shared,
  future,
};

/// One operation of a task on an object, and where the program asks for it.
struct Operation {
  OperationKind kind = OperationKind::start;
  ObjectId object = ObjectId::none;
  Place place = {};
};

/// What a task did within a step, beyond suspending: recorded when a schedule is re-executed for
/// its report, never in the search itself.
struct Effect {
  TaskId task = TaskId::none;
  OperationKind kind = OperationKind::take;
  ObjectId object = ObjectId::none;
  TaskId other = TaskId::none;  ///< The task that was woken, cancelled or spawned.
  std::uint32_t value = 0;      ///< A count, or the value of a choice.
  Place place = {};
};

/// Which awaits suspend although their operation completed at once.
enum class AwaitPoints : std::uint8_t {
  every,       ///< Every `co_await` of user code: no await may be relied on not to suspend.
  operations,  ///< The same without inline awaits of child coroutines: Asio's rule.
  suspending,  ///< Only what cannot complete at once: asyncio's rule.
};

[[nodiscard]] std::string_view to_string(OperationKind kind);
[[nodiscard]] std::string_view to_string(ObjectKind kind);
[[nodiscard]] std::string_view to_string(AwaitPoints points);

}  // namespace coweave
