// Semaphore: cancelled waiters. Statements are those of asyncio_semantics.md, section 5.

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

Task<> hold_scoped(Semaphore& semaphore) {
  const SemaphoreGuard guard = co_await semaphore.scoped();
}

// Semaphore 11. CPython: test_acquire_cancel.
TEST(Semaphore, LosesACancelledWaiterAndNothingElse) {
  expect_passes_exhaustively([]() -> Task<> {
    Semaphore semaphore(1);
    co_await semaphore.acquire();
    const TaskHandle<bool> waiter = spawn(acquire(semaphore));
    co_await wait_all_tasks_blocked();
    waiter.cancel();
    EXPECT_EQ(co_await ending_of(waiter), Ending::cancelled);
    EXPECT_EQ(semaphore.value(), 0);
    semaphore.release();
    EXPECT_EQ(semaphore.value(), 1);
    EXPECT_FALSE(semaphore.locked());
  });  // Nobody is left in the queue, or the destruction of the semaphore would be misuse.
}

// Semaphore 5, 7, 11. CPython: test_acquire_cancel_before_awoken.
TEST(Semaphore, PassesOverWaitersThatWereCancelledBeforeTheRelease) {
  expect_passes_in_production_order([]() -> Task<> {
    Semaphore semaphore(0);
    std::vector<TaskHandle<bool>> waiters;
    for (int i = 0; i < 4; ++i) waiters.push_back(spawn(acquire(semaphore)));
    co_await yield();
    waiters[0].cancel();
    waiters[1].cancel();
    semaphore.release();
    co_await yield();
    EXPECT_TRUE(waiters[0].cancelled());
    EXPECT_TRUE(waiters[1].cancelled());
    EXPECT_TRUE(waiters[2].done());
    EXPECT_FALSE(waiters[3].done());
    waiters[3].cancel();
    EXPECT_EQ(co_await ending_of(waiters[3]), Ending::cancelled);
  });
}

// Semaphore 11. CPython: test_acquire_hang.
TEST(Semaphore, ReachesTheSecondWhenTheHeadIsCancelled) {
  expect_passes_in_production_order([]() -> Task<> {
    Semaphore semaphore(0);
    const TaskHandle<bool> head = spawn(acquire(semaphore));
    const TaskHandle<bool> second = spawn(acquire(semaphore));
    co_await yield();
    head.cancel();
    semaphore.release();
    co_await yield();
    EXPECT_TRUE(semaphore.locked());
    EXPECT_TRUE(second.done());
    EXPECT_TRUE(head.cancelled());
  });
}

// Semaphore 12. CPython: test_acquire_no_hang. The woken waiter is cancelled, and the only one: a
// later acquire succeeds all the same.
TEST(Semaphore, HasThePermitOfAWokenWaiterThatWasCancelled) {
  expect_passes_in_production_order([]() -> Task<> {
    Semaphore semaphore(1);
    const TaskHandle<> a = spawn(hold_scoped(semaphore));
    co_await a;
    co_await semaphore.acquire();
    const TaskHandle<bool> waiter = spawn(acquire(semaphore));
    co_await yield();
    semaphore.release();
    waiter.cancel();
    EXPECT_EQ(co_await ending_of(waiter), Ending::cancelled);
    EXPECT_EQ(semaphore.value(), 1);
    EXPECT_TRUE(co_await semaphore.acquire());
  });
}

// Semaphore 12, 13: the same under every schedule, and the next in the queue gets the permit.
TEST(Semaphore, PassesThePermitOfACancelledWaiterOn) {
  expect_passes_exhaustively([]() -> Task<> {
    Semaphore semaphore(0);
    const TaskHandle<bool> first = spawn(acquire(semaphore));
    co_await wait_all_tasks_blocked();
    const TaskHandle<bool> second = spawn(acquire(semaphore));
    co_await wait_all_tasks_blocked();
    semaphore.release();
    EXPECT_EQ(semaphore.value(), 0);
    first.cancel();
    EXPECT_EQ(co_await ending_of(first), Ending::cancelled);
    EXPECT_TRUE(co_await second);
    EXPECT_EQ(semaphore.value(), 0);
    semaphore.release();
    EXPECT_EQ(semaphore.value(), 1);
  });
}

// Semaphore 5, 11. CPython: test_acquire_fifo_order_3.
TEST(Semaphore, KeepsTheOrderOfTheOthersWhenTheHeadIsCancelled) {
  expect_passes_in_production_order([]() -> Task<> {
    Semaphore semaphore(0);
    Order order;
    const TaskHandle<bool> head = spawn(acquire_and_note(semaphore, order, 1));
    const TaskHandle<bool> second = spawn(acquire_and_note(semaphore, order, 2));
    const TaskHandle<bool> third = spawn(acquire_and_note(semaphore, order, 3));
    co_await yield();
    head.cancel();
    co_await yield();
    semaphore.release();
    semaphore.release();
    EXPECT_TRUE(co_await second);
    EXPECT_TRUE(co_await third);
    EXPECT_TRUE(head.cancelled());
    EXPECT_EQ(order, (Order{2, 3}));
  });
}

