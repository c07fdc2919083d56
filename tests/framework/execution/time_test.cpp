#include <chrono>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

// The virtual clock, and waiting until nothing is ready.

namespace coweave {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

Clock::duration elapsed() { return now().time_since_epoch(); }

COWEAVE_TEST(VirtualClock, StartsAtZeroAndMovesByWhatIsSlept) {
  EXPECT_EQ(elapsed(), 0ns);
  co_await yield();
  EXPECT_EQ(elapsed(), 0ns);
  co_await sleep_for(24h);
  EXPECT_EQ(elapsed(), 24h);
  co_await sleep_for(1ns);
  EXPECT_EQ(elapsed(), 24h + 1ns);
}

Task<> sleeps(Clock::duration duration, int id, std::vector<int>& order) {
  co_await sleep_for(duration);
  order.push_back(id);
}

COWEAVE_TEST(VirtualClock, SleepsOverlapAndEndInTheOrderOfTheirDeadlines) {
  std::vector<int> order;
  co_await gather(sleeps(3s, 3, order), sleeps(1s, 1, order), sleeps(2s, 2, order));
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
  EXPECT_EQ(elapsed(), 3s);
}

Task<> sleeps_beside(Clock::duration a, Clock::duration b) {
  std::vector<int> order;
  co_await gather(sleeps(a, 1, order), sleeps(b, 2, order));
}

// Either may start first: 2. Timers that are due together are ready together, in either order: 2
// * 2.
TEST(VirtualClock, OnlyEqualDeadlinesLeaveAnOrderOpen) {
  EXPECT_EQ(explore([] { return sleeps_beside(1s, 2s); }).schedules, 2U);
  EXPECT_EQ(explore([] { return sleeps_beside(1s, 1s); }).schedules, 4U);
}

Task<> works(int steps, Clock::duration& at_the_end) {
  for (int i = 0; i < steps; ++i) co_await yield();
  at_the_end = elapsed();
}

// Time passes only when nothing is ready: no schedule lets the sleeper overtake the worker.
COWEAVE_TEST(VirtualClock, StandsStillWhileAnythingIsReady) {
  std::vector<int> order;
  Clock::duration at_the_end = -1ns;
  co_await gather(sleeps(1ns, 1, order), works(6, at_the_end));
  EXPECT_EQ(at_the_end, 0ns);
  EXPECT_EQ(elapsed(), 1ns);
}

COWEAVE_TEST(VirtualClock, ASleepOfNothingOrLessIsAYield) {
  co_await sleep_for(0s);
  co_await sleep_for(-5s);
  EXPECT_EQ(elapsed(), 0ns);
}

TEST(VirtualClock, StartsAnewForEveryExecution) {
  const auto body = []() -> Task<> {
    EXPECT_EQ(elapsed(), 0ns);
    static_cast<void>(choose(3));
    co_await sleep_for(1h);
  };
  const Report report = explore(body);
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_EQ(report.schedules, 3U);
}

Task<> counts(int& count, int times) {
  for (int i = 0; i < times; ++i) {
    co_await yield();
    ++count;
  }
}

COWEAVE_TEST(WaitAllTasksBlocked, ResumesWhenNothingElseIsReady) {
  int count = 0;
  const TaskHandle<> first = spawn(counts(count, 3));
  const TaskHandle<> second = spawn(counts(count, 2));
  co_await wait_all_tasks_blocked();
  EXPECT_EQ(count, 5);
  EXPECT_TRUE(first.done());
  EXPECT_TRUE(second.done());
}

COWEAVE_TEST(WaitAllTasksBlocked, ResumesBeforeTheClockMoves) {
  std::vector<int> order;
  const TaskHandle<> sleeper = spawn(sleeps(1ns, 1, order));
  co_await wait_all_tasks_blocked();
  EXPECT_EQ(elapsed(), 0ns);
  EXPECT_FALSE(sleeper.done());
  co_await sleeper;
}

Task<> waits_until_quiet(std::vector<int>& order, int id) {
  co_await wait_all_tasks_blocked();
  order.push_back(id);
  co_await wait_all_tasks_blocked();
  order.push_back(id);
}

Task<> two_until_quiet(std::vector<int>& order) {
  co_await gather(waits_until_quiet(order, 1), waits_until_quiet(order, 2));
}

TEST(WaitAllTasksBlocked, ThoseWhoWaitTogetherResumeTogetherInOrderOfArrival) {
  std::vector<int> order;
  const auto body = [&order] {
    order.clear();
    return two_until_quiet(order);
  };
  EXPECT_THAT(explore(body, {.strategy = production()}), Passes());
  EXPECT_THAT(order, ElementsAre(1, 2, 1, 2));
}

// Three rounds (the start, and two wake-ups together) of two tasks in either order: 2^3.
TEST(WaitAllTasksBlocked, LeavesTheOrderOfThoseOpen) {
  std::vector<int> order;
  const auto body = [&order] {
    order.clear();
    return two_until_quiet(order);
  };
  EXPECT_EQ(explore(body).schedules, 8U);
}

Task<> waits_for(Event& event) { co_await event.wait(); }

// Blocked on an event is quiet; the body then releases the tasks, so that this is no deadlock.
COWEAVE_TEST(WaitAllTasksBlocked, CountsBlockedTasksAsQuiet) {
  Event event;
  const TaskHandle<> waiter = spawn(waits_for(event));
  co_await wait_all_tasks_blocked();
  EXPECT_FALSE(waiter.done());
  event.set();
  co_await waiter;
}

COWEAVE_TEST(WaitAllTasksBlocked, CanBeCancelled) {
  std::vector<int> order;
  const TaskHandle<> quiet = spawn(waits_until_quiet(order, 1));
  const TaskHandle<> canceller = spawn([](TaskHandle<> other) -> Task<> {
    co_await yield();
    other.cancel();
  }(quiet));
  bool is_cancelled = false;
  try {
    co_await quiet;
  } catch (const CancelledError&) {
    is_cancelled = true;
  }
  EXPECT_TRUE(is_cancelled);
  co_await canceller;
}

}  // namespace
}  // namespace coweave
