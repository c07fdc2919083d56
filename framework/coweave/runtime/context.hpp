#pragma once

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "coweave/core/operation.hpp"
#include "coweave/core/outcome.hpp"
#include "coweave/dependence/access_log.hpp"
#include "coweave/runtime/frame_arena.hpp"
#include "coweave/runtime/task_control.hpp"

namespace coweave {

/// Time as tasks see it: virtual in an exploration, real under run().
struct Clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Clock>;
  static constexpr bool is_steady = true;
  /// Since the start of the execution (virtual) or of the process's steady clock (real).
  /// Throws Error outside explore() and run().
  static time_point now(Place place = Place::current());
};

namespace detail {

class Object;
class InvariantBase;
struct ForeignWaiter;

/// What a program has probably overlooked. Each is a warning of the report, once for each place.
enum class Oversight : std::uint8_t {
  unawaited_task,         ///< A Task was destroyed, and nothing had ever started it.
  unretrieved_exception,  ///< A future was destroyed, and nobody had seen its exception.
};

/// Called when an execution ends, before any task is destroyed: what refers to tasks and to their
/// locals from outside the tasks goes first.
struct TearDownHook {
  void (*call)(TearDownHook&) noexcept = nullptr;
  TearDownHook* previous = nullptr;
  TearDownHook* next = nullptr;
};

/// The services that tasks and primitives ask of whoever runs them: an execution of an exploration,
/// or the loop of run(). None of them resumes a task: they only make tasks ready.
class TaskServices {
 public:
  virtual ~TaskServices() = default;

  /// A new task, child of the running one, ready at the tail of the queue: see TaskControl::begin.
  virtual TaskControl& create_task(std::coroutine_handle<> root, std::exception_ptr* error,
                                   const char* function, Place spawned_at) = 0;
  /// Creates a task for each of `children`, in their order, all spawned at `place`: see
  /// create_task().
  virtual void create_tasks(std::span<ChildTask* const> children, const Place& place) = 0;
  /// `task` has suspended in this step, and yet goes on: the suspension was that of a foreign
  /// coroutine which ran within the step. It becomes that of a task of its own.
  virtual void fork(TaskControl& task) = 0;
  /// Runs the first step of `task`, which was created last and has not started, within the step
  /// under way. The task then waits, is ready or has ended, as after a step of its own.
  virtual void start_eagerly(TaskControl& task) = 0;
  /// To the tail of the ready queue.
  virtual void make_ready(TaskControl& task) = 0;
  /// Destroys the frame of a finished task that nobody refers to any more.
  virtual void release_frame(TaskControl& task) noexcept = 0;

  virtual std::uint32_t choose(std::uint32_t alternatives, const Place& place) = 0;
  /// Whether the fault point `object` throws this time.
  virtual bool inject_fault(ObjectId object, const Place& place) = 0;
  /// An operation completed at once under AwaitPoints::suspending. False: the step limit is reached
  /// and the await has to suspend, so that the scheduler gets control.
  virtual bool count_immediate_await() = 0;

  /// From now until it is removed, `invariant` is checked after every step. Nothing under run().
  virtual void add_invariant(InvariantBase& invariant);
  virtual void remove_invariant(InvariantBase& invariant) noexcept;
  /// sometimes(): whether the condition of that name held this time. Nothing under run().
  virtual void note_sometimes(std::string_view name, bool holds);

  /// `name`: of the coroutine function, as compilers write it, or of the object; may be empty.
  virtual void note_oversight(Oversight kind, std::string_view name, const Place& place) noexcept;

  virtual Clock::time_point now() = 0;
  /// Whether that is virtual: time passes when nothing is ready.
  [[nodiscard]] virtual bool has_virtual_time() const = 0;
  /// Wakes `waiter` when the clock reaches `deadline`, unless it is disarmed before or has another
  /// answer by then. Timers of equal deadlines fire in the order in which they were armed. A
  /// Listener whose deadline is not after now is called when the step under way has ended. A waiter
  /// has one timer at a time.
  virtual void arm_timer(Waiter& waiter, Clock::time_point deadline) = 0;
  virtual void disarm_timer(Waiter& waiter) noexcept = 0;
  /// Wakes `waiter` when nothing else is ready. A Listener is called every time nothing is ready,
  /// before any task is woken.
  virtual void wait_until_idle(Waiter& waiter) = 0;
  virtual void stop_waiting_until_idle(Waiter& waiter) noexcept = 0;

