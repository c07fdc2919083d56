// Lock: cancelled waiters. Statements are those of asyncio_semantics.md, section 2.

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

// Lock 13. CPython: test_acquire_cancel.
TEST(Lock, LosesACancelledWaiterAndNothingElse) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    EXPECT_TRUE(co_await lock.acquire());
    const TaskHandle<bool> waiter = spawn(acquire(lock));
    co_await wait_all_tasks_blocked();
    waiter.cancel();
    EXPECT_EQ(co_await ending_of(waiter), Ending::cancelled);
    EXPECT_TRUE(lock.locked());
    lock.release();
    EXPECT_FALSE(lock.locked());
  });  // Nobody is left in the queue, or the destruction of the lock would be misuse.
}

Task<> hold_until(Lock& lock, Event& event) {
  co_await lock.acquire();
  co_await event.wait();
  lock.release();
}

Task<> hold(Lock& lock) {
  co_await lock.acquire();
  lock.release();
}

// Lock 8, 13. CPython: test_cancel_race. A holds, B and C wait; B is cancelled and A told to
// release in one step.
TEST(Lock, IsFreeAfterTheTickOfACancellationAndARelease) {
  expect_passes_in_production_order([]() -> Task<> {
    Lock lock;
    Event event;
    const TaskHandle<> a = spawn(hold_until(lock, event));
    co_await yield();
    EXPECT_TRUE(lock.locked());
    const TaskHandle<> b = spawn(hold(lock));
    const TaskHandle<> c = spawn(hold(lock));
    co_await yield();
    b.cancel();
    event.set();
    co_await yield();
    EXPECT_FALSE(lock.locked());
    EXPECT_TRUE(a.done());
    EXPECT_TRUE(b.cancelled());
    EXPECT_FALSE(c.done());
    co_await c;
  });
}

// Lock 13, 14: the same under every schedule.
TEST(Lock, ReachesTheNextWaiterWhateverBecomesOfTheFirst) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    Event event;
    const TaskHandle<> a = spawn(hold_until(lock, event));
    co_await wait_all_tasks_blocked();
    const TaskHandle<> b = spawn(hold(lock));
    co_await wait_all_tasks_blocked();
    const TaskHandle<> c = spawn(hold(lock));
    co_await wait_all_tasks_blocked();
    event.set();
    b.cancel();
    EXPECT_EQ(co_await ending_of(b), Ending::cancelled);
    co_await c;
    co_await a;
    EXPECT_FALSE(lock.locked());
  });
}

// Lock 6, 7, 14. CPython: test_cancel_release_race. The head is cancelled and the lock released in
// one step, two more wait: exactly one gets it.
TEST(Lock, IsGrantedOnceWhenTheHeadIsCancelledAtTheRelease) {
  expect_passes_in_production_order([]() -> Task<> {
    Lock lock;
    Order order;
    co_await lock.acquire();
    const TaskHandle<bool> head = spawn(acquire_and_note(lock, order, 1));
    const TaskHandle<bool> second = spawn(acquire_and_note(lock, order, 2));
    const TaskHandle<bool> third = spawn(acquire_and_note(lock, order, 3));
    co_await yield();
    head.cancel();
    lock.release();
    co_await wait_all_tasks_blocked();
    EXPECT_TRUE(head.cancelled());
    EXPECT_EQ(order, (Order{2}));
    EXPECT_TRUE(lock.locked());
    lock.release();
    EXPECT_TRUE(co_await second);
    EXPECT_TRUE(co_await third);
    EXPECT_EQ(order, (Order{2, 3}));
    lock.release();
  });
}

/// Three wait, `cancelled` of them (bits, the head is bit 0) are cancelled before or after the
/// release.
Task<> cancel_some_around_a_release(unsigned cancelled, bool cancels_first) {
  Lock lock;
  Order order;
  co_await lock.acquire();
  std::vector<TaskHandle<bool>> waiters;
  for (int id = 0; id < 3; ++id) {
    waiters.push_back(spawn(acquire_and_note(lock, order, id)));
    co_await wait_all_tasks_blocked();
  }
  if (!cancels_first) lock.release();
  for (unsigned id = 0; id < 3; ++id)
    if ((cancelled >> id & 1U) != 0) waiters[id].cancel();
  if (cancels_first) lock.release();
  Order expected;
  for (unsigned id = 0; id < 3; ++id) {
    if ((cancelled >> id & 1U) != 0) continue;
    co_await wait_all_tasks_blocked();
    expected.push_back(static_cast<int>(id));
    EXPECT_EQ(order, expected);
    EXPECT_TRUE(lock.locked());
    lock.release();
  }
  co_await wait_all_tasks_blocked();
  EXPECT_EQ(order, expected);
  EXPECT_FALSE(lock.locked());
}

