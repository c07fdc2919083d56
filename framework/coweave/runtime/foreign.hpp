#pragma once

#include <coroutine>
#include <type_traits>
#include <utility>

#include "coweave/runtime/suspend.hpp"

namespace coweave::detail {

/// A waiter that code outside Coweave wakes, by resuming a proxy handle.
struct ForeignWaiter : Waiter {
  std::coroutine_handle<> leaf;  ///< The coroutine that awaits.
  std::coroutine_handle<> proxy;
  TaskControl* owner = nullptr;  ///< The task that awaits.
  ForeignWaiter* enclosing = nullptr;
  Place place;
  bool resumed = false;
  bool suspended = false;  ///< Its task is blocked on it.
};

/// The foreign coroutine that `task` awaits suspended it on an operation of ours, and has now gone
/// on without suspending: the task waits for the proxy, or is ready if that was resumed meanwhile.
void wait_for_proxy(TaskControl& task);

/// Called on the scheduler's thread when the proxy of `waiter` is resumed.
inline void proxy_resumed(ForeignWaiter& waiter) {
  if (context.accesses != nullptr) [[unlikely]]
    context.accesses->tasks().touches_untracked();
  if (waiter.resumed) return;  // Resuming twice is a fault of the foreign code; the second is lost.
  waiter.resumed = true;
  if (waiter.suspended) {
    if (waiter.state != WaiterState::pending) return;
    if (context.current == nullptr || !context.services->resume_inline(waiter)) wake(waiter);
  } else if (context.current == waiter.owner) {
    if (waiter.owner->state != TaskState::running) context.services->fork(*waiter.owner);
    context.go_on_with(waiter.leaf);
  }
  // Else its task is suspended on an operation of ours, within what it awaits: when that has gone
  // on, wait_for_proxy finds the proxy resumed.
}

template <class Awaitable>
decltype(auto) awaiter_of(Awaitable&& awaitable) {
  if constexpr (requires { std::forward<Awaitable>(awaitable).operator co_await(); }) {
    return std::forward<Awaitable>(awaitable).operator co_await();
  } else if constexpr (requires { operator co_await(std::forward<Awaitable>(awaitable)); }) {
    return operator co_await(std::forward<Awaitable>(awaitable));
  } else {
    return std::forward<Awaitable>(awaitable);
  }
}

/// Whether ForeignAwaiter can await it.
template <class Awaitable>
concept is_awaitable = requires(Awaitable&& awaitable, std::coroutine_handle<> handle) {
  awaiter_of(std::forward<Awaitable>(awaitable)).await_suspend(handle);
  static_cast<bool>(awaiter_of(std::forward<Awaitable>(awaitable)).await_ready());
  awaiter_of(std::forward<Awaitable>(awaitable)).await_resume();
};
/// Whether it is awaitable, but not by any coroutine.
template <class Awaitable>
concept is_awaited_by_its_own_kind = !is_awaitable<Awaitable> && requires(Awaitable && awaitable) {
  awaiter_of(std::forward<Awaitable>(awaitable)).await_ready();
  awaiter_of(std::forward<Awaitable>(awaitable)).await_resume();
};

/// What stands where a static_assert has refused an expression: awaited, it is whatever the code
/// around it wants, so that compilers say nothing more.
struct AwaiterOfAnything {
  struct Anything {
    template <class T>
    operator T() const;  // NOLINT(google-explicit-constructor): conversion is its purpose.
  };
  [[nodiscard]] bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<> /*leaf*/) const noexcept {}
  // NOLINTNEXTLINE(modernize-use-nodiscard): compilers are to say nothing more.
  Anything await_resume() const noexcept { return {}; }
};
/// For the condition of a static_assert that always fails.
template <class...>
inline constexpr bool never = false;

/// Awaits anything that is not Coweave's. It is given a proxy handle: resuming that makes the task
/// ready, and resumed within the step that starts the await it counts as completed at once.
template <class Awaitable>
class ForeignAwaiter {
 public:
  ForeignAwaiter(Awaitable&& awaitable, const Place& place)
      : awaiter_(awaiter_of(std::forward<Awaitable>(awaitable))), place_(place) {}
  ForeignAwaiter(const ForeignAwaiter&) = delete;
  ForeignAwaiter& operator=(const ForeignAwaiter&) = delete;
  ~ForeignAwaiter() {
    if (!waiter_.proxy) return;
    if (waiter_.owner->foreign == &waiter_) waiter_.owner->foreign = waiter_.enclosing;
    if (context.services != waiter_.owner->owner) return;  // Destroyed by another thread.
    context.services->drop_proxy(waiter_);
  }

  [[nodiscard]] bool await_ready() {
    touch_unknown();
    is_complete_ = static_cast<bool>(awaiter_.await_ready());
    return is_complete_ && !suspends_when_complete();
  }

  void await_suspend(std::coroutine_handle<> leaf) {
    const Operation operation{OperationKind::foreign, ObjectId::none, place_};
    suspended_ = true;
    if (is_complete_) {
      suspend_ready(leaf, operation, TaskState::ready_head);
      return;
    }
    if (context.current == nullptr) [[unlikely]]
      no_scheduler(operation.kind, place_);
    waiter_.leaf = leaf;
    waiter_.owner = context.current;
    waiter_.place = place_;
    waiter_.enclosing = waiter_.owner->foreign;
    waiter_.owner->foreign = &waiter_;
    waiter_.proxy = context.services->make_proxy(waiter_);
    const bool stays_suspended = start(waiter_.proxy);
    if (!stays_suspended || waiter_.resumed) {
      // Completed at once. The trampoline may hold the leaf already; it decides once, here.
      context.next = nullptr;
      waiter_.resumed = true;
      if (suspends_when_complete()) {
        suspend_ready(leaf, operation, TaskState::ready_head);
      } else {
        context.go_on_with(leaf);
      }
      return;
    }
    // If the foreign coroutine suspended this very task on an operation of ours, that is what the
    // task waits for; the proxy is then resumed within a later step of it.
    if (waiter_.owner->state == TaskState::running) {
      waiter_.suspended = true;
      suspend_blocked(leaf, operation, waiter_);
    }
  }

  decltype(auto) await_resume() {
    touch_unknown();
    if (suspended_ && take_cancellation(*context.current)) [[unlikely]]
      throw_cancelled(*context.current);
    return awaiter_.await_resume();
  }

 private:
  /// What foreign code shares with whom, nobody can know.
  static void touch_unknown() {
    if (context.accesses != nullptr) [[unlikely]]
      context.accesses->tasks().touches_untracked();
  }
  /// Whether the awaiting coroutine stays suspended.
  bool start(std::coroutine_handle<> proxy) {
    using Result = decltype(awaiter_.await_suspend(proxy));
    if constexpr (std::is_void_v<Result>) {
      awaiter_.await_suspend(proxy);
      return true;
    } else if constexpr (std::is_same_v<Result, bool>) {
      return awaiter_.await_suspend(proxy);
    } else {
      const std::coroutine_handle<> next = awaiter_.await_suspend(proxy);
      if (next == proxy) return false;
      next.resume();
      return true;
    }
  }

  using Awaiter = decltype(awaiter_of(std::declval<Awaitable>()));
  Awaiter awaiter_;
  Place place_;
  ForeignWaiter waiter_;
  bool is_complete_ = false;
  bool suspended_ = false;
};

}  // namespace coweave::detail
