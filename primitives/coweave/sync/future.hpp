#pragma once

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "coweave/runtime/async_wait.hpp"
#include "coweave/runtime/object.hpp"
#include "coweave/runtime/suspend.hpp"

namespace coweave {

template <class T>
class FutureAwaiter;

namespace detail {

/// The part of Future<T> that does not depend on `T`.
class FutureBase : private Object {
 public:
  class AsyncWait;

  FutureBase(const FutureBase&) = delete;
  FutureBase& operator=(const FutureBase&) = delete;

  /// Makes the future done by an exception, and every waiter ready, in order of arrival. Never
  /// suspends. Throws MisuseError, and changes nothing, if the future is done or `error` is null.
  void set_exception(std::exception_ptr error, Place place = Place::current());
  /// As above for an exception object: `future.set_exception(std::runtime_error("lost"))`.
  template <class Exception>
  requires(!std::convertible_to<Exception, std::exception_ptr>) void set_exception(
      Exception exception, Place place = Place::current()) {
    set_exception(std::make_exception_ptr(std::move(exception)), place);
  }
  /// Cancels the future: every waiter becomes ready, in order of arrival, and throws CancelledError
  /// with `message`. Returns false, without effect, if the future is done.
  // NOLINTNEXTLINE(modernize-use-nodiscard): few callers ask whether it had an effect.
  bool cancel(std::string message = {}, Place place = Place::current());

  /// Whether the future has a result or an exception, or was cancelled; once true, stays so.
  [[nodiscard]] bool done() const {
    touch(*this, AccessKind::read);
    return state_ != State::pending;
  }
  [[nodiscard]] bool cancelled() const {
    touch(*this, AccessKind::read);
    return state_ == State::cancelled;
  }
  /// The exception of a done future; null if it has a result. The exception counts as retrieved.
  /// Throws CancelledError if the future was cancelled, MisuseError if it is pending.
  [[nodiscard]] std::exception_ptr exception(Place place = Place::current()) const;

  /// Waits as an operation of Asio until the future is done, however: for void(error_code), see
  /// Lock::async_acquire(). The result is then there to be read. A cancelled wait completes with
  /// operation_aborted and leaves the future as it is.
  template <class Token>
  requires completion_token<Token>
  auto async_wait(Token&& token, Place place = Place::current());
  template <class Executor, class Token>
  requires completion_token<Token>
  auto async_wait(const Executor& executor, Token&& token, Place place = Place::current());

  /// Identity in reports; not for users.
  [[nodiscard]] const Object& object() const { return *this; }

 protected:
  FutureBase(std::string_view name, const Place& created_at)
      : Object(ObjectKind::future, name, created_at) {}
  ~FutureBase();

  /// Throws MisuseError if the future is done.
  void check_pending(const char* operation, const Place& place) const;
  /// After check_pending: the result is there.
  void finish_with_result(const Place& place);
  /// Throws what a future without a result throws: its exception, CancelledError, or MisuseError if
  /// it is pending.
  void check_result(const Place& place) const {
    touch(*this, AccessKind::read);
    throw_unless_result(place);
  }

 private:
  friend class FutureWait;
  enum class State : std::uint8_t { pending, result, exception, cancelled };

  void finish(State state);
  /// check_result() for a step that happens after the future was done, and need not look.
  void throw_unless_result(const Place& place) const;

  State state_ = State::pending;
  mutable bool is_retrieved_ = false;  // Somebody has seen the exception.
  std::exception_ptr error_;
  std::string cancel_message_;
  WaitQueue waiters_;
};

/// Knows the future that is cancelled where its task is.
struct FutureWaiter : Waiter {
  FutureBase* future = nullptr;
};

/// One task that waits for a future: the part that does not depend on the type.
class FutureWait : public QueuedAwaiter<FutureWaiter> {
 public:
  [[nodiscard]] bool await_ready() {
    was_done_ = future_.done();
    return was_done_ && !suspends_when_complete();
  }
  void await_suspend(std::coroutine_handle<> leaf);

 protected:
  FutureWait(FutureBase& future, const Place& place);
  ~FutureWait() {
    if (must_leave_queue()) [[unlikely]]
      future_.waiters_.remove(waiter_);
  }
  /// Leaves the queue. Throws a cancellation of the task that came after the future was done.
  void leave();
  void throw_unless_result() const { future_.throw_unless_result(place_); }

