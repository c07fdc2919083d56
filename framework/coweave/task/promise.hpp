#pragma once

#include <cxxabi.h>

#include <concepts>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "coweave/runtime/foreign.hpp"
#include "coweave/runtime/suspend.hpp"
#include "coweave/task/yield.hpp"

namespace coweave {
template <class T>
class Task;
namespace detail {

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<Task<T>> = true;

template <class T>
class ChildAwaiter;

/// The MisuseError of a coroutine that has a result and has ended without one.
[[nodiscard]] std::exception_ptr missing_result(const Place& coroutine) noexcept;

/// What every Task's promise has besides its result.
class PromiseBase {
 public:
  static void* operator new(std::size_t size) {
    FrameArena* arena = context.arena;
    return arena != nullptr ? arena->allocate(size) : ::operator new(size);
  }
  static void operator delete(void* frame, std::size_t size) noexcept {
    FrameArena* arena = context.arena;
    if (arena == nullptr || !arena->owns_recent(frame)) [[unlikely]]
      return delete_older(frame, size);
    arena->deallocate(frame, size);
  }

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }

  /// Hands control to whoever waits for this coroutine, by way of the trampoline: nothing here
  /// transfers symmetrically. Does not suspend where nobody waits: then the frame goes by itself.
  struct FinalAwaiter {
    bool leaves_nothing;
    [[nodiscard]] bool await_ready() const noexcept { return leaves_nothing; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      ended.promise().ended();
    }
    void await_resume() const noexcept {}
  };
  [[nodiscard]] FinalAwaiter final_suspend() noexcept { return {ended_unnoticed()}; }

  void unhandled_exception() noexcept {
    error = std::current_exception();
    was_cancelled = *abi::__cxa_current_exception_type() == typeid(CancelledError);
    if (context.is_tearing_down) [[unlikely]]
      thrown_in_tear_down();
  }

  /// Every co_await of a Task's body comes by here: children run inline, Coweave's awaiters know
  /// the scheduler, anything else gets a proxy handle.
  template <class Awaitable>
  auto await_transform(Awaitable&& awaitable, Place place = Place::current()) {
    using Plain = std::remove_cvref_t<Awaitable>;
    if constexpr (is_task<Plain>) {
      static_assert(std::is_same_v<Awaitable, Plain>,
                    "co_await of a Task that has a name: it runs once, so give it away: write "
                    "co_await std::move(task)");
      return const_cast<Plain&&>(awaitable).child_awaiter(place);
    } else if constexpr (requires { awaitable.awaiter_at(place); }) {
      return std::forward<Awaitable>(awaitable).awaiter_at(place);
    } else if constexpr (std::derived_from<Plain, OwnAwaiter>) {
      return OwnAwaiterReference<Plain>(awaitable, place);
    } else if constexpr (is_awaitable<Awaitable>) {
      return ForeignAwaiter<Awaitable>(std::forward<Awaitable>(awaitable), place);
    } else if constexpr (is_awaited_by_its_own_kind<Awaitable>) {
      static_assert(
          is_awaitable<Awaitable>,
          "this awaitable works in the coroutines of its own library only: await it in one "
          "of those, or let its await_suspend take any std::coroutine_handle<>");
      return AwaiterOfAnything();
    } else {
      static_assert(
          is_awaitable<Awaitable>,
          "co_await of what cannot be awaited: co_await a Task, an operation such as "
          "lock.acquire() or event.wait(), or an awaitable of another library; call a plain "
          "function without co_await");
      return AwaiterOfAnything();
    }
  }
  /// The most frequent await of all leaves as little as possible in the frame.
  YieldAwaiter await_transform(YieldAwaiter awaiter) { return awaiter; }

  std::coroutine_handle<> continuation;  // The coroutine that awaits this one inline, or null.
  TaskControl* control = nullptr;        // Of the task whose root this is, or null.
  std::exception_ptr error;
  Place created_at;               // The coroutine function; set by get_return_object.
  std::uint64_t started_in_step;  // Set with `continuation`, like the place.
  Place awaited_at;
  bool was_cancelled = false;
  bool suspended_at_end = false;  // The await of this child suspends although it is complete.

 private:
  /// A reference by value: g++ 12 copies an awaiter that await_transform returns by reference.
  template <class Awaiter>
  class OwnAwaiterReference {
   public:
    OwnAwaiterReference(Awaiter& awaiter, const Place& place) : awaiter_(awaiter) {
      if constexpr (requires { awaiter.set_place(place); }) awaiter.set_place(place);
    }
    [[nodiscard]] bool await_ready() { return awaiter_.await_ready(); }
    void await_suspend(std::coroutine_handle<> leaf) { awaiter_.await_suspend(leaf); }
    decltype(auto) await_resume() { return awaiter_.await_resume(); }

   private:
    Awaiter& awaiter_;
  };

  /// Of a frame that is not in the memory in use: called last, see suspend_ready_again.
  static void delete_older(void* frame, std::size_t size) noexcept;

  /// Ends the task if it gave a value and nobody can ask for that: who joins a task refers to it,
  /// and a gather takes its results as the tasks end. False: it has not ended yet. Apart, so that
  /// coroutines save no more registers for it at every step.
  bool ended_unnoticed() noexcept;
  void ended() noexcept {
    if (control == nullptr) return return_to_awaiter();
    if (error || control->state != TaskState::running) [[unlikely]]
      return end_unusually();
    finish(*control, TaskResult::value);
  }
  void end_unusually() noexcept;
  /// A destructor threw while the frame was destroyed: the coroutine comes to its end once more.
  void thrown_in_tear_down() noexcept;
  void return_to_awaiter() noexcept;
};

/// The promise of Task<T>: where its result waits to be taken.
template <class T>
class Promise : public PromiseBase {
 public:
  Task<T> get_return_object(Place place = Place::current());
  template <class Value>
  requires std::constructible_from<T, Value&&>
  void return_value(Value&& value) { result_.emplace(std::forward<Value>(value)); }
  /// A coroutine that reached its end without a value, which g++ compiles, ends by a MisuseError.
  [[nodiscard]] FinalAwaiter final_suspend() noexcept {
    if (!result_ && !error) [[unlikely]]
      error = missing_result(created_at);
    return PromiseBase::final_suspend();
  }
  [[nodiscard]] T& result() { return *result_; }
  [[nodiscard]] T take_result() { return std::move(*result_); }

 private:
  std::optional<T> result_;
};

template <class T>
class Promise<T&> : public PromiseBase {
 public:
  Task<T&> get_return_object(Place place = Place::current());
  void return_value(T& value) { result_ = std::addressof(value); }
  [[nodiscard]] T& result() { return *result_; }
  [[nodiscard]] T& take_result() { return *result_; }

 private:
  T* result_ = nullptr;
};

template <>
class Promise<void> : public PromiseBase {
 public:
  Task<void> get_return_object(Place place = Place::current());
  void return_void() const noexcept {}
  void result() const noexcept {}
  void take_result() const noexcept {}
};

}  // namespace detail
}  // namespace coweave
