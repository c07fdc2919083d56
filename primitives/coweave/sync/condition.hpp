#pragma once

#include <cstddef>
#include <exception>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "coweave/sync/lock.hpp"

namespace coweave {

/// Tasks wait under a lock for others to notify them, with the semantics of asyncio.Condition
/// (CPython 3.13). A notification with no waiter is lost. Where CPython lets every exceptional exit
/// from wait() notify another waiter, Coweave passes a notification on only if the leaver had got
/// one: no wake-up is lost and none is invented. Works from any coroutine type, in explore() and
/// under run(). Must outlive its waiters; destruction while waited for (daemons apart) is reported
/// as misuse, not thrown.
class Condition : private detail::Object {
 public:
  class WaitAwaiter;
  template <class Predicate>
  class WaitForAwaiter;
  class AsyncWait;
  template <class Predicate>
  class AsyncWaitFor;

  /// With a lock of its own.
  explicit Condition(std::string_view name = {}, Place created_at = Place::current())
      : Object(ObjectKind::condition, name, created_at) {
    lock_ = &own_lock_.emplace(name, created_at);
  }
  /// With `lock`, which several conditions may share and which must outlive them.
  explicit Condition(Lock& lock, std::string_view name = {}, Place created_at = Place::current())
      : Object(ObjectKind::condition, name, created_at), lock_(&lock) {}
  ~Condition();
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  /// The lock's.
  Lock::AcquireAwaiter acquire(Place place = Place::current()) { return lock_->acquire(place); }
  Lock::ScopedAwaiter scoped(Place place = Place::current()) { return lock_->scoped(place); }
  void release(Place place = Place::current()) { lock_->release(place); }
  [[nodiscard]] bool locked() const { return lock_->locked(); }
  [[nodiscard]] Lock& lock() { return *lock_; }

  /// `co_await condition.wait()`: releases the lock, waits until notified, takes the lock again and
  /// gives true. Always suspends. Woken tasks queue for the lock in the order of notification.
  /// Throws MisuseError if the lock is not held (by whomever), CancelledError with the lock held
  /// again: cancellation does not jump the lock, and a second one while re-acquiring replaces the
  /// first.
  WaitAwaiter wait(Place place = Place::current());

  /// acquire() and wait() as operations of Asio: see Lock::async_acquire(). A wait completes with
  /// the lock held again, also when it completes with operation_aborted. MisuseError is thrown to
  /// the caller.
  template <class... Arguments>
  auto async_acquire(Arguments&&... arguments) {
    return lock_->async_acquire(std::forward<Arguments>(arguments)...);
  }
  template <class Token>
  requires detail::completion_token<Token>
  auto async_wait(Token&& token, Place place = Place::current());
  template <class Executor, class Token>
  requires detail::completion_token<Token>
  auto async_wait(const Executor& executor, Token&& token, Place place = Place::current());

  /// wait_for() as an operation of Asio, for void(error_code). `predicate` is evaluated at once,
  /// then after every wake-up with the lock held, and not again once it was true: what it reads is
  /// to be guarded by the lock, which stays held until the completion. What it throws at once is
  /// thrown to the caller, later by the run() of the executor's context, and the operation does not
  /// complete.
  template <class Predicate, class Token>
  requires detail::completion_token<Token>
  auto async_wait_for(Predicate predicate, Token&& token, Place place = Place::current());
  template <class Executor, class Predicate, class Token>
  requires detail::completion_token<Token>
  auto async_wait_for(const Executor& executor, Predicate predicate, Token&& token,
                      Place place = Place::current());

  /// Waits until `predicate()` is true, and returns its value. The predicate is evaluated at once,
  /// then after every wake-up with the lock held; no suspension lies between the evaluation that is
  /// true and the return. If the first one is true, neither the lock nor, under
  /// AwaitPoints::suspending, a suspension is needed. Under the other modes the await suspends
  /// before the first evaluation: a predicate with side effects is not evaluated once more. What
  /// the predicate throws leaves, with the lock as it is.
  template <class Predicate>
  [[nodiscard]] WaitForAwaiter<Predicate> wait_for(Predicate predicate,
                                                   Place place = Place::current());