  virtual void add_tear_down_hook(TearDownHook& hook) = 0;
  virtual void remove_tear_down_hook(TearDownHook& hook) noexcept = 0;

  /// A handle that wakes `waiter` when it is resumed, by whomever. Never dangles.
  virtual std::coroutine_handle<> make_proxy(ForeignWaiter& waiter) = 0;
  virtual void drop_proxy(ForeignWaiter& waiter) noexcept = 0;
  /// Within the step of another task, the proxy of `waiter`, on which its task is blocked, is
  /// resumed: runs that task inline, until it suspends, and returns true; or false: it is to be
  /// woken. Not under run().
  virtual bool resume_inline(ForeignWaiter& /*waiter*/) noexcept { return false; }

  virtual ObjectId register_object(const Object& object) = 0;
  /// A task, or an operation of another library, has to wait for `object`, by which tasks exclude
  /// each other. Nothing under run().
  virtual void note_wait(const Object& object);
  /// Only while `Context::is_recording`.
  virtual void record(Effect effect) = 0;
  /// The same of a `read`, `write` or `update` of shared state, which has no number of its own.
  virtual void record_access(OperationKind kind, const Object& object, const Place& place);
  /// A failure that does not end the task: the first one classifies the execution.
  virtual void report_failure(FailureKind kind, std::string message, const char* file,
                              std::uint32_t line) = 0;

  /// Another thread than the scheduler's has used something of the execution: a failure
  /// (uncontrolled) at `place`. Thread-safe; the use itself has no effect.
  virtual void used_elsewhere(std::string_view what, const Place& place) noexcept = 0;
  /// Another thread has posted `callable`. It is a failure too, and `callable` runs as a task once
  /// nothing else is ready. Thread-safe.
  virtual void posted_elsewhere(std::function<void()> callable, std::string_view name,
                                const Place& place) = 0;
  /// Within a handler: an exception left a destructor while the execution was torn down.
  virtual void threw_in_tear_down() noexcept = 0;
};

/// What runs on this thread. Tasks reach their scheduler here and nowhere else: an awaitable of
/// ours never looks inside the promise of the coroutine that awaits it.
struct Context {
  TaskServices* services = nullptr;  ///< Null outside explore() and run().
  TaskControl* current = nullptr;    ///< The task whose step is under way.
  std::coroutine_handle<>
      next;  ///< What to resume next within this step (trampoline); see go_on_with().
  FrameArena* arena = nullptr;         ///< Null: frames come from the heap.
  std::uint32_t epoch = 0;             ///< Changes with every execution.
  std::uint32_t root_objects = 0;      ///< Created so far while no task was running.
  std::uint32_t unfinished_tasks = 0;  ///< Of this execution.
  std::uint32_t disposed_tasks =
      0;                         ///< Of which nothing is left to tear down; not all that are so.
  bool has_failed_task = false;  ///< Some task ended by an exception or a cancellation.
  AwaitPoints await_points = AwaitPoints::suspending;
  AccessLog* accesses = nullptr;  ///< Where steps note what they touch; null: nowhere.
  /// The exception of the coroutine of ours that a throwing destructor has brought to its end while
  /// it was destroyed: the last one.
  const std::exception_ptr* thrown_in_tear_down = nullptr;
  bool is_recording = false;     ///< Effects are wanted.
  bool is_tearing_down = false;  ///< Primitives are inert.
  /// Operations on primitives look twice: no scheduler runs on this thread, so that the object may
  /// be in use by that of another thread, or the execution is being torn down.
  bool is_apart = true;
  bool is_watched = true;   ///< So do mere looks at them: no scheduler runs, or `accesses` is set.
  bool is_observed = true;  ///< And looks at values: the same, or effects are wanted.
  bool needs_attention = false;  ///< The step under way may have set `next`, or asked its scheduler
                                 ///< for more than to file its task: one look a step for both.
  /// Changes with every step, of all executions. Last: a copy of this block moves it as a word of
  /// its own, and does not stall on the store of the step before.
  std::uint64_t step_number = 0;

  /// The step under way goes on with `coroutine` as soon as what runs has returned to the
  /// scheduler.
  void go_on_with(std::coroutine_handle<> coroutine) {
    next = coroutine;
    needs_attention = true;
  }
};

inline constinit thread_local Context context{};

/// Records an effect of the running task. Not inline: only executions that are recorded come here.
void record(OperationKind kind, ObjectId object, const Place& place, TaskId other = TaskId::none,
            std::uint32_t value = 0);

}  // namespace detail
}  // namespace coweave