// Semaphore 4: a newcomer takes a permit without suspending although cancelled waiters are queued.
TEST(Semaphore, IgnoresCancelledWaitersThatAreStillQueued) {
  expect_passes_exhaustively([]() -> Task<> {
    Semaphore semaphore(0);
    const TaskHandle<bool> waiter = spawn(acquire(semaphore));
    co_await wait_all_tasks_blocked();
    waiter.cancel();
    semaphore.release();
    EXPECT_FALSE(semaphore.locked());
    co_await semaphore.acquire();
    if (detail::context.await_points == AwaitPoints::suspending) {
      EXPECT_FALSE(waiter.done());
    }
    EXPECT_EQ(co_await ending_of(waiter), Ending::cancelled);
    EXPECT_EQ(semaphore.value(), 0);
  });
}

/// Three wait, `cancelled` of them (bits, the head is bit 0) are cancelled before or after two
/// releases.
Task<> cancel_some_around_two_releases(unsigned cancelled, bool cancels_first) {
  Semaphore semaphore(0);
  std::vector<TaskHandle<bool>> waiters;
  for (int i = 0; i < 3; ++i) {
    waiters.push_back(spawn(acquire(semaphore)));
    co_await wait_all_tasks_blocked();
  }
  if (!cancels_first) semaphore.release();
  if (!cancels_first) semaphore.release();
  for (unsigned id = 0; id < 3; ++id)
    if ((cancelled >> id & 1U) != 0) waiters[id].cancel();
  if (cancels_first) semaphore.release();
  if (cancels_first) semaphore.release();
  co_await wait_all_tasks_blocked();
  int permits = 2;
  for (unsigned id = 0; id < 3; ++id) {
    const bool is_cancelled = (cancelled >> id & 1U) != 0;
    EXPECT_EQ(waiters[id].cancelled(), is_cancelled);
    if (is_cancelled) continue;
    EXPECT_EQ(waiters[id].done(), permits > 0) << "waiter " << id;
    if (permits > 0) --permits;
  }
  EXPECT_EQ(semaphore.value(), permits);
  semaphore.release();  // For the one that may be left.
  co_await wait_all_tasks_blocked();
}

// Semaphore 5, 11, 12, 13: two permits go to the first two that are not cancelled, whoever of three
// is.
TEST(Semaphore, ConservesPermitsWhoeverIsCancelled) {
  expect_passes_exhaustively([]() -> Task<> {
    const unsigned cancelled = choose(8);
    co_await cancel_some_around_two_releases(cancelled, choose(2) == 0);
  });
}

// Semaphore 2, 12, under AwaitPoints::every and ::operations: an acquire that succeeded at once and
// is then cancelled undoes itself and wakes the next (see "Under the other modes" in
// asyncio_semantics.md).
TEST(Semaphore, GetsThePermitBackOfACancelledAcquireThatSucceededAtOnce) {
  for (const AwaitPoints points : {AwaitPoints::operations, AwaitPoints::every}) {
    const Report report = explore(
        []() -> Task<> {
          Semaphore semaphore(1);
          const TaskHandle<bool> taker = spawn(acquire(semaphore));
          const TaskHandle<bool> next = spawn(acquire(semaphore));
          co_await yield();
          taker.cancel();
          const Ending ending = co_await ending_of(taker);
          if (ending == Ending::value) semaphore.release();
          EXPECT_TRUE(co_await next);
          EXPECT_EQ(semaphore.value(), 0);
        },
        exhaustively(points));
    EXPECT_THAT(report, PassesExhaustively());
  }
}

// BoundedSemaphore 15: permits that come back by cancellation are within the bound.
TEST(BoundedSemaphore, StaysWithinItsBoundWhenAWokenWaiterIsCancelled) {
  expect_passes_exhaustively([]() -> Task<> {
    BoundedSemaphore semaphore(1);
    co_await semaphore.acquire();
    const TaskHandle<bool> waiter = spawn(acquire(semaphore));
    co_await wait_all_tasks_blocked();
    semaphore.release();
    waiter.cancel();
    EXPECT_EQ(co_await ending_of(waiter), Ending::cancelled);
    EXPECT_EQ(semaphore.value(), 1);
    EXPECT_TRUE(is_misuse([&] { semaphore.release(); }));
  });
}

}  // namespace
}  // namespace coweave::test
