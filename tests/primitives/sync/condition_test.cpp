// Condition: waiting and notifying, when nobody is cancelled. Statements are those of
// asyncio_semantics.md, section 4.

#include <algorithm>
#include <limits>
#include <type_traits>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

/// Ends with the lock held, as the tests of CPython do.
Task<bool> wait_and_note(Condition& condition, Order& order, int id) {
  co_await condition.acquire();
  const bool result = co_await condition.wait();
  order.push_back(id);
  co_return result;
}

Task<> wait_note_and_release(Condition& condition, Order& order, int id) {
  const LockGuard guard = co_await condition.scoped();
  EXPECT_TRUE(co_await condition.wait());
  EXPECT_TRUE(condition.locked());
  order.push_back(id);
}

// Condition 4, 5, 7, 11, 13. CPython: test_wait.
TEST(Condition, LetsNotifiedWaitersGoOnOneByOneAsTheLockIsReleased) {
  expect_passes_in_production_order([]() -> Task<> {
    Condition condition;
    Order order;
    std::vector<TaskHandle<bool>> waiters;
    for (int id = 1; id <= 3; ++id) waiters.push_back(spawn(wait_and_note(condition, order, id)));
    co_await yield();
    EXPECT_EQ(order, Order{});
    EXPECT_FALSE(condition.locked());
    EXPECT_TRUE(co_await condition.acquire());
    condition.notify();
    co_await yield();
    EXPECT_EQ(order, Order{});
    EXPECT_TRUE(condition.locked());
    condition.release();
    co_await yield();
    EXPECT_EQ(order, (Order{1}));
    EXPECT_TRUE(condition.locked());
    condition.notify(2);
    co_await yield();
    EXPECT_EQ(order, (Order{1}));
    EXPECT_TRUE(condition.locked());
    condition.release();
    co_await yield();
    EXPECT_EQ(order, (Order{1, 2}));
    EXPECT_TRUE(condition.locked());
    condition.release();
    co_await yield();
    EXPECT_EQ(order, (Order{1, 2, 3}));
    EXPECT_TRUE(condition.locked());
    for (const TaskHandle<bool>& waiter : waiters) EXPECT_TRUE(co_await waiter);
    condition.release();
  });
}

// Condition 3. CPython: test_wait_unacquired.
TEST(Condition, RejectsAWaitWithoutTheLock) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    EXPECT_TRUE(co_await throws_misuse(condition.wait()));
    EXPECT_FALSE(condition.locked());
  });
}

// Condition 3: that somebody holds the lock is enough. The wait then releases that one's lock.
TEST(Condition, AcceptsAWaitWhileAnotherTaskHoldsTheLock) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    EXPECT_TRUE(co_await spawn(acquire(condition)));
    const TaskHandle<> notifier = spawn([](Condition& notified) -> Task<> {
      const LockGuard guard = co_await notified.scoped();
      notified.notify();
    }(condition));
    EXPECT_TRUE(co_await condition.wait());
    EXPECT_TRUE(condition.locked());
    condition.release();
    co_await notifier;
  });
}

// Condition 6. CPython: test_notify_unacquired, test_notify_all_unacquired.
TEST(Condition, RejectsANotificationWithoutTheLock) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    EXPECT_TRUE(is_misuse([&] { condition.notify(); }));
    EXPECT_TRUE(is_misuse([&] { condition.notify_all(); }));
    co_return;
  });
}

// Condition 7, 8, 9, 10, 11, 13. CPython: test_notify. One notification wakes the first; one and
// then 2048 wake the rest in order.
TEST(Condition, WakesAsManyAsItNotifiesInOrderOfArrival) {
  expect_passes_in_production_order([]() -> Task<> {
    Condition condition;
    Order order;
    std::vector<TaskHandle<>> waiters;
    for (int id = 1; id <= 3; ++id)
      waiters.push_back(spawn(wait_note_and_release(condition, order, id)));
    co_await yield();
    co_await condition.acquire();
    condition.notify(1);
    condition.release();
    co_await yield();
    EXPECT_EQ(order, (Order{1}));
    co_await condition.acquire();
    condition.notify(1);
    condition.notify(2048);
    condition.release();
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(order, (Order{1, 2, 3}));
    for (const TaskHandle<>& waiter : waiters) co_await waiter;
  });
}

// Condition 10, 13. CPython: test_notify_all.
TEST(Condition, WakesAllInOrderOfArrivalByNotifyAll) {
  expect_passes_in_production_order([]() -> Task<> {
    Condition condition;
    Order order;
    spawn(wait_note_and_release(condition, order, 1));
    spawn(wait_note_and_release(condition, order, 2));
    co_await yield();
    co_await condition.acquire();
    condition.notify_all();
    condition.release();
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(order, (Order{1, 2}));
  });
}

/// So many of three waiters are woken by notify(count) under every schedule.
Task<> notify_three(std::int64_t count, std::size_t woken) {
  Condition condition;
  Order order;
  for (int id = 1; id <= 3; ++id) {
    spawn(wait_note_and_release(condition, order, id));
    co_await wait_all_tasks_blocked();
  }
  co_await condition.acquire();
  condition.notify(count);
  EXPECT_EQ(order, Order{});
  condition.release();
  co_await wait_all_tasks_blocked();
  EXPECT_EQ(order.size(), woken);
  std::vector<int> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i) EXPECT_EQ(sorted[i], static_cast<int>(i) + 1);
  co_await condition.acquire();
  condition.notify_all();
  condition.release();
  co_await wait_all_tasks_blocked();
  EXPECT_EQ(order.size(), 3U);
}

