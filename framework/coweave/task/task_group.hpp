#pragma once

#include <concepts>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "coweave/task/exception_group.hpp"
#include "coweave/task/spawn.hpp"

namespace coweave {
namespace detail {

class GroupAwaiter;

/// Awaits a coroutine inline and never suspends for its own sake, whatever the AwaitPoints are.
template <class T>
class InlineAwaiter : public OwnAwaiter {
 public:
  InlineAwaiter(Task<T> task, const Place& place) : child_(task.release(), place) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> leaf) { child_.await_suspend_silently(leaf); }
  T await_resume() { return child_.await_resume(); }

 private:
  ChildAwaiter<T> child_;
};

}  // namespace detail

/// Structured concurrency, with the semantics of asyncio.TaskGroup (CPython 3.13): no child
/// outlives run(). For one use. Works in explore() and under run().
///
///   co_await task_group([&](TaskGroup& group) -> Task<> {
///     group.spawn(fetch(a));
///     group.spawn(fetch(b));
///     co_return;
///   });
class TaskGroup {
 public:
  TaskGroup() = default;
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  /// Runs the coroutine `body(*this)` inline, then waits until all children have ended, also those
  /// that are spawned meanwhile; gives the result of the body. The first child that ends by an
  /// exception cancels the others and the body; an exception of the body cancels the children. They
  /// are waited for, and then an ExceptionGroup of all exceptions is thrown, that of the body last.
  /// A child that ends cancelled changes nothing. Cancelling the task cancels the children, and
  /// CancelledError leaves when they have ended, unless there are exceptions: those go first, and
  /// the cancellation is thrown at the next suspension. Throws MisuseError the second time.
  template <class Body>
  requires std::invocable<Body&, TaskGroup&>
  [[nodiscard]] auto run(Body body, Place place = Place::current())
      -> std::invoke_result_t<Body&, TaskGroup&>;

  /// As coweave::spawn, for a child of this group: also from a child. Its exception counts as seen.
  /// Throws MisuseError, and `task` never runs, before run(), once the group has begun to cancel
  /// its children, and when it has ended.
  template <class T>
  TaskHandle<T> spawn(Task<T> task, std::string_view name = {}, Place place = Place::current()) {
    if (is_used_elsewhere("spawn", place)) return {};
    check_open(place);
    detail::TaskControl& control = detail::spawn_root(std::move(task), name, false, place);
    adopt(control);
    return TaskHandle<T>(control);
  }

  /// As above, and the child may start eagerly: see coweave::spawn.
  template <class T>
  TaskHandle<T> spawn(Task<T> task, Start start, std::string_view name = {},
                      Place place = Place::current()) {
    const TaskHandle<T> handle = spawn(std::move(task), name, place);
    if (start == Start::eager && detail::context.services != nullptr)
      detail::start_eagerly(detail::HandleAccess::control(handle));
    return handle;
  }

  /// Ends the group early, with the semantics of asyncio.TaskGroup.cancel() (CPython 3.15): cancels
  /// the children and the body, and run() then returns without an exception, unless a child or the
  /// body threw one, or somebody else has cancelled the task too. The body, a child or another task
  /// may call it. Before run(), the group is cancelled as soon as it is entered; the second
  /// time, and when the group has ended, there is no effect. A body that has a result and is ended
  /// by this has none to return: run() then throws CancelledError.
  void cancel(Place place = Place::current());

  /// Children that have not ended.
  [[nodiscard]] std::size_t running(Place place = Place::current()) const {
    if (is_used_elsewhere("running", place)) return 0;
    note(AccessKind::exclusive);
    return running_;
  }

 private:
  friend class detail::GroupAwaiter;
  enum class State : std::uint8_t { created, entered, exiting, finished };

  /// One running child.
  struct Child : detail::CompletionHook {
    static void* operator new(std::size_t size) { return detail::PromiseBase::operator new(size); }
    static void operator delete(void* child, std::size_t size) noexcept {
      detail::PromiseBase::operator delete(child, size);
    }
    TaskGroup* group = nullptr;
    detail::TaskControl* control = nullptr;
    Child* previous = nullptr;
    Child* next = nullptr;
  };

