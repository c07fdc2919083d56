#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include "coweave/runtime/async_wait.hpp"
#include "coweave/runtime/foreign.hpp"
#include "coweave/runtime/object.hpp"
#include "coweave/runtime/suspend.hpp"

namespace coweave {

class LockGuard;
namespace detail {

/// What the members of a Lock instantiate that only a mutex of threads has.
template <class Never>
struct LockIsAwaited {
  static_assert(never<Never>,
                "a coweave::Lock is awaited, std::lock_guard and lock() cannot do that: write "
                "const auto guard = co_await lock.scoped();");
  static void refuse() {}
};

}  // namespace detail

/// Mutual exclusion between tasks, with the semantics of asyncio.Lock (CPython 3.13). Fair: waiters
/// get it in order of arrival, and a newcomer queues behind them even while it is free. Not
/// reentrant; no owner: any task may release. Works from any coroutine type, in explore() and under
/// run(). Must outlive its waiters; destruction while held or waited for is reported as misuse, not
/// thrown.
class Lock : private detail::Object {
 public:
  class AcquireAwaiter;
  class ScopedAwaiter;
  class AsyncAcquire;

  /// `name` is for reports.
  explicit Lock(std::string_view name = {}, Place created_at = Place::current())
      : Object(ObjectKind::lock, name, created_at) {}
  ~Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  /// `co_await lock.acquire()` gives true when the task holds the lock. Waits iff it is held or a
  /// waiter that is not cancelled is queued; one that was woken and has not resumed counts.
  /// Cancelled while it waits, it throws CancelledError and passes a wake-up that it had got to the
  /// next.
  AcquireAwaiter acquire(Place place = Place::current());
  /// `auto guard = co_await lock.scoped()`: released when the guard is destroyed.
  ScopedAwaiter scoped(Place place = Place::current());

  /// acquire() as an operation of Asio, where <coweave/asio.hpp> or <coweave/boost_asio.hpp> is
  /// included, in an exploration or in production (framework/docs/how_to/asio.md): `co_await
  /// lock.async_acquire(asio::use_awaitable)`, or any completion token for void(error_code).
  /// Cancelled, it completes with operation_aborted.
  template <class Token>
  requires detail::completion_token<Token>
  auto async_acquire(Token&& token, Place place = Place::current());
  /// For tokens that no executor is associated with.
  template <class Executor, class Token>
  requires detail::completion_token<Token>
  auto async_acquire(const Executor& executor, Token&& token, Place place = Place::current());

  /// Frees the lock and makes the first waiter ready; that one takes it when it resumes, so
  /// locked() is false in between. Never suspends. Throws MisuseError if the lock is not held.
  void release(Place place = Place::current());

  // For std::lock_guard and its kin, which cannot wait without blocking the thread.
  template <class Never = void>
  void lock() {
    detail::LockIsAwaited<Never>::refuse();
  }
  template <class Never = void>
  void unlock() {
    detail::LockIsAwaited<Never>::refuse();
  }

  /// Whether it is held.
  [[nodiscard]] bool locked() const {
    if (detail::context.is_watched) [[unlikely]]
      note_look_watched();
    return is_locked_;
  }

  /// Identity in reports; not for users.
  [[nodiscard]] const detail::Object& object() const { return *this; }

 private:
  friend class Condition;
  friend class LockGuard;

  /// Takes the lock if nobody has it and nobody live is queued. `suspends`: the task suspends then,
  /// whether it got it or not.
  bool try_take(const Place& place, bool suspends);
  /// What every waiter does when it resumes: leaves the queue, and takes the lock, or, if
  /// cancelled, sees to it that a free lock has a woken head. Returns whether it took the lock.
  bool resume_waiter(detail::Waiter& waiter, bool is_cancelled, const Place& place);
  void wake_head();
  void mark_taken(const Place& place);
  /// What an operation without a coroutine does depends on the queue: see PermitAccesses::looks.
  void note_look() const {
    if (detail::context.accesses != nullptr)
      detail::context.accesses->permits().looks(access_number(), AccessKind::exclusive);
  }
  /// For locked() where looks are noted, or no scheduler runs on this thread.
  void note_look_watched() const;
  /// What release() does when the lock is held.
  void give_back(const Place& place);
  /// As release(), for the exit of a scope, which may not throw.
  void release_at_scope_exit(const Place& place) noexcept;

