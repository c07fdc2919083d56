#pragma once

#include <memory>

#include "actors.hpp"
#include "coweave/primitives.hpp"
#include "one_shot.hpp"

/// A10 (gh-112202): a condition whose waiter, cancelled after it was notified and before it has the
/// lock again, takes the notification with it: an item is there, and the other consumer sleeps.
/// Bug depth 4: both consumers wait before the notification, the first being first, and the first
/// is cancelled after it and before it resumes. 4 tasks, 6 steps in production order; 133
/// schedules, 4 fail. Fixed: coweave::Condition passes the notification on. Consumers are daemons,
/// one of which has nothing to do in the end; they share the state.
namespace programs::lost_notification {

class OldCondition {
 public:
  auto acquire(coweave::Place place = coweave::Place::current()) { return lock_.acquire(place); }
  void release() { lock_.release(); }

  coweave::Task<> wait() {
    bool is_cancelled = false;
    lock_.release();
    {
      OneShot notified("notified");
      const QueuedSleeper queued(sleepers_, notified);
      try {
        co_await notified.wait();
      } catch (const coweave::CancelledError&) {
        is_cancelled = true;
      }
    }
    for (bool has_lock = false; !has_lock;) {
      try {
        has_lock = co_await lock_.acquire();
      } catch (const coweave::CancelledError&) {
        is_cancelled = true;
      }
    }
    if (is_cancelled) throw coweave::CancelledError();  // And the notification is gone.
  }
  void notify() { set_first(sleepers_); }

 private:
  coweave::Lock lock_{"items"};
  Sleepers sleepers_;
};

template <class AnyCondition>
struct State {
  AnyCondition changed;
  int items = 0;
};

template <class AnyCondition>
coweave::Task<> consume(std::shared_ptr<State<AnyCondition>> state) {
  co_await state->changed.acquire();
  const ReleaseAtExit<AnyCondition> held(state->changed);
  while (state->items == 0) co_await state->changed.wait();
  --state->items;
}

template <class AnyCondition>
coweave::Task<> produce(std::shared_ptr<State<AnyCondition>> state) {
  co_await state->changed.acquire();
  const ReleaseAtExit<AnyCondition> held(state->changed);
  ++state->items;
  state->changed.notify();
}

template <class AnyCondition>
coweave::Task<> program(bool has_canceller) {
  const auto state = std::make_shared<State<AnyCondition>>();
  const auto first = coweave::spawn_daemon(consume(state), "first consumer");
  const auto second = coweave::spawn_daemon(consume(state), "second consumer");
  coweave::spawn(produce(state), "producer");
  if (has_canceller) coweave::spawn(cancel_after_io(first), "K");
  co_await coweave::wait_all_tasks_blocked();
  coweave::check(state->items == 0 || (first.done() && second.done()),
                 "a consumer sleeps while there is an item");
}

inline coweave::Task<> buggy() { return program<OldCondition>(true); }
inline coweave::Task<> fixed() { return program<coweave::Condition>(true); }
inline coweave::Task<> buggy_uncancelled() { return program<OldCondition>(false); }
inline coweave::Task<> fixed_uncancelled() { return program<coweave::Condition>(false); }

}  // namespace programs::lost_notification
