#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "coweave/core/operation.hpp"
#include "coweave/runtime/suspend.hpp"

namespace coweave::detail {

/// Waits for a primitive in the place of a suspended task: an asynchronous operation of another
/// library, under explore() and run() or without any scheduler. `call` is called where a task would
/// be woken; what a task does when it resumes, the operation does later, in a step or handler of
/// its own.
struct AsyncWaiter : Listener {
  AsyncWaiter() = default;
  ~AsyncWaiter() { leave(); }

  std::size_t index = 0;  ///< In the round of a Barrier.
  /// What it waits for has ended, and is not to be touched again.
  void (*drop)(AsyncWaiter&) = nullptr;

  void enter(WaitQueue& entered) {
    state = WaiterState::pending;
    entered.push_back(*this);
  }
  void leave() noexcept;
};

inline void AsyncWaiter::leave() noexcept {
  if (queue != nullptr) queue->remove(*this);
}

/// wake() for what may be an AsyncWaiter.
inline void wake_any(Waiter& waiter) {
  if (!call_if_listener(waiter)) wake(waiter);
}

/// What the handler or the work that is submitted to another runtime meanwhile waits for: instead
/// of "an operation of that runtime", reports name the operation on a primitive of ours.
inline constinit thread_local const Operation* announced_operation = nullptr;

class Announcement {
 public:
  explicit Announcement(const Operation& operation) : before_(announced_operation) {
    announced_operation = &operation;
  }
  ~Announcement() { announced_operation = before_; }
  Announcement(const Announcement&) = delete;
  Announcement& operator=(const Announcement&) = delete;

 private:
  const Operation* before_;
};

/// How an operation without a coroutine has ended, or that it has not.
enum class AsyncResult : std::uint8_t {
  waits,      ///< It is queued: `call` will be called.
  done,       ///< Its effect has happened.
  cancelled,  ///< It has none.
  shut_down,  ///< It has none: the queue is shut down.
  broken,     ///< It has none: the barrier was reset or aborted.
};

/// Where <coweave/asio.hpp> and <coweave/boost_asio.hpp> add the functions that start operations:
/// members of primitives find them, when they are instantiated, through an argument of this type.
struct AsyncAdapter {};

/// Tells a completion token from the place that may follow it.
template <class Token>
concept completion_token = !std::is_same_v<std::remove_cvref_t<Token>, Place>;

/// For the members of primitives that start one: `arguments` are a completion token, or an executor
/// and a completion token.
template <class Operation, class... Arguments>
auto initiate_async(Operation operation, Arguments&&... arguments) {
  static_assert(
      requires(Operation given) {
        start_async(AsyncAdapter{}, std::move(given), std::forward<Arguments>(arguments)...);
      },
      "include <coweave/asio.hpp> or <coweave/boost_asio.hpp>; with both, call the function of "
      "this name "
      "in coweave::asio or coweave::boost_asio");
  return start_async(AsyncAdapter{}, std::move(operation), std::forward<Arguments>(arguments)...);
}

}  // namespace coweave::detail