  bool is_locked_ = false;
  detail::WaitQueue waiters_;
};

/// Awaiter of Lock::acquire().
class [[nodiscard("write: co_await lock.acquire();")]] Lock::AcquireAwaiter
    : public detail::QueuedAwaiter<> {
 public:
  AcquireAwaiter(Lock & lock, const Place& place) : lock_(lock), place_(place) {}
  ~AcquireAwaiter() {
    if (must_leave_queue()) [[unlikely]]
      lock_.resume_waiter(waiter_, true, place_);
  }

  [[nodiscard]] bool await_ready() {
    detail::refuse_elsewhere(lock_.object(), OperationKind::acquire, place_);
    const bool suspends = detail::context.await_points != AwaitPoints::suspending;
    is_taken_ = lock_.try_take(place_, suspends);
    return is_taken_ && !detail::suspends_when_complete();
  }
  void await_suspend(std::coroutine_handle<> leaf);
  /// Throws CancelledError.
  bool await_resume();

 protected:
  Lock& lock_;
  Place place_;

 private:
  bool is_taken_ = false;
};

/// An acquire without a coroutine.
class Lock::AsyncAcquire {
 public:
  AsyncAcquire(Lock& lock, const Place& place) : lock_(&lock), place_(place) {}
  [[nodiscard]] Operation operation() const;
  detail::AsyncResult start(detail::AsyncWaiter& waiter);
  detail::AsyncResult finish(detail::AsyncWaiter& waiter, bool is_cancelled);
  void give_up(detail::AsyncWaiter& waiter) { finish(waiter, true); }
  void note_cancel() const { lock_->note_look(); }

 private:
  Lock* lock_;
  Place place_;
  bool is_taken_ = false;  // At once.
};

/// Holds a lock until it is destroyed or unlocked. Move-only.
class [[nodiscard(
    "the guard releases the lock when it is destroyed: keep it in a variable, as in "
    "const auto guard = co_await lock.scoped();")]] LockGuard {
 public:
  LockGuard() = default;
  /// Takes over `lock`, which the caller holds.
  explicit LockGuard(Lock & lock, const Place& place = Place::current())
      : lock_(&lock), place_(place) {}
  LockGuard(LockGuard && other) noexcept
      : lock_(std::exchange(other.lock_, nullptr)), place_(other.place_) {}
  LockGuard& operator=(LockGuard&& other) noexcept {
    std::swap(lock_, other.lock_);
    std::swap(place_, other.place_);
    return *this;
  }
  LockGuard(const LockGuard&) = delete;
  LockGuard& operator=(const LockGuard&) = delete;
  ~LockGuard() {
    if (lock_ != nullptr) lock_->release_at_scope_exit(place_);
  }

  /// Releases early; no effect the second time.
  void unlock(Place place = Place::current()) {
    if (Lock* lock = std::exchange(lock_, nullptr)) lock->release(place);
  }
  [[nodiscard]] explicit operator bool() const { return lock_ != nullptr; }

 private:
  Lock* lock_ = nullptr;
  Place place_;
};

/// Awaiter of Lock::scoped().
class [[nodiscard("write: const auto guard = co_await lock.scoped();"),
        gnu::warn_unused]] Lock::ScopedAwaiter : public AcquireAwaiter {
 public:
  using AcquireAwaiter::AcquireAwaiter;
  LockGuard await_resume() {
    AcquireAwaiter::await_resume();
    return LockGuard(lock_, place_);
  }
};

inline Lock::AcquireAwaiter Lock::acquire(Place place) { return {*this, place}; }
inline Lock::ScopedAwaiter Lock::scoped(Place place) { return {*this, place}; }

template <class Token>
requires detail::completion_token<Token>
auto Lock::async_acquire(Token&& token, Place place) {
  return detail::initiate_async(AsyncAcquire(*this, place), std::forward<Token>(token));
}
template <class Executor, class Token>
requires detail::completion_token<Token>
auto Lock::async_acquire(const Executor& executor, Token&& token, Place place) {
  return detail::initiate_async(AsyncAcquire(*this, place), executor, std::forward<Token>(token));
}

}  // namespace coweave