// Lock 14, 15: one waiter at a time, in order, whoever of three is cancelled, before the release or
// after it.
TEST(Lock, PassesTheWakeUpOfCancelledWaitersOn) {
  expect_passes_exhaustively([]() -> Task<> {
    const unsigned cancelled = choose(8);
    co_await cancel_some_around_a_release(cancelled, choose(2) == 0);
  });
}

// Lock 4. CPython: test_finished_waiter_cancelled.
TEST(Lock, IsTakenByATaskThatComesBetweenACancellationAndItsDelivery) {
  expect_passes_in_production_order([]() -> Task<> {
    Lock lock;
    const TaskHandle<bool> a = spawn(acquire(lock));
    co_await yield();
    EXPECT_TRUE(lock.locked());
    const TaskHandle<bool> b = spawn(acquire(lock));
    co_await yield();
    const TaskHandle<bool> c = spawn(acquire(lock));
    b.cancel();
    lock.release();
    co_await yield();
    EXPECT_TRUE(lock.locked());
    EXPECT_TRUE(b.cancelled());
    EXPECT_TRUE(co_await c);
    EXPECT_TRUE(co_await a);
    lock.release();
  });
}

// Lock 2, 4: the same without a suspension, under every schedule.
TEST(Lock, IgnoresCancelledWaitersThatAreStillQueued) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    co_await lock.acquire();
    const TaskHandle<bool> waiter = spawn(acquire(lock));
    co_await wait_all_tasks_blocked();
    waiter.cancel();
    lock.release();
    co_await lock.acquire();
    if (detail::context.await_points == AwaitPoints::suspending) {
      EXPECT_FALSE(waiter.done());
    }
    EXPECT_EQ(co_await ending_of(waiter), Ending::cancelled);
    EXPECT_TRUE(lock.locked());
    lock.release();
  });
}

// Lock 15.
TEST(Lock, IsNotTakenByAWokenWaiterThatIsCancelled) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    co_await lock.acquire();
    const TaskHandle<bool> waiter = spawn(acquire(lock));
    co_await wait_all_tasks_blocked();
    lock.release();
    waiter.cancel();
    EXPECT_EQ(co_await ending_of(waiter), Ending::cancelled);
    EXPECT_FALSE(lock.locked());
  });
}

// Lock 2, 15, under AwaitPoints::every and ::operations: an acquire that succeeded at once and is
// then cancelled undoes itself and wakes the next (see "Under the other modes" in
// asyncio_semantics.md).
TEST(Lock, IsGivenBackByACancelledAcquireThatSucceededAtOnce) {
  for (const AwaitPoints points : {AwaitPoints::operations, AwaitPoints::every}) {
    const Report report = explore(
        []() -> Task<> {
          Lock lock;
          const TaskHandle<bool> taker = spawn(acquire(lock));
          const TaskHandle<bool> next = spawn(acquire(lock));
          co_await yield();
          taker.cancel();
          const Ending ending = co_await ending_of(taker);
          if (ending == Ending::value) lock.release();
          EXPECT_TRUE(co_await next);
          EXPECT_TRUE(lock.locked());
          lock.release();
        },
        exhaustively(points));
    EXPECT_THAT(report, PassesExhaustively());
  }
}

// Lock 16: a scope that is cancelled while it waits to be entered has nothing to release.
Task<> hold_scoped(Lock& lock) { const LockGuard guard = co_await lock.scoped(); }

TEST(Lock, IsNotReleasedByAScopeThatWasNeverEntered) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    co_await lock.acquire();
    const TaskHandle<> waiter = spawn(hold_scoped(lock));
    co_await wait_all_tasks_blocked();
    waiter.cancel();
    EXPECT_EQ(co_await ending_of(waiter), Ending::cancelled);
    EXPECT_TRUE(lock.locked());
    lock.release();
  });
}

}  // namespace
}  // namespace coweave::test
