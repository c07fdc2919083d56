#pragma once

#include "actors.hpp"
#include "coweave/primitives.hpp"
#include "one_shot.hpp"

/// A09 (gh-90155): the first cure of A08. A flag says that a wake-up is on its way, and newcomers
/// wait while it is on; a waiter that is cancelled after its wake-up leaves it on. Bug depth 3: the
/// waiter queues before the release, and its cancellation comes after the release and before it
/// resumes. 3 tasks, 7 steps in production order; 90 schedules, 4 fail. Fixed: coweave::Semaphore
/// counts the reserved permit and gives it back.
namespace programs::semaphore_stuck {

class OldSemaphore {
 public:
  explicit OldSemaphore(int value) : value_(value, "permits") {}
  coweave::Task<> acquire() {
    while (is_wakeup_scheduled_.read() || value_.read() <= 0) {
      OneShot woken("permit");
      const QueuedSleeper queued(sleepers_, woken);
      try {
        co_await woken.wait();
        is_wakeup_scheduled_.write(false);
      } catch (const coweave::CancelledError&) {
        wake_next();  // If there is none, the flag stays on.
        throw;
      }
    }
    value_.update([](int& value) { --value; });
  }
  void release() {
    value_.update([](int& value) { ++value; });
    wake_next();
  }

 private:
  void wake_next() {
    if (pop_and_set(sleepers_)) is_wakeup_scheduled_.write(true);
  }
  coweave::Shared<int> value_;
  coweave::Shared<bool> is_wakeup_scheduled_{false, "scheduled"};
  Sleepers sleepers_;
};

template <class AnySemaphore>
coweave::Task<> hold(AnySemaphore& semaphore) {
  co_await semaphore.acquire();
  const ReleaseAtExit<AnySemaphore> held(semaphore);
  co_await io();
}

template <class AnySemaphore>
coweave::Task<> pass(AnySemaphore& semaphore) {
  co_await semaphore.acquire();
  semaphore.release();
}

template <class AnySemaphore>
coweave::Task<> cancel_and_pass(AnySemaphore& semaphore, coweave::TaskHandle<> waiter) {
  co_await io();
  waiter.cancel();
  co_await io();
  co_await semaphore.acquire();
  semaphore.release();
}

template <class AnySemaphore>
coweave::Task<> program() {
  AnySemaphore semaphore(1);
  const auto holder = coweave::spawn(hold(semaphore), "holder");
  const auto waiter = coweave::spawn(pass(semaphore), "waiter");
  const auto last = coweave::spawn(cancel_and_pass(semaphore, waiter), "K");
  co_await coweave::wait_all_tasks_blocked();
  co_await holder;
  co_await last;  // A deadlock if it sleeps while a permit is free.
}

template <class AnySemaphore>
coweave::Task<> pass_late(AnySemaphore& semaphore) {
  co_await io();
  co_await io();
  co_await semaphore.acquire();
  semaphore.release();
}

/// Without K's cancellation: for exploration that injects them.
template <class AnySemaphore>
coweave::Task<> uncancelled_program() {
  AnySemaphore semaphore(1);
  const Crew crew{coweave::spawn(hold(semaphore), "holder"),
                  coweave::spawn(pass(semaphore), "waiter"),
                  coweave::spawn(pass_late(semaphore), "K")};
  co_await crew.all_done();
}

inline coweave::Task<> buggy() { return program<OldSemaphore>(); }
inline coweave::Task<> fixed() { return program<coweave::Semaphore>(); }
inline coweave::Task<> buggy_uncancelled() { return uncancelled_program<OldSemaphore>(); }
inline coweave::Task<> fixed_uncancelled() { return uncancelled_program<coweave::Semaphore>(); }

}  // namespace programs::semaphore_stuck
