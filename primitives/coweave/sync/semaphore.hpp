#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "coweave/runtime/async_wait.hpp"
#include "coweave/runtime/object.hpp"
#include "coweave/runtime/suspend.hpp"

namespace coweave {

class SemaphoreGuard;

/// Permits for tasks, with the semantics of asyncio.Semaphore (CPython 3.13). Fair: waiters are
/// served in order of arrival, newcomers queue behind them, and a released permit is reserved at
/// once for the first waiter. Any task may release, and more often than it acquired: Semaphore(0)
/// with one release for each event is a counter. Works from any coroutine type, in explore() and
/// under run(). Must outlive its waiters; destruction while waited for (daemons apart) is reported
/// as misuse, not thrown.
class Semaphore : private detail::Object {
 public:
  class AcquireAwaiter;
  class ScopedAwaiter;
  class AsyncAcquire;

  /// Throws MisuseError if `value` is negative. `name` is for reports.
  explicit Semaphore(std::int64_t value = 1, std::string_view name = {},
                     Place created_at = Place::current())
      : Semaphore(ObjectKind::semaphore, value, name, created_at) {}
  ~Semaphore();
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  /// `co_await semaphore.acquire()` gives true when the task has a permit. Waits iff locked().
  /// Cancelled after it was woken, it gives the permit back to the next waiter.
  AcquireAwaiter acquire(Place place = Place::current());
  /// `auto guard = co_await semaphore.scoped()`: released when the guard is destroyed.
  ScopedAwaiter scoped(Place place = Place::current());

  /// acquire() as an operation of Asio: see Lock::async_acquire().
  template <class Token>
  requires detail::completion_token<Token>
  auto async_acquire(Token&& token, Place place = Place::current());
  template <class Executor, class Token>
  requires detail::completion_token<Token>
  auto async_acquire(const Executor& executor, Token&& token, Place place = Place::current());

  /// Adds a permit and, if a waiter is pending, reserves it for the first and makes that one ready.
  /// Never suspends.
  void release(Place place = Place::current());

  /// Whether an acquire would wait now: no permit is left, or a waiter that is not cancelled is
  /// queued.
  [[nodiscard]] bool locked() const {
    detail::touch(*this, AccessKind::read);
    return is_closed();
  }
  /// Permits that are neither taken nor reserved.
  [[nodiscard]] std::int64_t value() const {
    detail::touch(*this, AccessKind::read);
    return value_;
  }

  /// Identity in reports; not for users.
  [[nodiscard]] const detail::Object& object() const { return *this; }

 protected:
  Semaphore(ObjectKind kind, std::int64_t value, std::string_view name, const Place& created_at);

 private:
  friend class SemaphoreGuard;

  [[nodiscard]] bool is_closed() const { return value_ == 0 || waiters_.any_live(); }
  bool try_take(const Place& place);
  bool wake_next();
  void wake_all_permitted();
  /// What every acquire that did not complete within its step does when it goes on: takes the
  /// permit that was taken or reserved for it, or, if cancelled, gives it back.
  void finish_acquire(detail::Waiter& waiter, bool is_taken, bool is_cancelled, const Place& place);
  /// What release() does when the bound allows it.
  void give_back(const Place& place);
  void release_at_scope_exit(const Place& place) noexcept;

  std::int64_t value_;
  std::int64_t bound_ = -1;  // Of a BoundedSemaphore; negative: none.
  detail::WaitQueue waiters_;