// Condition 7, 9: those who have waited longest, whatever order they then get the lock in.
TEST(Condition, WakesThoseWhoHaveWaitedLongest) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  expect_passes_exhaustively([]() -> Task<> { co_await notify_three(1, 1); });
  expect_passes_exhaustively([]() -> Task<> { co_await notify_three(2, 2); });
  expect_passes_exhaustively([]() -> Task<> { co_await notify_three(3, 3); });
  expect_passes_exhaustively([]() -> Task<> { co_await notify_three(4, 3); });
  expect_passes_exhaustively([]() -> Task<> { co_await notify_three(most, 3); });
  expect_passes_exhaustively([]() -> Task<> { co_await notify_three(0, 0); });
  expect_passes_exhaustively([]() -> Task<> { co_await notify_three(-1, 0); });
}

// Condition 8: two in a row wake two.
TEST(Condition, CountsOnlyWaitersThatAreNotWokenYet) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    Order order;
    for (int id = 1; id <= 3; ++id) {
      spawn(wait_note_and_release(condition, order, id));
      co_await wait_all_tasks_blocked();
    }
    {
      const LockGuard guard = co_await condition.scoped();
      condition.notify();
      condition.notify();
    }
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(order.size(), 2U);
    EXPECT_THAT(order, ::testing::Not(::testing::Contains(3)));
    co_await condition.acquire();
    condition.notify();
    condition.release();
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(order.size(), 3U);
  });
}

// Condition 11: notify neither releases the lock nor suspends.
TEST(Condition, KeepsTheLockAndTheStepWhileItNotifies) {
  static_assert(std::is_void_v<decltype(std::declval<Condition&>().notify())>);
  static_assert(std::is_void_v<decltype(std::declval<Condition&>().notify_all())>);
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    Order order;
    const TaskHandle<> waiter = spawn(wait_note_and_release(condition, order, 1));
    co_await wait_all_tasks_blocked();
    co_await condition.acquire();
    condition.notify();
    EXPECT_TRUE(condition.locked());
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(order, Order{});  // Woken, but it waits for the lock.
    condition.release();
    co_await waiter;
    EXPECT_EQ(order, (Order{1}));
  });
}

// Condition 9, 12: a notification with no waiter is no error, and not remembered.
TEST(Condition, ForgetsANotificationThatNobodyWaitsFor) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    Order order;
    co_await condition.acquire();
    condition.notify();
    condition.notify_all();
    condition.release();
    const TaskHandle<> waiter = spawn(wait_note_and_release(condition, order, 1));
    co_await wait_all_tasks_blocked();
    EXPECT_FALSE(waiter.done());
    co_await condition.acquire();
    condition.notify();
    condition.release();
    co_await waiter;
  });
}

// Condition 5: a wait that begins after the notification suspends.
TEST(Condition, AlwaysSuspendsAWait) {
  const Report report = explore(
      []() -> Task<> {
        Condition condition("changed");
        co_await condition.acquire();
        condition.notify();
        co_await condition.wait();
      },
      exhaustively(AwaitPoints::suspending));
  EXPECT_THAT(report, FailsWith(FailureKind::deadlock));
}

// Condition 4: the wait releases the lock in the step in which it begins, and has it again at its
// end.
TEST(Condition, IsFreeForOthersDuringAWait) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    Order order;
    const TaskHandle<> first = spawn(wait_note_and_release(condition, order, 1));
    const TaskHandle<> second = spawn(wait_note_and_release(condition, order, 2));
    co_await wait_all_tasks_blocked();
    EXPECT_FALSE(condition.locked());
    co_await condition.acquire();
    condition.notify_all();
    condition.release();
    co_await gather(ending_of(first), ending_of(second));
    EXPECT_FALSE(condition.locked());
    EXPECT_EQ(order.size(), 2U);
  });
}

// Condition 1, 25. CPython: test_context_manager, test_pep492 test_context_manager_async_with.
TEST(Condition, HoldsItsLockWithinTheScopeOfItsGuard) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    EXPECT_FALSE(condition.locked());
    {
      const LockGuard guard = co_await condition.scoped();
      EXPECT_TRUE(condition.locked());
      EXPECT_TRUE(condition.lock().locked());
    }
    EXPECT_FALSE(condition.locked());
  });
}

// Condition 1. CPython: test_explicit_lock.
TEST(Condition, ShowsTheStateOfTheLockThatItWasGiven) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    Condition condition(lock);
    EXPECT_EQ(&condition.lock(), &lock);
    co_await lock.acquire();
    EXPECT_TRUE(condition.locked());
    lock.release();
    EXPECT_FALSE(condition.locked());
    co_await condition.acquire();
    EXPECT_TRUE(lock.locked());
    condition.release();
    EXPECT_FALSE(lock.locked());
    const LockGuard guard = co_await lock.scoped();
    condition.notify();
  });
}

// Condition 2.
TEST(Condition, WakesNobodyWhoWaitsForAnotherConditionOfItsLock) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    Condition filled(lock);
    Condition emptied(lock);
    Order order;
    const TaskHandle<> first = spawn(wait_note_and_release(filled, order, 1));
    const TaskHandle<> second = spawn(wait_note_and_release(emptied, order, 2));
    co_await wait_all_tasks_blocked();
    co_await lock.acquire();
    emptied.notify_all();
    lock.release();
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(order, (Order{2}));
    co_await lock.acquire();
    filled.notify_all();
    lock.release();
    co_await first;
    co_await second;
    EXPECT_EQ(order, (Order{2, 1}));
  });
}

}  // namespace
}  // namespace coweave::test
