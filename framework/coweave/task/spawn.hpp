#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "coweave/task/task.hpp"

namespace coweave {

template <class T>
class TaskHandle;

namespace detail {

template <class T>
class JoinAwaiter;
struct HandleAccess;

/// Counts as a reference to the result of a task; harmless once the execution has ended.
class TaskReference {
 public:
  TaskReference() = default;
  explicit TaskReference(TaskControl& task) : task_(&task), epoch_(context.epoch) {
    ++task.references;
  }
  TaskReference(const TaskReference& other) : task_(other.live()), epoch_(other.epoch_) {
    if (task_ != nullptr) ++task_->references;
  }
  TaskReference(TaskReference&& other) noexcept
      : task_(std::exchange(other.task_, nullptr)), epoch_(other.epoch_) {}
  TaskReference& operator=(TaskReference other) noexcept {
    std::swap(task_, other.task_);
    std::swap(epoch_, other.epoch_);
    return *this;
  }
  ~TaskReference() {
    TaskControl* task = live();
    if (task != nullptr && --task->references == 0 && task->finished())
      context.services->release_frame(*task);
  }
  /// Of the execution of the task; 0 if empty.
  [[nodiscard]] std::uint32_t epoch() const { return epoch_; }
  /// Null if empty, or if the execution of the task has ended, or runs on another thread.
  [[nodiscard]] TaskControl* live() const {
    return context.epoch == epoch_ && context.services != nullptr ? task_ : nullptr;
  }

 private:
  TaskControl* task_ = nullptr;
  std::uint32_t epoch_ = 0;
};

void record_spawn(const TaskControl& task);

/// The last of making a task: its name.
inline void name_task(TaskControl& task, std::string_view name) {
  if (!name.empty()) task.name = Name(name);
  if (context.is_recording) [[unlikely]]
    record_spawn(task);
}

/// Creates a task for each of `children`, one after the other, as TaskServices::create_tasks does
/// for all at once.
void create_one_by_one(TaskServices& services, std::span<ChildTask* const> children,
                       const Place& place);

/// A handle is asked for `operation`, and its task is none of the running execution. True: another
/// thread runs the execution of the task, where that is now a failure; the operation has no effect.
/// Else throws Error.
bool is_task_elsewhere(const TaskReference& task, std::string_view operation, const Place& place);

/// Whether `task` is spawned where no scheduler runs, but one does on another thread: a failure
/// there, and nothing is spawned.
[[nodiscard]] bool is_spawned_elsewhere(const Place& place) noexcept;

/// post() on the thread of the scheduler.
void post_here(std::function<void()> callable, std::string_view name, const Place& place);

/// Throws Error: `task` cannot be spawned here, or is empty.
[[noreturn]] void refuse_spawn(Place place);

/// The first half of spawn_root: the task, still without a name. There must be a scheduler, and a
/// coroutine in `task`.
template <class T>
inline TaskControl& create_root(Task<T>&& task, const Place& place) {
  const auto handle = task.release();
  Promise<T>& promise = handle.promise();
  TaskControl& control = context.services->create_task(handle, &promise.error,
                                                       promise.created_at.function_name(), place);
  promise.control = &control;
  return control;
}

/// Runs the first step of a task that was created last, and has its name, where one runs that it
/// can be a part of; else the task stays queued.
inline void start_eagerly(TaskControl& task) {
  if (context.current != nullptr && !context.is_tearing_down) context.services->start_eagerly(task);
}

template <class T>
inline TaskControl& spawn_root(Task<T>&& task, std::string_view name, bool is_daemon,
                               const Place& place) {
  if (context.services == nullptr || !task.handle()) [[unlikely]]
    refuse_spawn(place);
  TaskControl& control = create_root(std::move(task), place);
  if (is_daemon) control.is_daemon = true;
  name_task(control, name);
  return control;
}

/// The result of a finished task: its value, or its exception thrown.
template <class T>
decltype(auto) result_of(TaskControl& task) {
  task.is_retrieved = true;
  if (task.error != nullptr && *task.error) std::rethrow_exception(*task.error);
  if (task.result == TaskResult::cancelled) throw_cancelled(task);
  return std::coroutine_handle<Promise<T>>::from_address(task.root.address()).promise().result();
}

}  // namespace detail

/// A spawned task, as others see it. Copies refer to the same task. Dropping all handles does not
/// end the task. Not usable after the execution that spawned it.
template <class T = void>
class TaskHandle {
 public:
  TaskHandle() = default;
  explicit TaskHandle(detail::TaskControl& task) : task_(task) {}

  /// `co_await handle` waits until the task has ended, and gives its result or throws its
  /// exception; awaited again, the same again (by value if it can be copied, else by reference).
  /// Cancelling a task that waits so cancels the awaited one, as in asyncio, and the awaiter goes
  /// on when that has ended. Awaiters resume in order of arrival.
  detail::JoinAwaiter<T> operator co_await() const { return awaiter_at({}); }