  /// Wakes the `count` tasks that have waited longest and are not woken yet. Does not release the
  /// lock. Throws MisuseError if the lock is not held.
  void notify(std::int64_t count = 1, Place place = Place::current());
  /// Wakes all.
  void notify_all(Place place = Place::current());

  /// Identity in reports; not for users.
  [[nodiscard]] const detail::Object& object() const { return *this; }

 private:
  class Wait;
  struct HookedWaiter : detail::Waiter {
    Wait* wait = nullptr;
  };
  void check_locked(const char* operation, const Place& place) const;
  std::uint32_t wake_up_to(std::int64_t count);

  std::optional<Lock> own_lock_;
  Lock* lock_ = nullptr;
  detail::WaitQueue waiters_;
};

/// One wait: the part that all awaiters share. Its steps after the wake-up, until it has the lock
/// again, run in the scheduler without resuming the coroutine.
class Condition::Wait : public detail::QueuedAwaiter<Condition::HookedWaiter> {
 protected:
  Wait(Condition& condition, const Place& place) : condition_(condition), place_(place) {}
  ~Wait() {
    if (must_leave_queue()) [[unlikely]]
      give_up();
  }

  /// Releases the lock and queues. Throws MisuseError.
  void begin(std::coroutine_handle<> leaf);
  /// After the wait, with the lock held, and before the coroutine resumes: may begin() again.
  /// Returns whether the coroutine is to be resumed.
  virtual bool is_over() = 0;
  /// Throws the cancellation that arrived meanwhile, passing on an unused notification.
  void throw_if_cancelled();

  Condition& condition_;
  Place place_;
  std::coroutine_handle<> leaf_;
  detail::TaskControl* task_ = nullptr;
  bool is_cancelled_ = false;

 private:
  static void after_wake_up(detail::TaskControl& task);
  static void after_lock(detail::TaskControl& task);
  void reacquire();
  void finish_wait();
  /// Leaves the queue that it stands in, and passes on what it has got.
  void give_up();

  bool was_notified_ = false;
};

/// Awaiter of Condition::wait().
class [[nodiscard("write: co_await condition.wait();")]] Condition::WaitAwaiter final
    : public Wait{public : WaitAwaiter(Condition & condition, const Place& place) : Wait(
          condition, place){} [[nodiscard]] bool await_ready() const noexcept {return false;
}  // namespace coweave
void await_suspend(std::coroutine_handle<> leaf) { begin(leaf); }
bool await_resume() {
  throw_if_cancelled();
  return true;
}

private:
bool is_over() override { return true; }
}
;

/// Awaiter of Condition::wait_for().
template <class Predicate>
class [[nodiscard]] Condition::WaitForAwaiter final : public Wait {
 public:
  using Value = std::remove_cvref_t<std::invoke_result_t<Predicate&>>;

  WaitForAwaiter(Condition& condition, Predicate predicate, const Place& place)
      : Wait(condition, place), predicate_(std::move(predicate)) {}

  [[nodiscard]] bool await_ready() {
    // Where the await suspends in any case, that comes first: the predicate may have side effects.
    if (detail::context.await_points != AwaitPoints::suspending) return false;
    value_.emplace(predicate_());
    return static_cast<bool>(*value_) && !detail::suspends_when_complete();
  }
  void await_suspend(std::coroutine_handle<> leaf) {
    if (value_ && !static_cast<bool>(*value_)) return begin(leaf);
    leaf_ = leaf;
    task_ = &detail::suspend_ready(leaf, {OperationKind::wait, condition_.id(), place_},
                                   detail::TaskState::ready_head);
    extra_.awaiter = this;
    task_->waiter = &extra_;
    task_->hook = [](detail::TaskControl& task) {
      static_cast<ExtraWaiter*>(task.waiter)->awaiter->after_extra_suspension();
    };
  }
  Value await_resume() {
    if (task_ != nullptr) {
      throw_if_cancelled();
      if (error_) std::rethrow_exception(error_);
    }
    return std::move(*value_);
  }

 private:
  struct ExtraWaiter : detail::Waiter {
    WaitForAwaiter* awaiter = nullptr;
  };
  void after_extra_suspension() {
    if (detail::take_cancellation(*detail::context.current)) {
      is_cancelled_ = true;
    } else if (!value_ && !is_over()) {
      return;
    }
    detail::context.go_on_with(leaf_);
  }
  bool is_over() override {
    if (is_cancelled_) return true;
    try {
      value_.emplace(predicate_());
      if (static_cast<bool>(*value_)) return true;
      begin(leaf_);
      return false;
    } catch (...) {
      error_ = std::current_exception();
      return true;
    }
  }

