#pragma once

#include <coroutine>
#include <utility>

#include "coweave/task/promise.hpp"

namespace coweave {
namespace detail {

/// Destroys a coroutine that has never run: an oversight, unless an exception destroys it or the
/// execution is at its end.
void destroy_unawaited(std::coroutine_handle<> coroutine, const PromiseBase& promise) noexcept;

}  // namespace detail

/// A coroutine of the program under test, with a result of type T, void or a reference. Lazy: it
/// runs when it is awaited (inline, as part of the awaiting task), spawned or gathered. Move-only;
/// owns its frame. Exceptions leave by the await. Must not outlive the execution that created it.
template <class T = void>
class [[nodiscard("co_await it, spawn it or gather it: until then it does not run")]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using value_type = T;

  Task(Task && other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Task(const Task&) = delete;  // A Task runs once and is not copied: write std::move(task).
  Task& operator=(const Task&) = delete;
  ~Task() {
    if (handle_) [[unlikely]]
      detail::destroy_unawaited(handle_, handle_.promise());
  }

  /// Runs the coroutine as part of the awaiting one; at most once. From a coroutine of another type
  /// this works in the same way.
  detail::ChildAwaiter<T> operator co_await()&& { return child_awaiter({}); }

  /// For await_transform and spawn; not for users.
  detail::ChildAwaiter<T> child_awaiter(const Place& place)&&;
  std::coroutine_handle<promise_type> release() { return std::exchange(handle_, nullptr); }
  [[nodiscard]] std::coroutine_handle<promise_type> handle() const { return handle_; }

 private:
  friend class detail::Promise<T>;
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

namespace detail {

/// Awaits a child inline: it runs in this step, by the trampoline.
template <class T>
class ChildAwaiter {
 public:
  ChildAwaiter(std::coroutine_handle<Promise<T>> child, const Place& place) : child_(child) {
    if (!child)
      throw Error("co_await of a Task at " + to_string(source_line(place, {})) +
                  ": expected one that has not been awaited, found an empty one");
    child.promise().awaited_at = place;
  }
  ChildAwaiter(const ChildAwaiter&) = delete;
  ChildAwaiter& operator=(const ChildAwaiter&) = delete;
  ~ChildAwaiter() { child_.destroy(); }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) {
    if (context.current == nullptr) [[unlikely]]
      no_scheduler(OperationKind::call, child_.promise().awaited_at);
    child_.promise().continuation = awaiting;
    child_.promise().started_in_step = context.step_number;
    context.go_on_with(child_);
  }
  /// Inside a primitive: the await of a child that ends at once never suspends.
  void await_suspend_silently(std::coroutine_handle<> awaiting) {
    await_suspend(awaiting);
    child_.promise().started_in_step = 0;  // No step has this number.
  }
  T await_resume() {
    Promise<T>& promise = child_.promise();
    if (promise.suspended_at_end) resume_or_throw(*context.current);
    if (promise.error) [[unlikely]]
      std::rethrow_exception(std::move(promise.error));
    return promise.take_result();
  }

 private:
  std::coroutine_handle<Promise<T>> child_;
};

template <class T>
Task<T> Promise<T>::get_return_object(Place place) {
  created_at = place;
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
template <class T>
Task<T&> Promise<T&>::get_return_object(Place place) {
  created_at = place;
  return Task<T&>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object(Place place) {
  created_at = place;
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

}  // namespace detail

template <class T>
detail::ChildAwaiter<T> Task<T>::child_awaiter(const Place& place) && {
  return {release(), place};
}

}  // namespace coweave
