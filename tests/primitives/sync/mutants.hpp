#pragma once

#include <cstdint>

#include "coweave/primitives.hpp"
#include "primitives/support.hpp"

/// Copies of the primitives that are wrong on purpose, by one flaw each, most of them from the
/// history of CPython; `none` is right. They are written as CPython's are, over the services of the
/// scheduler, and show that the stress programs can fail.
namespace coweave::test {

struct WakeUp {
  bool was_woken;
  bool is_cancelled;
};

/// CPython's future: suspends until it is woken or its task is cancelled, and tells which, or both.
class Future : public detail::OwnAwaiter {
 public:
  explicit Future(detail::WaitQueue& queue, Place place = Place::current())
      : queue_(queue), place_(place) {}
  Future(const Future&) = delete;
  Future& operator=(const Future&) = delete;

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> leaf) {
    detail::suspend_blocked(leaf, {OperationKind::wait, ObjectId::none, place_}, waiter_);
    queue_.push_back(waiter_);
  }
  WakeUp await_resume() {
    queue_.remove(waiter_);
    return {waiter_.state == detail::WaiterState::woken,
            detail::take_cancellation(*detail::context.current)};
  }

 private:
  detail::WaitQueue& queue_;
  Place place_;
  detail::Waiter waiter_;
};

inline void wake_first_pending(detail::WaitQueue& queue) {
  if (detail::Waiter* waiter = queue.first_pending()) detail::wake(*waiter);
}

inline void wake_head(detail::WaitQueue& queue) {
  detail::Waiter* head = queue.front();
  if (head != nullptr && head->state == detail::WaiterState::pending) detail::wake(*head);
}

enum class LockFlaw : std::uint8_t {
  none,
  loses_wake_up,        ///< A waiter cancelled after its wake-up wakes nobody (bpo-27585).
  marks_first_pending,  ///< Where only the head may be marked (bpo-32734): granted twice.
  lets_overtake,        ///< A newcomer takes the free lock although a woken waiter is queued.
};

template <LockFlaw flaw>
class MutantLock {
 public:
  Task<bool> acquire() {
    if (!is_locked_ && (flaw == LockFlaw::lets_overtake || !waiters_.any_live())) {
      is_locked_ = true;
      co_return true;
    }
    const WakeUp wake_up = co_await Future(waiters_);
    if (wake_up.is_cancelled) {
      if (!is_locked_ && flaw != LockFlaw::loses_wake_up) wake_next();
      throw CancelledError();
    }
    is_locked_ = true;
    co_return true;
  }
  void release() {
    is_locked_ = false;
    wake_next();
  }
  [[nodiscard]] bool locked() const { return is_locked_; }

 private:
  void wake_next() {
    if constexpr (flaw == LockFlaw::marks_first_pending) {
      wake_first_pending(waiters_);
    } else {
      wake_head(waiters_);
    }
  }
  bool is_locked_ = false;
  detail::WaitQueue waiters_;
};

enum class SemaphoreFlaw : std::uint8_t {
  none,
  barges,         ///< The permit is not reserved for the woken waiter (bpo-45997).
  loses_permit,   ///< A waiter cancelled after its wake-up keeps the permit.
  loses_wake_up,  ///< It gives the permit back and wakes nobody.
  sticks,         ///< "A wake-up is scheduled" stays set when nobody is left to wake (gh-90155).
};

template <SemaphoreFlaw flaw>
class MutantSemaphore {
 public:
  explicit MutantSemaphore(int value) : value_(value) {}

  Task<bool> acquire() {
    if constexpr (flaw == SemaphoreFlaw::barges) {
      while (value_ == 0) {
        const WakeUp wake_up = co_await Future(waiters_);
        if (!wake_up.is_cancelled) continue;
        if (value_ > 0) wake_first_pending(waiters_);
        throw CancelledError();
      }
      --value_;
      co_return true;
    }
    if (value_ > 0 && !waiters_.any_live() && !is_stuck_) {
      --value_;
      co_return true;
    }
    const WakeUp wake_up = co_await Future(waiters_);
    if (wake_up.is_cancelled && wake_up.was_woken && flaw != SemaphoreFlaw::loses_permit) {
      ++value_;
      if (flaw == SemaphoreFlaw::sticks && waiters_.first_pending() == nullptr) is_stuck_ = true;
    }
    if (!wake_up.is_cancelled || flaw != SemaphoreFlaw::loses_wake_up)
      while (value_ > 0 && wake_next()) continue;
    if (wake_up.is_cancelled) throw CancelledError();
    co_return true;
  }
  void release() {
    ++value_;
    if constexpr (flaw == SemaphoreFlaw::barges) {
      wake_first_pending(waiters_);
    } else {
      wake_next();
    }
  }
  [[nodiscard]] int value() const { return value_; }

 private:
  bool wake_next() {
    if (waiters_.first_pending() == nullptr) return false;
    --value_;
    wake_first_pending(waiters_);
    return true;
  }
  int value_;
  bool is_stuck_ = false;
  detail::WaitQueue waiters_;
};

enum class EventFlaw : std::uint8_t {
  none,
  forgets_waiters,  ///< A woken waiter looks at the flag again, which set(); clear() has cleared.
  wakes_one,        ///< set() wakes one waiter.
};

template <EventFlaw flaw>
class MutantEvent {
 public:
  Task<bool> wait() {
    while (!is_set_) {
      const WakeUp wake_up = co_await Future(waiters_);
      if (wake_up.is_cancelled) throw CancelledError();
      if constexpr (flaw != EventFlaw::forgets_waiters) break;
    }
    co_return true;
  }
  void set() {
    is_set_ = true;
    for (auto* waiter = waiters_.front(); waiter != nullptr; waiter = waiter->next) {
      if (waiter->state != detail::WaiterState::pending) continue;
      detail::wake(*waiter);
      if constexpr (flaw == EventFlaw::wakes_one) return;
    }
  }
  void clear() { is_set_ = false; }

 private:
  bool is_set_ = false;
  detail::WaitQueue waiters_;
};

enum class ConditionFlaw : std::uint8_t {
  none,
  loses_notification,     ///< A waiter cancelled after its notification wakes nobody (gh-112202).
  swallows_cancellation,  ///< One that comes while it takes the lock again (bpo-32841).
};

template <ConditionFlaw flaw>
class MutantCondition {
 public:
  auto acquire() { return lock_.acquire(); }
  void release() { lock_.release(); }

  template <class Predicate>
  Task<bool> wait_for(const Predicate& predicate) {
    while (!predicate()) co_await wait();
    co_return true;
  }
  void notify() { wake_first_pending(waiters_); }
  void notify_all() {
    while (waiters_.first_pending() != nullptr) notify();
  }

 private:
  Task<> wait() {
    lock_.release();
    const WakeUp wake_up = co_await Future(waiters_);
    bool is_cancelled = wake_up.is_cancelled;
    for (bool has_lock = false; !has_lock;) {
      try {
        has_lock = co_await lock_.acquire();
      } catch (const CancelledError&) {
        if (flaw != ConditionFlaw::swallows_cancellation) is_cancelled = true;
      }
    }
    if (!is_cancelled) co_return;
    if (wake_up.was_woken && flaw != ConditionFlaw::loses_notification) notify();
    throw CancelledError();
  }

  Lock lock_;
  detail::WaitQueue waiters_;
};

}  // namespace coweave::test