  /// Asks the task to end: see detail::cancel for when it does. False if it had ended already.
  // NOLINTNEXTLINE(modernize-use-nodiscard): who asks for the end seldom asks for more.
  bool cancel(std::string message = {}, Place place = Place::current()) const {
    detail::TaskControl* const task = control("cancel", place);
    return task != nullptr && detail::cancel(*task, std::move(message), place);
  }
  /// Whether the task has ended: with a value, an exception or by cancellation.
  [[nodiscard]] bool done(Place place = Place::current()) const {
    const detail::TaskControl* const task = observed("done", place);
    return task != nullptr && task->finished();
  }
  /// Whether it has ended by a CancelledError.
  [[nodiscard]] bool cancelled(Place place = Place::current()) const {
    const detail::TaskControl* const task = observed("cancelled", place);
    return task != nullptr && task->result == detail::TaskResult::cancelled;
  }
  /// Takes back one cancel(), for code that has dealt with its cancellation: asyncio's
  /// Task.uncancel(). Returns cancelling(); at 0 a cancellation that the task would meet at its
  /// next await is not thrown any more. A wait that the cancellation has ended already throws.
  // NOLINTNEXTLINE(modernize-use-nodiscard): the same.
  std::uint32_t uncancel(Place place = Place::current()) const {
    detail::TaskControl* const task = control("uncancel", place);
    return task != nullptr ? detail::uncancel(*task) : 0;
  }
  /// How often cancel() has been called and not been taken back.
  [[nodiscard]] std::uint32_t cancelling(Place place = Place::current()) const {
    const detail::TaskControl* const task = control("cancelling", place);
    return task != nullptr ? detail::cancel_requests(*task) : 0;
  }
  /// What was given to spawn(); empty if nothing was.
  [[nodiscard]] std::string_view name(Place place = Place::current()) const {
    const detail::TaskControl* const task = control("name", place);
    return task != nullptr ? task->name.view() : std::string_view{};
  }

  /// For await_transform; not for users.
  [[nodiscard]] detail::JoinAwaiter<T> awaiter_at(const Place& place) const;

 private:
  friend struct detail::HandleAccess;
  /// For looking at how far it is.
  [[nodiscard]] const detail::TaskControl* observed(std::string_view operation,
                                                    const Place& place) const {
    const detail::TaskControl* const task = control(operation, place);
    if (task != nullptr && detail::context.accesses != nullptr) [[unlikely]]
      detail::context.accesses->tasks().reads_completion(task->id);
    return task;
  }
  /// Null: another thread runs the execution of the task.
  [[nodiscard]] detail::TaskControl* control(std::string_view operation, const Place& place) const {
    detail::TaskControl* const task = task_.live();
    if (task == nullptr) [[unlikely]]
      detail::is_task_elsewhere(task_, operation, place);
    return task;
  }
  /// For awaiting it. Throws Error on another thread too.
  [[nodiscard]] detail::TaskControl& control(const Place& place) const {
    detail::TaskControl* const task = control("co_await", place);
    if (task == nullptr) detail::no_scheduler(OperationKind::join, place);
    return *task;
  }
  detail::TaskReference task_;
};

namespace detail {

/// For awaiters of several tasks.
struct HandleAccess {
  template <class T>
  static TaskControl& control(const TaskHandle<T>& handle) {
    return handle.control(Place());
  }
};

/// Knows the task that is cancelled where the joining one is.
struct JoinWaiter : Waiter {
  TaskControl* target = nullptr;
};

template <class T>
class JoinAwaiter : public QueuedAwaiter<JoinWaiter> {
 public:
  JoinAwaiter(TaskControl& target, const Place& place)
      : target_(target), reference_(target), place_(place) {
    waiter_.target = &target;
    waiter_.forward_cancel = [](Waiter& waiter) {
      return cancel(*static_cast<JoinWaiter&>(waiter).target, waiter.task->cancel_message, {});
    };
  }
  ~JoinAwaiter() {
    if (must_leave_queue()) [[unlikely]]
      target_.joiners.remove(waiter_);
  }
  [[nodiscard]] bool await_ready() {
    is_complete_ = target_.finished();
    if (context.accesses != nullptr) [[unlikely]]
      note_look();
    return is_complete_ && !suspends_when_complete();
  }
  void await_suspend(std::coroutine_handle<> leaf) {
    const Operation operation{OperationKind::join, ObjectId::none, place_};
    suspended_ = true;
    if (context.accesses != nullptr) [[unlikely]]
      context.accesses->tasks().awaits_completion(target_.id);
    if (is_complete_) {
      waiter_.task = &suspend_ready(leaf, operation, TaskState::ready_head);
      return;
    }
    if (context.current == &target_)
      throw Error("co_await of a TaskHandle at " + to_string(source_line(place_, {})) +
                  ": expected another task, found the awaiting task itself");
    suspend_blocked(leaf, operation, waiter_);
    target_.joiners.push_back(waiter_);
  }
  decltype(auto) await_resume() {
    leave();
    if constexpr (std::copy_constructible<T>) {
      return T(result_of<T>(target_));
    } else {
      return result_of<T>(target_);
    }
  }