  Predicate predicate_;
  std::optional<Value> value_;
  std::exception_ptr error_;
  ExtraWaiter extra_;
};

/// A wait without a coroutine.
class Condition::AsyncWait {
 public:
  /// Throws MisuseError.
  AsyncWait(Condition& condition, const Place& place) : condition_(&condition), place_(place) {
    condition.check_locked("wait", place);
  }
  [[nodiscard]] Operation operation() const;
  /// Throws MisuseError.
  detail::AsyncResult start(detail::AsyncWaiter& waiter);
  detail::AsyncResult finish(detail::AsyncWaiter& waiter, bool is_cancelled);
  void give_up(detail::AsyncWaiter& waiter);
  void note_cancel() const;

 protected:
  /// What start() needs after a wait that has ended.
  void begin_again() { was_notified_ = wants_lock_ = false; }

 private:
  detail::AsyncResult reacquire(detail::AsyncWaiter& waiter);
  detail::AsyncResult end();
  /// The notification that it got, and will not act on.
  void pass_on();

  Condition* condition_;
  Place place_;
  bool was_notified_ = false;
  bool is_cancelled_ = false;
  bool wants_lock_ = false;  // It waits for the lock.
};

/// A wait_for() without a coroutine.
template <class Predicate>
class Condition::AsyncWaitFor : public AsyncWait {
 public:
  /// Throws MisuseError.
  AsyncWaitFor(Condition& condition, Predicate predicate, const Place& place)
      : AsyncWait(condition, place), predicate_(std::move(predicate)) {}

  /// Throws MisuseError.
  detail::AsyncResult start(detail::AsyncWaiter& waiter) {
    is_waiting_ = false;
    if (static_cast<bool>(predicate_())) return detail::AsyncResult::done;
    begin_again();
    const detail::AsyncResult result = AsyncWait::start(waiter);
    is_waiting_ = true;
    return result;
  }
  detail::AsyncResult finish(detail::AsyncWaiter& waiter, bool is_cancelled) {
    if (is_waiting_) {
      const detail::AsyncResult result = AsyncWait::finish(waiter, is_cancelled);
      return result == detail::AsyncResult::done ? start(waiter) : result;
    }
    // True at once: not evaluated again, since it may have side effects.
    return is_cancelled ? detail::AsyncResult::cancelled : detail::AsyncResult::done;
  }
  void give_up(detail::AsyncWaiter& waiter) {
    if (is_waiting_) AsyncWait::give_up(waiter);
  }

 private:
  Predicate predicate_;
  bool is_waiting_ = false;  // For a notification or the lock; else the lock is held.
};

inline Condition::WaitAwaiter Condition::wait(Place place) { return {*this, place}; }

template <class Predicate>
Condition::WaitForAwaiter<Predicate> Condition::wait_for(Predicate predicate, Place place) {
  return {*this, std::move(predicate), place};
}

template <class Token>
requires detail::completion_token<Token>
auto Condition::async_wait(Token&& token, Place place) {
  return detail::initiate_async(AsyncWait(*this, place), std::forward<Token>(token));
}
template <class Executor, class Token>
requires detail::completion_token<Token>
auto Condition::async_wait(const Executor& executor, Token&& token, Place place) {
  return detail::initiate_async(AsyncWait(*this, place), executor, std::forward<Token>(token));
}

template <class Predicate, class Token>
requires detail::completion_token<Token>
auto Condition::async_wait_for(Predicate predicate, Token&& token, Place place) {
  return detail::initiate_async(AsyncWaitFor<Predicate>(*this, std::move(predicate), place),
                                std::forward<Token>(token));
}
template <class Executor, class Predicate, class Token>
requires detail::completion_token<Token>
auto Condition::async_wait_for(const Executor& executor, Predicate predicate, Token&& token,
                               Place place) {
  return detail::initiate_async(AsyncWaitFor<Predicate>(*this, std::move(predicate), place),
                                executor, std::forward<Token>(token));
}

}  // namespace coweave