  /// For a reduced search: the step looks at the group, or changes it. A child that ends well, and
  /// is only counted, is a `touch`.
  void note(AccessKind kind) const;
  void check_open(const Place& place) const;
  void adopt(detail::TaskControl& control);
  void child_ended(Child& child);
  void remove(Child& child);
  /// Cancels the children, in the order of their creation.
  void abort();
  /// Cancels the task of the body, for the group's own sake: leave() takes that back.
  void cancel_parent(const Place& place);
  /// What leaves a body that has a result and did not get to it.
  [[noreturn]] static void throw_without_result();

  void enter(const Place& place);
  /// Within a handler: the body ended by an exception.
  void body_threw();
  /// The body has ended; waits for no child yet.
  void begin_exit();
  void cancelled_while_waiting();
  /// All children have ended: throws what there is to throw.
  void leave();

  /// Whether it was entered in an execution that has ended: of a static object, say. Its children
  /// are gone.
  [[nodiscard]] bool is_old() const {
    return state_ != State::created && epoch_ != detail::context.epoch;
  }

  /// Whether another thread runs the execution that the group belongs to: `operation` is then a
  /// failure there, and has no effect.
  [[nodiscard]] bool is_used_elsewhere(std::string_view operation,
                                       const Place& place) const noexcept {
    return detail::context.services == nullptr && note_use_elsewhere(operation, place);
  }
  [[nodiscard]] bool note_use_elsewhere(std::string_view operation,
                                        const Place& place) const noexcept;

  State state_ = State::created;
  // The execution of the creation; after entry, the execution of the entry.
  std::uint32_t epoch_ = detail::context.epoch;
  bool is_aborting_ = false;
  bool is_cancelled_before_ = false;   // By cancel(), before run().
  bool has_cancelled_parent_ = false;  // For the group's own sake: to be taken back.
  detail::TaskControl* parent_ = nullptr;
  Child* first_ = nullptr;
  Child* last_ = nullptr;
  std::size_t running_ = 0;
  std::vector<std::exception_ptr> errors_;  // Of the children, in the order of their ends.
  std::exception_ptr body_error_;
  std::exception_ptr cancellation_;  // To be thrown at the end, unless there are errors.
  detail::Waiter waiter_;            // Of the parent, for the end of the last child.
  Place place_;
};

namespace detail {

/// Waits until the last child has ended, or gives true if the parent is cancelled before.
class GroupAwaiter : public OwnAwaiter {
 public:
  explicit GroupAwaiter(TaskGroup& group) : group_(group) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> leaf) {
    if (context.accesses != nullptr) [[unlikely]]
      context.accesses->tasks().awaits_followed(group_.parent_->id);
    suspend_blocked(leaf, {OperationKind::group, ObjectId::none, group_.place_}, group_.waiter_);
  }
  [[nodiscard]] bool await_resume() const {
    group_.note(AccessKind::exclusive);
    return take_cancellation(*context.current);
  }

 private:
  TaskGroup& group_;
};

}  // namespace detail

template <class Body>
requires std::invocable<Body&, TaskGroup&>
auto TaskGroup::run(Body body, Place place) -> std::invoke_result_t<Body&, TaskGroup&> {
  using T = typename std::invoke_result_t<Body&, TaskGroup&>::value_type;
  static_assert(!std::is_reference_v<T>, "the body of a task group gives a value or nothing");
  std::conditional_t<std::is_void_v<T>, bool, std::optional<T>> result{};
  enter(place);
  try {
    detail::InlineAwaiter<T> running_body(body(*this), place);
    if constexpr (std::is_void_v<T>) {
      co_await running_body;
    } else {
      result.emplace(co_await running_body);
    }
  } catch (...) {
    body_threw();
  }
  begin_exit();
  while (running_ > 0) {
    detail::GroupAwaiter all_ended(*this);
    const bool is_cancelled = co_await all_ended;
    if (is_cancelled) cancelled_while_waiting();
  }
  leave();
  if constexpr (!std::is_void_v<T>) {
    if (!result) throw_without_result();
    co_return std::move(*result);
  }
}

/// Runs `body(group)` with a group of its own: see TaskGroup::run. `body` is kept until the end, so
/// it may capture.
template <class Body>
requires std::invocable<Body&, TaskGroup&>
[[nodiscard]] auto task_group(Body body, Place place = Place::current())
    -> std::invoke_result_t<Body&, TaskGroup&> {
  TaskGroup group;
  detail::InlineAwaiter<typename std::invoke_result_t<Body&, TaskGroup&>::value_type> running(
      group.run(std::move(body), place), place);
  co_return co_await running;
}

}  // namespace coweave
