// Lock: what it does when nobody is cancelled. Statements are those of asyncio_semantics.md,
// section 2.

#include <type_traits>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

// Lock 1, 2, 9. CPython: test_release_no_waiters.
TEST(Lock, TellsWhetherItIsHeld) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    EXPECT_FALSE(lock.locked());
    co_await lock.acquire();
    EXPECT_TRUE(lock.locked());
    lock.release();
    EXPECT_FALSE(lock.locked());
  });
}

// Lock 2, 5, 9: neither an acquire of a free lock nor a release lets another task run.
TEST(Lock, IsTakenAndReleasedWithoutSuspending) {
  static_assert(std::is_void_v<decltype(std::declval<Lock&>().release())>);
  expect_no_suspension([]() -> Task<> {
    Lock lock;
    bool other_has_run = false;
    const TaskHandle<> other = spawn(mark(other_has_run));
    for (int round = 0; round < 2; ++round) {
      EXPECT_TRUE(co_await lock.acquire());
      EXPECT_TRUE(lock.locked());
      lock.release();
    }
    if (detail::context.await_points == AwaitPoints::suspending) {
      EXPECT_FALSE(other_has_run);
    }
    co_await other;
  });
}

Task<> enter(Lock& lock, int& inside) {
  co_await lock.acquire();
  EXPECT_EQ(++inside, 1);
  co_await yield();
  --inside;
  lock.release();
}

// Lock 3. Two tasks, suspending: by symmetry twice the schedules in which A starts first. A is then
// inside, and B starts either before A goes on (and waits) or after A has left: 2 * 2 = 4. Under
// `every` A has one step more, so B starts after the 1st, 2nd or 3rd of A: 2 * 3 = 6.
TEST(Lock, LetsOneOfTwoTasksIn) {
  expect_schedules(4, 6, []() -> Task<> {
    Lock lock;
    int inside = 0;
    co_await gather(enter(lock, inside), enter(lock, inside));
  });
}

// Lock 3. Three tasks, suspending: three times the schedules in which A starts first. B and C both
// start before A leaves: 2 orders, the rest is forced. One of them (2) does, and the other starts
// before the woken one enters, while it is inside, or after it has left (3): 6. None does: the two
// play the game for two: 4. 3 * (2 + 6 + 4) = 36. Under `every` a task that finds the lock free has
// one step more: A has two points (after its first, its second step) at which to be interrupted.
// Both start before A leaves: in the order BC or CB, each at one of 2 points, not going back:
// 2 * 3 = 6. One does (2), at 2 points; a woken one has no extra step, so 3 for the other: 12.
// None:
// 6. 3 * (6 + 12 + 6) = 72.
TEST(Lock, LetsOneOfThreeTasksIn) {
  expect_schedules(36, 72, []() -> Task<> {
    Lock lock;
    int inside = 0;
    co_await gather(enter(lock, inside), enter(lock, inside), enter(lock, inside));
  });
}

// Lock 5, 6, 7, 11. CPython: test_acquire.
TEST(Lock, WakesWaitersInOrderOfArrival) {
  expect_passes_in_production_order([]() -> Task<> {
    Lock lock;
    Order order;
    EXPECT_TRUE(co_await lock.acquire());
    const TaskHandle<bool> first = spawn(acquire_and_note(lock, order, 1));
    const TaskHandle<bool> second = spawn(acquire_and_note(lock, order, 2));
    co_await yield();
    EXPECT_EQ(order, Order{});
    lock.release();
    co_await yield();
    EXPECT_EQ(order, (Order{1}));
    co_await yield();
    EXPECT_EQ(order, (Order{1}));
    const TaskHandle<bool> third = spawn(acquire_and_note(lock, order, 3));
    lock.release();
    co_await yield();
    EXPECT_EQ(order, (Order{1, 2}));
    lock.release();
    co_await yield();
    EXPECT_EQ(order, (Order{1, 2, 3}));
    EXPECT_TRUE(co_await first);
    EXPECT_TRUE(co_await second);
    EXPECT_TRUE(co_await third);
    lock.release();
  });
}

// Lock 6, 7: the same under every schedule, one arrival after the other.
TEST(Lock, WakesOneWaiterForEachRelease) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    Order order;
    co_await lock.acquire();
    for (int id = 1; id <= 3; ++id) {
      spawn(acquire_and_note(lock, order, id));
      co_await wait_all_tasks_blocked();
    }
    Order expected;
    for (int id = 1; id <= 3; ++id) {
      lock.release();
      co_await wait_all_tasks_blocked();
      expected.push_back(id);
      EXPECT_EQ(order, expected);
      EXPECT_TRUE(lock.locked());
    }
    lock.release();
  });
}

Task<> pass_through(Lock& lock, Order& order, int id) {
  co_await lock.acquire();
  order.push_back(id);
  lock.release();
}

