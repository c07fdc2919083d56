// Condition: cancelled waiters. Statements are those of asyncio_semantics.md, section 4.

#include <string>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

/// What a waiter saw when it left.
struct Left {
  bool is_cancelled = false;
  bool held_lock = false;
  std::string message;
};

/// Waits; notes how the wait ended and whether the lock was held then.
Task<> wait_and_tell(Condition& condition, Left& left) {
  const LockGuard guard = co_await condition.scoped();
  try {
    co_await condition.wait();
  } catch (const CancelledError& error) {
    left.is_cancelled = true;
    left.message = error.message();
  }
  left.held_lock = condition.locked();
}

/// The same, and lets the cancellation end the task.
Task<> wait_scoped(Condition& condition) {
  const LockGuard guard = co_await condition.scoped();
  co_await condition.wait();
}

Task<> notify_one(Condition& condition) {
  const LockGuard guard = co_await condition.scoped();
  condition.notify();
}

// Condition 19. CPython: test_wait_cancel.
TEST(Condition, HoldsTheLockWhenACancelledWaitEnds) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    co_await condition.acquire();
    const TaskHandle<bool> wait =
        spawn([](Condition& waited) -> Task<bool> { co_return co_await waited.wait(); }(condition));
    co_await wait_all_tasks_blocked();
    EXPECT_FALSE(condition.locked());
    wait.cancel();
    EXPECT_EQ(co_await ending_of(wait), Ending::cancelled);
    EXPECT_TRUE(condition.locked());
    condition.release();
  });  // Nobody is left in the queue, or the destruction of the condition would be misuse.
}

Task<> cancel_when_run(const TaskHandle<>& handle) {
  handle.cancel();
  co_return;
}

Task<> release_when_run(Condition& condition) {
  condition.release();
  co_return;
}

// Condition 19, 20. CPython: test_wait_cancel_contested. The cancellation and the release come in
// two steps of their own: the wait gets the lock and is cancelled, or is cancelled and gets the
// lock.
TEST(Condition, HoldsTheLockWhenANotifiedWaitIsCancelledWhileItIsContested) {
  const auto body = []() -> Task<> {
    Condition condition;
    co_await condition.acquire();
    const TaskHandle<> wait =
        spawn([](Condition& waited) -> Task<> { co_await waited.wait(); }(condition));
    co_await wait_all_tasks_blocked();
    EXPECT_FALSE(condition.locked());
    co_await condition.acquire();
    condition.notify();
    spawn(cancel_when_run(wait));
    spawn(release_when_run(condition));
    co_await ending_of(wait);
    EXPECT_TRUE(condition.locked());
    condition.release();
    co_await wait_all_tasks_blocked();
  };
  expect_passes_in_production_order(body);
  expect_passes_exhaustively(body);
}

// Condition 20, 21. CPython: test_wait_cancel_after_notify.
TEST(Condition, DeliversACancellationThatComesWhileItTakesTheLockAgain) {
  const auto body = []() -> Task<> {
    Condition condition;
    Left left;
    const TaskHandle<> waiter = spawn(wait_and_tell(condition, left));
    co_await wait_all_tasks_blocked();
    co_await condition.acquire();
    condition.notify();
    co_await wait_all_tasks_blocked();  // The waiter now waits for the lock.
    EXPECT_TRUE(waiter.cancel());
    co_await wait_all_tasks_blocked();
    EXPECT_FALSE(waiter.done());  // It does not jump the lock.
    EXPECT_TRUE(condition.locked());
    condition.release();
    co_await waiter;
    EXPECT_TRUE(left.is_cancelled);
    EXPECT_TRUE(left.held_lock);
    EXPECT_FALSE(condition.locked());
  };
  expect_passes_in_production_order(body);
  expect_passes_exhaustively(body);
}