 protected:
  /// What await_resume() does before it gives the result.
  void leave() {
    if (!suspended_) return;
    if (!is_complete_) target_.joiners.remove(waiter_);
    resume_or_throw(*context.current);
  }
  /// A cancellation of the awaiting task leaves the awaited one alone.
  void shield() { waiter_.forward_cancel = nullptr; }
  [[nodiscard]] TaskControl& target() const { return target_; }

 private:
  /// Mostly a join need not look whether the target has ended: the task suspends, and goes on when
  /// it has. But under one rule it suspends only if not, and a task with a cancellation due passes
  /// that on only if not.
  void note_look() const {
    if (context.await_points == AwaitPoints::suspending ||
        (context.current != nullptr && context.current->cancel_pending))
      context.accesses->tasks().reads_completion(target_.id);
  }
  TaskControl& target_;
  TaskReference reference_;
  Place place_;
  bool is_complete_ = false;
  bool suspended_ = false;
};

}  // namespace detail

template <class T>
detail::JoinAwaiter<T> TaskHandle<T>::awaiter_at(const Place& place) const {
  return {control(place), place};
}

/// Starts `task` as a task of its own: a child of the running one, ready at the tail of the queue.
/// The test fails (leaked_task) if the body ends before it, and (exception) if it ends by an
/// exception that nobody awaits. `name` is for reports; without it, the name of the coroutine
/// function.
template <class T>
TaskHandle<T> spawn(Task<T> task, std::string_view name = {}, Place place = Place::current()) {
  if (detail::context.services == nullptr && detail::is_spawned_elsewhere(place)) return {};
  return TaskHandle<T>(detail::spawn_root(std::move(task), name, false, place));
}

/// When a spawned task runs its first step.
enum class Start : std::uint8_t {
  queued,  ///< In a step of its own, after all that is ready: the rule.
  eager,   ///< Within spawn(), as asyncio's eager tasks do: up to its first suspension.
};

/// As above, and the task may start eagerly: then it is the running one up to its first suspension,
/// and that part belongs to the step of the spawning task. If it ends within spawn(), the handle is
/// done, and nothing of it is ever queued. Outside of any step it is queued.
template <class T>
TaskHandle<T> spawn(Task<T> task, Start start, std::string_view name = {},
                    Place place = Place::current()) {
  if (detail::context.services == nullptr && detail::is_spawned_elsewhere(place)) return {};
  const TaskHandle<T> handle(detail::spawn_root(std::move(task), name, false, place));
  if (start == Start::eager) detail::start_eagerly(detail::HandleAccess::control(handle));
  return handle;
}

/// As spawn, for a task that may outlive the test body.
template <class T>
TaskHandle<T> spawn_daemon(Task<T> task, std::string_view name = {},
                           Place place = Place::current()) {
  if (detail::context.services == nullptr && detail::is_spawned_elsewhere(place)) return {};
  return TaskHandle<T>(detail::spawn_root(std::move(task), name, true, place));
}
template <class T>
TaskHandle<T> spawn_daemon(Task<T> task, Start start, std::string_view name = {},
                           Place place = Place::current()) {
  if (detail::context.services == nullptr && detail::is_spawned_elsewhere(place)) return {};
  const TaskHandle<T> handle(detail::spawn_root(std::move(task), name, true, place));
  if (start == Start::eager) detail::start_eagerly(detail::HandleAccess::control(handle));
  return handle;
}

/// Refuses what is no task.
template <class Other, class... Rest>
requires(!detail::is_task<std::remove_cvref_t<Other>>) void spawn(Other&& /*other*/,
                                                                  Rest&&... /*rest*/) {
  static_assert(
      detail::never<Other>,
      "spawn of what is no Task: call the coroutine function, as in spawn(f()); for a plain "
      "function there is post(f)");
}

/// Runs `callable` as a step of a new task: the way in for code that is no Task. A handle of a
/// coroutine of any type is such a callable, and its frame stays its owner's. What it awaits of
/// Coweave's, from any coroutine type, suspends that task; the task has ended after the first step
/// that suspends on nothing of Coweave's. An exception that leaves it fails the test.
void post(std::function<void()> callable, std::string_view name = {},
          Place place = Place::current());
/// The same with a callable that can only be moved.
template <class Callable>
requires(std::invocable<Callable&> && !std::copy_constructible<Callable>) void post(
    Callable callable, std::string_view name = {}, Place place = Place::current()) {
  const auto shared = std::make_shared<Callable>(std::move(callable));
  post(std::function<void()>([shared] { (*shared)(); }), name, place);
}

}  // namespace coweave