// Lock 3: newcomers that come while the lock is free and the woken waiter has not resumed. The body
// acquires in the step of the release, so the third cannot start before it.
TEST(Lock, LetsNobodyOvertakeAWokenWaiter) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    Order order;
    co_await lock.acquire();
    const TaskHandle<> first = spawn(pass_through(lock, order, 1));
    co_await wait_all_tasks_blocked();
    const TaskHandle<> third = spawn(pass_through(lock, order, 3));
    lock.release();
    EXPECT_FALSE(lock.locked());
    co_await pass_through(lock, order, 2);
    co_await first;
    co_await third;
    EXPECT_EQ(order, (Order{1, 2, 3}));
  });
}

Task<> acquire_then_release(Lock& lock) {
  co_await lock.acquire();
  co_await yield();
  lock.release();
}

// Lock 8: not a hand-off.
TEST(Lock, IsFreeBetweenTheReleaseAndTheResumeOfTheWokenWaiter) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    co_await lock.acquire();
    const TaskHandle<> waiter = spawn(acquire_then_release(lock));
    co_await wait_all_tasks_blocked();
    lock.release();
    EXPECT_FALSE(lock.locked());
    EXPECT_TRUE(is_misuse([&] { lock.release(); }));
    EXPECT_FALSE(lock.locked());
    co_await waiter;
  });
}

// Lock 9: a release with a waiter goes on in its step.
TEST(Lock, ReleasesWithoutSuspending) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    Order order;
    co_await lock.acquire();
    const TaskHandle<bool> waiter = spawn(acquire_and_note(lock, order, 1));
    co_await wait_all_tasks_blocked();
    lock.release();
    EXPECT_EQ(order, Order{});
    co_await waiter;
    EXPECT_EQ(order, (Order{1}));
    lock.release();
  });
}

// Lock 10. CPython: test_release_not_acquired.
TEST(Lock, RejectsTheReleaseOfAFreeLock) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    EXPECT_TRUE(is_misuse([&] { lock.release(); }));
    co_await lock.acquire();
    lock.release();
    EXPECT_TRUE(is_misuse([&] { lock.release(); }));
    EXPECT_FALSE(lock.locked());
  });
}

Task<> release(Lock& lock) {
  lock.release();
  co_return;
}

// Lock 11.
TEST(Lock, MayBeReleasedByAnyTask) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    co_await lock.acquire();
    const TaskHandle<> other = spawn(release(lock));
    co_await lock.acquire();
    EXPECT_TRUE(lock.locked());
    co_await other;
    lock.release();
  });
}

// Lock 12.
TEST(Lock, IsNotReentrant) {
  for (const AwaitPoints points : {AwaitPoints::suspending, AwaitPoints::every}) {
    const Report report = explore(
        []() -> Task<> {
          Lock lock("db");
          co_await lock.acquire();
          co_await lock.acquire();
        },
        exhaustively(points));
    EXPECT_THAT(report, FailsWith(FailureKind::deadlock, "nothing is ready and 1 task waits"));
  }
}

// Lock 16. CPython: test_context_manager, test_pep492 test_context_manager_async_with.
TEST(Lock, IsHeldWithinTheScopeOfItsGuard) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    {
      const LockGuard guard = co_await lock.scoped();
      EXPECT_TRUE(lock.locked());
      co_await yield();
      EXPECT_TRUE(lock.locked());
    }
    EXPECT_FALSE(lock.locked());
  });
}

Task<> throw_inside(Lock& lock) {
  const LockGuard guard = co_await lock.scoped();
  co_await yield();
  throw 1;
}

Task<> wait_inside(Lock& lock, Event& event) {
  const LockGuard guard = co_await lock.scoped();
  co_await event.wait();
}

Task<> return_inside(Lock& lock) {
  const LockGuard guard = co_await lock.scoped();
  co_return;
}

// Lock 16: every exit path.
TEST(Lock, IsReleasedByItsGuardOnEveryExit) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    Event event;
    bool has_thrown = false;
    try {
      co_await throw_inside(lock);
    } catch (int) {
      has_thrown = true;
    }
    EXPECT_TRUE(has_thrown);
    EXPECT_FALSE(lock.locked());

    co_await return_inside(lock);
    EXPECT_FALSE(lock.locked());

    const TaskHandle<> cancelled = spawn(wait_inside(lock, event));
    co_await wait_all_tasks_blocked();
    EXPECT_TRUE(lock.locked());
    cancelled.cancel();
    EXPECT_EQ(co_await ending_of(cancelled), Ending::cancelled);
    EXPECT_FALSE(lock.locked());
  });
}

// Lock 3, 16: guards exclude each other as acquire() does; the counts are those of
// LetsOneOfTwoTasksIn.
Task<> enter_scoped(Lock& lock, int& inside) {
  const LockGuard guard = co_await lock.scoped();
  EXPECT_EQ(++inside, 1);
  co_await yield();
  --inside;
}

TEST(Lock, LetsOneGuardIn) {
  expect_schedules(4, 6, []() -> Task<> {
    Lock lock;
    int inside = 0;
    co_await gather(enter_scoped(lock, inside), enter_scoped(lock, inside));
  });
}

}  // namespace
}  // namespace coweave::test