  friend class BoundedSemaphore;
};

/// A semaphore whose release() throws MisuseError, and changes nothing, when the value is at its
/// initial bound. The error hits whichever task releases last, often an innocent one: the report
/// lists earlier releases by tasks that held no permit as suspects.
class BoundedSemaphore : public Semaphore {
 public:
  /// Throws MisuseError if `value` is negative. A bound of 0 is legal: every release fails.
  explicit BoundedSemaphore(std::int64_t value = 1, std::string_view name = {},
                            Place created_at = Place::current())
      : Semaphore(ObjectKind::bounded_semaphore, value, name, created_at) {
    bound_ = value;
  }
};

/// Awaiter of Semaphore::acquire().
class [[nodiscard("write: co_await semaphore.acquire();")]] Semaphore::AcquireAwaiter
    : public detail::QueuedAwaiter<> {
 public:
  AcquireAwaiter(Semaphore & semaphore, const Place& place)
      : semaphore_(semaphore), place_(place) {}
  ~AcquireAwaiter() {
    if (must_leave_queue()) [[unlikely]]
      semaphore_.finish_acquire(waiter_, false, true, place_);
  }

  [[nodiscard]] bool await_ready() {
    detail::refuse_elsewhere(semaphore_.object(), OperationKind::acquire, place_);
    is_taken_ = semaphore_.try_take(place_);
    return is_taken_ && !detail::suspends_when_complete();
  }
  void await_suspend(std::coroutine_handle<> leaf);
  /// Throws CancelledError.
  bool await_resume();

 protected:
  Semaphore& semaphore_;
  Place place_;

 private:
  bool is_taken_ = false;
};

/// An acquire without a coroutine.
class Semaphore::AsyncAcquire {
 public:
  AsyncAcquire(Semaphore& semaphore, const Place& place) : semaphore_(&semaphore), place_(place) {}
  [[nodiscard]] Operation operation() const;
  detail::AsyncResult start(detail::AsyncWaiter& waiter);
  detail::AsyncResult finish(detail::AsyncWaiter& waiter, bool is_cancelled);
  void give_up(detail::AsyncWaiter& waiter) { finish(waiter, true); }
  void note_cancel() const { detail::touch(*semaphore_, AccessKind::exclusive); }

 private:
  Semaphore* semaphore_;
  Place place_;
  bool is_taken_ = false;  // At once.
};

/// Holds a permit until it is destroyed or released. Move-only.
class [[nodiscard(
    "the guard returns the permit when it is destroyed: keep it in a variable, as in "
    "const auto guard = co_await semaphore.scoped();")]] SemaphoreGuard {
 public:
  SemaphoreGuard() = default;
  /// Takes over a permit, which the caller holds.
  explicit SemaphoreGuard(Semaphore & semaphore, const Place& place = Place::current())
      : semaphore_(&semaphore), place_(place) {}
  SemaphoreGuard(SemaphoreGuard && other) noexcept
      : semaphore_(std::exchange(other.semaphore_, nullptr)), place_(other.place_) {}
  SemaphoreGuard& operator=(SemaphoreGuard&& other) noexcept {
    std::swap(semaphore_, other.semaphore_);
    std::swap(place_, other.place_);
    return *this;
  }
  SemaphoreGuard(const SemaphoreGuard&) = delete;
  SemaphoreGuard& operator=(const SemaphoreGuard&) = delete;
  ~SemaphoreGuard() {
    if (semaphore_ != nullptr) semaphore_->release_at_scope_exit(place_);
  }

  /// Releases early; no effect the second time.
  void release(Place place = Place::current()) {
    if (Semaphore* semaphore = std::exchange(semaphore_, nullptr)) semaphore->release(place);
  }
  [[nodiscard]] explicit operator bool() const { return semaphore_ != nullptr; }

 private:
  Semaphore* semaphore_ = nullptr;
  Place place_;
};

/// Awaiter of Semaphore::scoped().
class [[nodiscard("write: const auto guard = co_await semaphore.scoped();"),
        gnu::warn_unused]] Semaphore::ScopedAwaiter : public AcquireAwaiter {
 public:
  using AcquireAwaiter::AcquireAwaiter;
  SemaphoreGuard await_resume() {
    AcquireAwaiter::await_resume();
    return SemaphoreGuard(semaphore_, place_);
  }
};

inline Semaphore::AcquireAwaiter Semaphore::acquire(Place place) { return {*this, place}; }
inline Semaphore::ScopedAwaiter Semaphore::scoped(Place place) { return {*this, place}; }

template <class Token>
requires detail::completion_token<Token>
auto Semaphore::async_acquire(Token&& token, Place place) {
  return detail::initiate_async(AsyncAcquire(*this, place), std::forward<Token>(token));
}
template <class Executor, class Token>
requires detail::completion_token<Token>
auto Semaphore::async_acquire(const Executor& executor, Token&& token, Place place) {
  return detail::initiate_async(AsyncAcquire(*this, place), executor, std::forward<Token>(token));
}

}  // namespace coweave
