#pragma once

#include "actors.hpp"
#include "coweave/primitives.hpp"
#include "one_shot.hpp"

/// A06 (bpo-27585): a lock whose waiter, cancelled after it was woken, leaves without waking the
/// next: the lock is free, and a task sleeps in acquire for ever. Bug depth 3: the release wakes W0
/// before K cancels it, K cancels before W0 resumes, W1 has queued before W0 leaves. 4 tasks, 7
/// steps in production order (which fails, so W1 has one step); 1,534 schedules, 28 fail. Fixed:
/// coweave::Lock, 1,506 schedules.
namespace programs::lost_lock_wakeup {

class OldLock {
 public:
  coweave::Task<> acquire() {
    const bool all_cancelled =
        std::all_of(sleepers_.begin(), sleepers_.end(),
                    [](const OneShot* sleeper) { return sleeper->cancelled(); });
    if (!is_locked_ && all_cancelled) {
      is_locked_ = true;
      co_return;
    }
    OneShot woken("the lock is free");
    const QueuedSleeper queued(sleepers_, woken);
    co_await woken.wait();  // Cancelled, it wakes nobody.
    is_locked_ = true;
  }
  void release() {
    is_locked_ = false;
    set_first(sleepers_);
  }

 private:
  bool is_locked_ = false;
  Sleepers sleepers_;
};

template <class AnyLock>
coweave::Task<> hold(AnyLock& lock) {
  co_await lock.acquire();
  const ReleaseAtExit<AnyLock> held(lock);
  co_await io();
}

template <class AnyLock>
coweave::Task<> program() {
  AnyLock lock;
  const auto holder = coweave::spawn(hold(lock), "A");
  const auto first = coweave::spawn(hold(lock), "W0");
  const auto second = coweave::spawn(hold(lock), "W1");
  coweave::spawn(cancel_after_io(first), "K");
  co_await coweave::wait_all_tasks_blocked();
  co_await holder;
  co_await second;  // A deadlock if it sleeps.
}

/// Without K: for exploration that injects cancellations.
template <class AnyLock>
coweave::Task<> uncancelled_program() {
  AnyLock lock;
  const Crew crew{coweave::spawn(hold(lock), "A"), coweave::spawn(hold(lock), "W0"),
                  coweave::spawn(hold(lock), "W1")};
  co_await crew.all_done();
}

inline coweave::Task<> buggy() { return program<OldLock>(); }
inline coweave::Task<> fixed() { return program<coweave::Lock>(); }
inline coweave::Task<> buggy_uncancelled() { return uncancelled_program<OldLock>(); }
inline coweave::Task<> fixed_uncancelled() { return uncancelled_program<coweave::Lock>(); }

}  // namespace programs::lost_lock_wakeup
