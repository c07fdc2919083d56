#pragma once

#include "actors.hpp"
#include "coweave/primitives.hpp"
#include "one_shot.hpp"

/// A07 (bpo-32734): the first cure of A06. A cancelled waiter wakes the first sleeper that is not
/// done, and so does a release: two sleepers are woken for one free lock, and both enter.
/// Bug depth 4: W1 and W2 queue and A releases before the cancelled W0 resumes, and that comes
/// before the woken W1 resumes. 5 tasks, 12 steps in production order; 47,448 schedules, 1,992
/// fail. Fixed: coweave::Lock, which looks at the head of the queue only.
namespace programs::lock_granted_twice {

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
    try {
      co_await woken.wait();
    } catch (const coweave::CancelledError&) {
      if (!is_locked_) set_first(sleepers_);  // A release may have set another one already.
      throw;
    }
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
coweave::Task<> enter(AnyLock& lock, int& inside) {
  co_await lock.acquire();
  const ReleaseAtExit<AnyLock> held(lock);
  const Inside counted(inside, 1);
  co_await io();
}

template <class AnyLock>
coweave::Task<> program() {
  AnyLock lock;
  int inside = 0;
  const auto holder = coweave::spawn(enter(lock, inside), "A");
  const auto cancelled = coweave::spawn(enter(lock, inside), "W0");
  const auto second = coweave::spawn(enter(lock, inside), "W1");
  const auto third = coweave::spawn(enter(lock, inside), "W2");
  coweave::spawn(cancel_after_io(cancelled), "K");
  co_await coweave::wait_all_tasks_blocked();
  co_await holder;
  co_await second;
  co_await third;
}

/// Without K: for exploration that injects cancellations.
template <class AnyLock>
coweave::Task<> uncancelled_program() {
  AnyLock lock;
  int inside = 0;
  const Crew crew{
      coweave::spawn(enter(lock, inside), "A"), coweave::spawn(enter(lock, inside), "W0"),
      coweave::spawn(enter(lock, inside), "W1"), coweave::spawn(enter(lock, inside), "W2")};
  co_await crew.all_done();
}

inline coweave::Task<> buggy() { return program<OldLock>(); }
inline coweave::Task<> fixed() { return program<coweave::Lock>(); }
inline coweave::Task<> buggy_uncancelled() { return uncancelled_program<OldLock>(); }
inline coweave::Task<> fixed_uncancelled() { return uncancelled_program<coweave::Lock>(); }

}  // namespace programs::lock_granted_twice