// Condition 21: cancelled again and again, and between the release and its resume.
TEST(Condition, KeepsTryingForTheLockHoweverOftenItIsCancelled) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    Left left;
    const TaskHandle<> waiter = spawn(wait_and_tell(condition, left));
    co_await wait_all_tasks_blocked();
    co_await condition.acquire();
    condition.notify();
    for (int times = 0; times < 3; ++times) {
      co_await wait_all_tasks_blocked();
      EXPECT_TRUE(waiter.cancel());
    }
    co_await wait_all_tasks_blocked();
    condition.release();
    EXPECT_TRUE(waiter.cancel());
    co_await waiter;
    EXPECT_TRUE(left.is_cancelled);
    EXPECT_TRUE(left.held_lock);
  });
}

Task<> hold_until(Condition& condition, Event& event, Order& order, int id) {
  const LockGuard guard = co_await condition.scoped();
  order.push_back(id);
  co_await event.wait();
}

// Condition 20: a task that queued for the lock before the cancellation gets it before the waiter.
TEST(Condition, DoesNotLetACancelledWaitJumpTheLock) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    Event event;
    Order order;
    Left left;
    const TaskHandle<> waiter = spawn(wait_and_tell(condition, left));
    co_await wait_all_tasks_blocked();
    co_await condition.acquire();
    const TaskHandle<> contender = spawn(hold_until(condition, event, order, 1));
    co_await wait_all_tasks_blocked();
    waiter.cancel();
    co_await wait_all_tasks_blocked();
    condition.release();
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(order, (Order{1}));
    EXPECT_FALSE(waiter.done());
    event.set();
    co_await waiter;
    co_await contender;
    EXPECT_TRUE(left.is_cancelled);
    EXPECT_TRUE(left.held_lock);
  });
}

/// asyncio's wait_for(..., timeout): cancels when the time is over.
Task<> cancel_after(Clock::duration duration, const TaskHandle<>& handle) {
  co_await sleep_for(duration);
  handle.cancel();
}

// Condition 19. CPython: test_timeout_in_block.
TEST(Condition, CanTimeOutWithinTheScopeOfItsGuard) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    const LockGuard guard = co_await condition.scoped();
    const TaskHandle<> wait =
        spawn([](Condition& waited) -> Task<> { co_await waited.wait(); }(condition));
    co_await cancel_after(std::chrono::milliseconds(1), wait);
    EXPECT_EQ(co_await ending_of(wait), Ending::cancelled);
    EXPECT_TRUE(condition.locked());
  });
}

// Condition 19, 22. CPython: test_cancelled_error_wakeup.
TEST(Condition, KeepsTheMessageOfACancellationWhileItWaits) {
  const auto body = []() -> Task<> {
    Condition condition;
    Left left;
    const TaskHandle<> waiter = spawn(wait_and_tell(condition, left));
    co_await wait_all_tasks_blocked();
    waiter.cancel("not now");
    co_await waiter;
    EXPECT_TRUE(left.is_cancelled);
    EXPECT_EQ(left.message, "not now");
    EXPECT_TRUE(left.held_lock);
  };
  expect_passes_in_production_order(body);
  expect_passes_exhaustively(body);
}

// Condition 21, 22. CPython: test_cancelled_error_re_aquire. The most recent one is thrown.
TEST(Condition, KeepsTheMessageOfTheLastCancellationWhileItTakesTheLockAgain) {
  const auto body = []() -> Task<> {
    Condition condition;
    Left left;
    const TaskHandle<> waiter = spawn(wait_and_tell(condition, left));
    co_await wait_all_tasks_blocked();
    co_await condition.acquire();
    condition.notify();
    co_await wait_all_tasks_blocked();
    waiter.cancel("first");
    co_await wait_all_tasks_blocked();
    waiter.cancel("second");
    co_await wait_all_tasks_blocked();
    condition.release();
    co_await waiter;
    EXPECT_TRUE(left.is_cancelled);
    EXPECT_EQ(left.message, "second");
    EXPECT_TRUE(left.held_lock);
  };
  expect_passes_in_production_order(body);
  expect_passes_exhaustively(body);
}