 private:
  FutureBase& future_;
  Place place_;
  bool was_done_ = false;
};

/// A wait without a coroutine.
class FutureBase::AsyncWait {
 public:
  AsyncWait(FutureBase& future, const Place& place) : future_(&future), place_(place) {}
  [[nodiscard]] Operation operation() const;
  AsyncResult start(AsyncWaiter& waiter);
  AsyncResult finish(AsyncWaiter& waiter, bool is_cancelled);
  void give_up(AsyncWaiter& waiter) { finish(waiter, true); }
  void note_cancel() const { touch(*future_, AccessKind::exclusive); }

 private:
  FutureBase* future_;
  Place place_;
};

template <class Token>
requires completion_token<Token>
auto FutureBase::async_wait(Token&& token, Place place) {
  return initiate_async(AsyncWait(*this, place), std::forward<Token>(token));
}
template <class Executor, class Token>
requires completion_token<Token>
auto FutureBase::async_wait(const Executor& executor, Token&& token, Place place) {
  return initiate_async(AsyncWait(*this, place), executor, std::forward<Token>(token));
}

}  // namespace detail

/// A result that arrives later, with the semantics of asyncio.Future (CPython 3.13): somebody calls
/// set_result, set_exception or cancel, once, and any number of tasks await the result. Works from
/// any coroutine type, in explore() and under run(). Must outlive its waiters; destruction while
/// waited for (daemons apart) is reported as misuse, not thrown. An exception that nobody has
/// retrieved when the future is destroyed is a warning of the report.
///
///   Future<Reply> reply("reply");
///   connection.on_reply = [&reply](Reply received) { reply.set_result(std::move(received)); };
///   const Reply received = co_await reply;
///
/// As in asyncio, cancelling a task that awaits a pending future cancels the future, and so ends
/// the wait of all its waiters.
template <class T = void>
class Future : public detail::FutureBase {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>,
                "a Future holds a value or nothing: write Future<T*> for a reference");

 public:
  /// Pending. `name` is for reports.
  explicit Future(std::string_view name = {}, Place created_at = Place::current())
      : FutureBase(name, created_at) {}
  ~Future() = default;
  Future(const Future&) = delete;
  Future& operator=(const Future&) = delete;

  /// Makes the future done with `value`, and every waiter ready, in order of arrival. Never
  /// suspends. Throws MisuseError, and changes nothing, if the future is done: also if it was
  /// cancelled, which a peer that answers late has to look at.
  void set_result(T value, Place place = Place::current()) {
    if (detail::is_inert(object(), OperationKind::set, place)) return;
    check_pending("set_result", place);
    value_.emplace(std::move(value));
    finish_with_result(place);
  }
  /// The result of a done future. Throws its exception, CancelledError if it was cancelled,
  /// MisuseError if it is pending.
  [[nodiscard]] const T& result(Place place = Place::current()) const {
    check_result(place);
    return *value_;
  }

  /// `co_await future` waits until the future is done, and returns its result (by value if that can
  /// be copied, else by reference) or throws what result() throws.
  FutureAwaiter<T> operator co_await() { return awaiter_at({}); }

  /// For await_transform; not for users.
  [[nodiscard]] FutureAwaiter<T> awaiter_at(const Place& place) { return {*this, place}; }

 private:
  friend class FutureAwaiter<T>;
  std::optional<T> value_;
};

template <>
class Future<void> : public detail::FutureBase {
 public:
  explicit Future(std::string_view name = {}, Place created_at = Place::current())
      : FutureBase(name, created_at) {}
  ~Future() = default;
  Future(const Future&) = delete;
  Future& operator=(const Future&) = delete;

  void set_result(Place place = Place::current()) {
    if (detail::is_inert(object(), OperationKind::set, place)) return;
    check_pending("set_result", place);
    finish_with_result(place);
  }
  void result(Place place = Place::current()) const { check_result(place); }

  FutureAwaiter<void> operator co_await();
  [[nodiscard]] FutureAwaiter<void> awaiter_at(const Place& place);

 private:
  friend class FutureAwaiter<void>;
};

/// Awaiter of a Future.
template <class T>
class [[nodiscard("write: co_await future;")]] FutureAwaiter : public detail::FutureWait {
 public:
  FutureAwaiter(Future<T> & future, const Place& place) : FutureWait(future, place), of_(future) {}

  decltype(auto) await_resume() {
    leave();
    throw_unless_result();
    if constexpr (std::is_void_v<T>) {
      return;
    } else if constexpr (std::copy_constructible<T>) {
      return T(*of_.value_);
    } else {
      return (*of_.value_);
    }
  }

 private:
  Future<T>& of_;
};

inline FutureAwaiter<void> Future<void>::operator co_await() { return awaiter_at({}); }
inline FutureAwaiter<void> Future<void>::awaiter_at(const Place& place) { return {*this, place}; }

}  // namespace coweave
