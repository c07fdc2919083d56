// sleep_for and now() on the virtual clock of an exploration.

#include <chrono>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

using namespace std::chrono_literals;

Task<> sleep_then_note(Clock::duration duration, Order& order, int id) {
  co_await sleep_for(duration);
  order.push_back(id);
}

TEST(Sleep, CostsNoTime) {
  const auto begin = std::chrono::steady_clock::now();
  expect_passes_exhaustively([]() -> Task<> {
    const Clock::time_point start = now();
    co_await sleep_for(48h);
    EXPECT_EQ(now() - start, 48h);
  });
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1min);
}

TEST(Sleep, BeginsEveryExecutionAtTimeZero) {
  expect_passes_exhaustively([]() -> Task<> {
    EXPECT_EQ(now().time_since_epoch(), 0ns);
    co_await sleep_for(1h);
    EXPECT_EQ(now().time_since_epoch(), 1h);
  });
}

// The clock moves to one deadline after the other, so this has one schedule of sleepers; before,
// the three start in any order: 3! = 6.
TEST(Sleep, EndsInOrderOfTheDeadlines) {
  expect_schedules(6, 6, []() -> Task<> {
    Order order;
    co_await gather(sleep_then_note(3s, order, 3), sleep_then_note(1s, order, 1),
                    sleep_then_note(2s, order, 2));
    EXPECT_EQ(order, (Order{1, 2, 3}));
    EXPECT_EQ(now().time_since_epoch(), 3s);
  });
}

TEST(Sleep, EndsInTheOrderInWhichItBeganForEqualDeadlines) {
  expect_passes_in_production_order([]() -> Task<> {
    Order order;
    co_await gather(sleep_then_note(1s, order, 1), sleep_then_note(1s, order, 2),
                    sleep_then_note(1s, order, 3));
    EXPECT_EQ(order, (Order{1, 2, 3}));
  });
}

// Tasks with equal deadlines are ready together: 2! orders to start, 2! to go on.
TEST(Sleep, LetsTasksOfEqualDeadlinesGoOnInAnyOrder) {
  expect_schedules(4, 4, []() -> Task<> {
    Order order;
    co_await gather(sleep_then_note(1s, order, 1), sleep_then_note(1s, order, 2));
  });
}

Task<> work(int steps, Order& order, int id) {
  for (int i = 0; i < steps; ++i) co_await yield();
  order.push_back(id);
}

// Time passes only when nothing is ready.
TEST(Sleep, LastsUntilEveryOtherTaskWaits) {
  expect_passes_exhaustively([]() -> Task<> {
    Order order;
    co_await gather(sleep_then_note(1ns, order, 2), work(3, order, 1));
    EXPECT_EQ(order, (Order{1, 2}));
  });
}

// wait_all_tasks_blocked() comes first.
TEST(Sleep, LastsUntilThoseWhoWaitForQuietHaveGoneOn) {
  expect_passes_exhaustively([]() -> Task<> {
    Order order;
    const TaskHandle<> sleeper = spawn(sleep_then_note(1ns, order, 1));
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(order, Order{});
    EXPECT_EQ(now().time_since_epoch(), 0ns);
    co_await sleeper;
    EXPECT_EQ(order, (Order{1}));
  });
}

// A sleep of no time is a yield: two tasks of two steps, 4!/(2! 2!) = 6, and the clock stands
// still.
TEST(Sleep, OfNoTimeIsAYield) {
  expect_schedules(6, 6, []() -> Task<> {
    Order order;
    co_await gather(sleep_then_note(0s, order, 1), sleep_then_note(-1s, order, 2));
    EXPECT_EQ(now().time_since_epoch(), 0ns);
  });
}

TEST(Sleep, ThrowsWhenItIsCancelled) {
  expect_passes_exhaustively([]() -> Task<> {
    Order order;
    const TaskHandle<> sleeper = spawn(sleep_then_note(48h, order, 1));
    co_await wait_all_tasks_blocked();
    sleeper.cancel();
    EXPECT_EQ(co_await ending_of(sleeper), Ending::cancelled);
    EXPECT_EQ(order, Order{});
    EXPECT_EQ(now().time_since_epoch(), 0ns);
  });
}

// The timer of a cancelled sleep is gone: the clock never moves to it.
TEST(Sleep, LeavesNoTimerBehindWhenItIsCancelled) {
  expect_passes_exhaustively([]() -> Task<> {
    Order order;
    const TaskHandle<> cancelled = spawn(sleep_then_note(1s, order, 1));
    const TaskHandle<> kept = spawn(sleep_then_note(2s, order, 2));
    co_await wait_all_tasks_blocked();
    cancelled.cancel();
    co_await kept;
    EXPECT_EQ(order, (Order{2}));
    EXPECT_EQ(now().time_since_epoch(), 2s);
    EXPECT_TRUE(cancelled.cancelled());
  });
}

Task<> cancel_at(Clock::duration duration, const TaskHandle<>& handle) {
  co_await sleep_for(duration);
  handle.cancel();
}

// Both deadlines are reached together: the sleeper ends or is cancelled, whichever runs first.
TEST(Sleep, CanBeCancelledAfterItsTimeHasCome) {
  expect_passes_exhaustively([]() -> Task<> {
    Order order;
    const TaskHandle<> sleeper = spawn(sleep_then_note(1s, order, 1));
    co_await cancel_at(1s, sleeper);
    const Ending ending = co_await ending_of(sleeper);
    EXPECT_EQ(order.empty(), ending == Ending::cancelled);
    EXPECT_EQ(now().time_since_epoch(), 1s);
  });
}

TEST(Sleep, MayLastForEver) {
  expect_passes_exhaustively([]() -> Task<> {
    Order order;
    const TaskHandle<> sleeper = spawn(sleep_then_note(Clock::duration::max(), order, 1));
    co_await sleep_for(1s);
    EXPECT_EQ(now().time_since_epoch(), 1s);
    sleeper.cancel();
    EXPECT_EQ(co_await ending_of(sleeper), Ending::cancelled);
  });
}

// 100 years after the start or later: nobody waits for that, so that nothing can go on.
TEST(Sleep, ForEverIsADeadlock) {
  for (const Clock::duration duration :
       {Clock::duration::max(), Clock::duration(24h * 365 * 100)}) {
    const auto body = [duration]() -> Task<> { co_await sleep_for(duration); };
    EXPECT_THAT(coweave::explore(body), coweave::FailsWith(coweave::FailureKind::deadlock));
  }
  const auto less = []() -> Task<> { co_await sleep_for(24h * 365 * 100 - 1ns); };
  EXPECT_THAT(coweave::explore(less), coweave::PassesExhaustively());
}

Task<> tick(int& ticks) {
  while (true) {
    co_await sleep_for(1s);
    ++ticks;
  }
}

TEST(Sleep, TicksAsOftenAsTimePasses) {
  expect_passes_in_production_order([]() -> Task<> {
    int ticks = 0;
    spawn_daemon(tick(ticks));
    co_await sleep_for(10500ms);
    EXPECT_EQ(ticks, 10);
  });
}

TEST(Sleep, NeedsAScheduler) { EXPECT_THROW(static_cast<void>(now()), Error); }

}  // namespace
}  // namespace coweave::test