Task<> consume_one(Condition& condition, int& items) {
  const LockGuard guard = co_await condition.scoped();
  co_await condition.wait_for([&] { return items > 0; });
  --items;
}

/// One item is produced, and of two consumers that wait the first, which was notified, is
/// cancelled: at once, or when it waits for the lock again. The other one takes the item.
Task<> cancel_the_notified_consumer(bool waits_for_lock) {
  Condition condition;
  int items = 0;
  const TaskHandle<> first = spawn(consume_one(condition, items));
  co_await wait_all_tasks_blocked();
  const TaskHandle<> second = spawn(consume_one(condition, items));
  co_await wait_all_tasks_blocked();
  co_await condition.acquire();
  ++items;
  condition.notify();
  if (waits_for_lock) co_await wait_all_tasks_blocked();
  first.cancel();
  condition.release();
  EXPECT_EQ(co_await ending_of(first), Ending::cancelled);
  co_await wait_all_tasks_blocked();
  EXPECT_EQ(items, 0) << "the notification is lost";
  EXPECT_TRUE(second.done());
}

// Condition 23. CPython: test_cancelled_wakeup.
TEST(Condition, PassesTheNotificationOfACancelledWaiterOn) {
  expect_passes_exhaustively([]() -> Task<> { co_await cancel_the_notified_consumer(false); });
}

// Condition 23. CPython: test_cancelled_wakeup_relock.
TEST(Condition, PassesTheNotificationOnWhenCancelledWhileItTakesTheLockAgain) {
  expect_passes_exhaustively([]() -> Task<> { co_await cancel_the_notified_consumer(true); });
}

// Condition 24: the stricter rule: who was not notified has nothing to pass on, so there are no
// spurious wake-ups.
TEST(Condition, WakesNobodyWhenAWaiterIsCancelledThatWasNotNotified) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    const TaskHandle<> first = spawn(wait_scoped(condition));
    co_await wait_all_tasks_blocked();
    const TaskHandle<> second = spawn(wait_scoped(condition));
    co_await wait_all_tasks_blocked();
    first.cancel();
    EXPECT_EQ(co_await ending_of(first), Ending::cancelled);
    co_await wait_all_tasks_blocked();
    EXPECT_FALSE(second.done());
    co_await notify_one(condition);
    co_await second;
  });
}

// Condition 7: a waiter that was cancelled and has not left does not use up a notification.
TEST(Condition, PassesOverCancelledWaiters) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    const TaskHandle<> first = spawn(wait_scoped(condition));
    co_await wait_all_tasks_blocked();
    const TaskHandle<> second = spawn(wait_scoped(condition));
    co_await wait_all_tasks_blocked();
    co_await condition.acquire();
    first.cancel();
    condition.notify();
    condition.release();
    EXPECT_EQ(co_await ending_of(first), Ending::cancelled);
    EXPECT_EQ(co_await ending_of(second), Ending::value);
  });
}

// Condition 19: a wait_for that is cancelled before the change, around it and after it.
TEST(Condition, LeavesAWaitForWithTheLockWheneverItIsCancelled) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    int items = 0;
    const TaskHandle<> consumer = spawn(consume_one(condition, items));
    const TaskHandle<> canceller = spawn(cancel_when_run(consumer));
    const TaskHandle<> producer = spawn([](Condition& filled, int& count) -> Task<> {
      const LockGuard guard = co_await filled.scoped();
      ++count;
      filled.notify();
    }(condition, items));
    const Ending ending = co_await ending_of(consumer);
    co_await canceller;
    co_await producer;
    EXPECT_EQ(items, ending == Ending::cancelled ? 1 : 0);
    EXPECT_FALSE(condition.locked());
  });
}

}  // namespace
}  // namespace coweave::test
