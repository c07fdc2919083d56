// The same primitives under run(): the real clock, asyncio's rule for awaits, the production order.

#include <algorithm>
#include <chrono>
#include <vector>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

using namespace std::chrono_literals;

Task<> enter(Lock& lock, int& inside, Order& order, int id) {
  const LockGuard guard = co_await lock.scoped();
  EXPECT_EQ(++inside, 1);
  order.push_back(id);
  co_await sleep_for(100us);
  --inside;
}

TEST(Run, GivesALockToOneTaskAfterTheOther) {
  run([]() -> Task<> {
    Lock lock;
    int inside = 0;
    Order order;
    co_await gather(enter(lock, inside, order, 1), enter(lock, inside, order, 2),
                    enter(lock, inside, order, 3));
    EXPECT_EQ(order, (Order{1, 2, 3}));
    EXPECT_FALSE(lock.locked());
  }());
}

Task<> take_permit(Semaphore& semaphore, int& active, int& most) {
  const SemaphoreGuard guard = co_await semaphore.scoped();
  most = std::max(most, ++active);
  co_await sleep_for(100us);
  --active;
}

TEST(Run, LimitsTasksByASemaphore) {
  run([]() -> Task<> {
    Semaphore semaphore(2);
    int active = 0;
    int most = 0;
    co_await gather(take_permit(semaphore, active, most), take_permit(semaphore, active, most),
                    take_permit(semaphore, active, most));
    EXPECT_EQ(most, 2);
    EXPECT_EQ(semaphore.value(), 2);
  }());
}

Task<> sleep_and_count(Clock::duration duration, int& slept) {
  co_await sleep_for(duration);
  ++slept;
}

// Deadlines so close that now and then one passes between the look at the clock that fires timers
// and the one that tells how long to wait.
TEST(Run, GoesOnWhenATimerBecomesDueWhileItLooks) {
  int slept = 0;
  run([](int& count) -> Task<> {
    std::vector<TaskHandle<>> sleepers;
    for (int i = 0; i < 5'000; ++i) sleepers.push_back(spawn(sleep_and_count(i * 1us, count)));
    for (TaskHandle<>& sleeper : sleepers) co_await sleeper;
  }(slept));
  EXPECT_EQ(slept, 5'000);
}

Task<> set_after(Event& event, Clock::duration duration) {
  co_await sleep_for(duration);
  event.set();
}

TEST(Run, WaitsForAnEventOnTheRealClock) {
  run([]() -> Task<> {
    Event event;
    const Clock::time_point begin = now();
    const TaskHandle<> setter = spawn(set_after(event, 1ms));
    EXPECT_TRUE(co_await event.wait());
    EXPECT_GE(now() - begin, 1ms);
    co_await setter;
  }());
}

Task<> consume(Condition& condition, int& items, int& consumed) {
  const LockGuard guard = co_await condition.scoped();
  co_await condition.wait_for([&] { return items > 0; });
  --items;
  ++consumed;
}

TEST(Run, WakesThoseWhoWaitForACondition) {
  run([]() -> Task<> {
    Condition condition;
    int items = 0;
    int consumed = 0;
    spawn(consume(condition, items, consumed));
    spawn(consume(condition, items, consumed));
    for (int i = 0; i < 2; ++i) {
      co_await sleep_for(100us);
      const LockGuard guard = co_await condition.scoped();
      ++items;
      condition.notify();
    }
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(consumed, 2);
    EXPECT_EQ(items, 0);
  }());
}

Task<> sleep_then_note(Clock::duration duration, Order& order, int id) {
  co_await sleep_for(duration);
  order.push_back(id);
}

TEST(Run, WakesSleepersInOrderOfTheirDeadlines) {
  run([]() -> Task<> {
    Order order;
    co_await gather(sleep_then_note(2ms, order, 3), sleep_then_note(0ms, order, 1),
                    sleep_then_note(1ms, order, 2));
    EXPECT_EQ(order, (Order{1, 2, 3}));
  }());
}

// Lock 15, Semaphore 12, Condition 23 where nobody explores.
TEST(Run, PassesTheWakeUpOfCancelledWaitersOn) {
  run([]() -> Task<> {
    Lock lock;
    Semaphore semaphore(0);
    co_await lock.acquire();
    const TaskHandle<bool> first = spawn(acquire(lock));
    const TaskHandle<bool> second = spawn(acquire(lock));
    const TaskHandle<bool> third = spawn(acquire(semaphore));
    const TaskHandle<bool> fourth = spawn(acquire(semaphore));
    co_await wait_all_tasks_blocked();
    lock.release();
    semaphore.release();
    first.cancel();
    third.cancel();
    EXPECT_EQ(co_await ending_of(first), Ending::cancelled);
    EXPECT_EQ(co_await ending_of(third), Ending::cancelled);
    EXPECT_TRUE(co_await second);
    EXPECT_TRUE(co_await fourth);
    lock.release();
  }());
}

TEST(Run, ThrowsMisuseThatNobodyHandles) {
  const auto body = []() -> Task<> {
    Lock lock("db");
    lock.release();
    co_return;
  };
  EXPECT_THROW(run(body()), MisuseError);
}

TEST(Run, ThrowsForADeadlock) {
  const auto body = []() -> Task<> {
    Lock lock("db");
    co_await lock.acquire();
    co_await lock.acquire();
  };
  EXPECT_THROW(run(body()), Error);
}

Task<> wait_holding(Lock& lock, Event& event) {
  const LockGuard guard = co_await lock.scoped();
  co_await event.wait();
}

// What is left at the end is cancelled, so it releases what it holds.
TEST(Run, CancelsTheTasksThatAreLeftAtItsEnd) {
  Lock lock;
  Event event;
  run([](Lock& held, Event& never) -> Task<> {
    spawn(wait_holding(held, never));
    co_await wait_all_tasks_blocked();
    EXPECT_TRUE(held.locked());
  }(lock, event));
  EXPECT_FALSE(lock.locked());
}

}  // namespace
}  // namespace coweave::test
