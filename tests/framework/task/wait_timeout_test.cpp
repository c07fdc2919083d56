// wait() and wait_until() with a timeout: asyncio.wait(..., timeout).

#include <array>
#include <chrono>
#include <vector>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

using namespace std::chrono_literals;

Task<int> gives_after(Clock::duration duration, int value) {
  co_await sleep_for(duration);
  co_return value;
}
Task<int> gives(int value) { co_return value; }
std::vector<TaskHandle<int>> after_one_and_three_seconds() {
  std::vector<TaskHandle<int>> handles;
  handles.push_back(spawn(gives_after(1s, 1)));
  handles.push_back(spawn(gives_after(3s, 3)));
  return handles;
}

// asyncio: no exception, and who is pending runs on.
TEST(WaitWithATimeout, GivesWhoIsDoneAndWhoIsPending) {
  expect_passes_exhaustively([]() -> Task<> {
    const auto handles = after_one_and_three_seconds();
    const WaitResult<int> result = co_await wait(handles, 2s);
    EXPECT_EQ(now().time_since_epoch(), 2s);
    CO_ASSERT_EQ(result.done.size(), 1U);
    CO_ASSERT_EQ(result.pending.size(), 1U);
    EXPECT_EQ(co_await result.done[0], 1);
    EXPECT_FALSE(result.pending[0].done());
    EXPECT_EQ(co_await result.pending[0], 3);
    EXPECT_EQ(now().time_since_epoch(), 3s);
  });
}

TEST(WaitWithATimeout, IsOverWhenItsConditionIs) {
  expect_passes_exhaustively([]() -> Task<> {
    const auto handles = after_one_and_three_seconds();
    const WaitResult<int> first = co_await wait(handles, WaitFor::first_completed, 2s);
    EXPECT_EQ(now().time_since_epoch(), 1s);
    EXPECT_EQ(first.done.size(), 1U);
    const WaitResult<int> all = co_await wait(handles, WaitFor::all, 1h);
    EXPECT_EQ(now().time_since_epoch(), 3s);
    EXPECT_TRUE(all.pending.empty());
  });
}

TEST(WaitWithATimeout, OfSeveralTypes) {
  expect_passes_exhaustively([]() -> Task<> {
    const TaskHandle<int> early = spawn(gives_after(1s, 1));
    const auto sleeps = []() -> Task<> { co_await sleep_for(3s); };
    const TaskHandle<> late = spawn(sleeps());
    const std::array<bool, 2> done = co_await wait_until(WaitFor::all, 2s, early, late);
    EXPECT_TRUE(done[0]);
    EXPECT_FALSE(done[1]);
    co_await late;
  });
}

// It suspends once, so that whoever is ready may end.
TEST(WaitWithATimeout, OfNoTimeLooksAfterOneSuspension) {
  expect_passes_in_production_order([]() -> Task<> {
    bool has_run = false;
    const TaskHandle<> ready = spawn(mark(has_run));
    const TaskHandle<int> late = spawn(gives_after(1s, 1));
    const std::array<bool, 2> done = co_await wait_until(WaitFor::all, 0s, ready, late);
    EXPECT_TRUE(done[0]);
    EXPECT_FALSE(done[1]);
    EXPECT_EQ(now().time_since_epoch(), 0s);
    co_await late;
  });
}

TEST(WaitWithATimeout, OfWhatHasEndedDoesNotWait) {
  expect_passes_exhaustively([]() -> Task<> {
    const auto handles = after_one_and_three_seconds();
    co_await wait(handles);
    const WaitResult<int> result = co_await wait(handles, 1h);
    EXPECT_EQ(result.done.size(), 2U);
    EXPECT_EQ(now().time_since_epoch(), 3s);
    EXPECT_TRUE((co_await wait(handles, Clock::duration::max())).pending.empty());
  });
}

// A duration that the clock does not reach is none.
TEST(WaitWithATimeout, ThatNeverPassesIsADeadlockLikeAWaitWithoutOne) {
  const auto body = []() -> Task<> {
    Event never;
    const auto waits = [](Event& event) -> Task<> { co_await event.wait(); };
    const TaskHandle<> waiter = spawn(waits(never));
    const std::vector waiters = {waiter};
    co_await wait(waiters, Clock::duration::max());
  };
  EXPECT_THAT(explore(body), FailsWith(FailureKind::deadlock));
}

TEST(WaitWithATimeout, IsCancelledWithoutItsTasks) {
  expect_passes_exhaustively([]() -> Task<> {
    const auto handles = after_one_and_three_seconds();
    const auto waits = [](std::vector<TaskHandle<int>> of) -> Task<> { co_await wait(of, 2s); };
    const TaskHandle<> waiter = spawn(waits(handles));
    co_await wait_all_tasks_blocked();
    waiter.cancel();
    EXPECT_EQ(co_await ending_of(waiter), Ending::cancelled);
    EXPECT_EQ(co_await handles[1], 3);
  });
}

// The end of the task and the timeout at one moment, in any order of the two timers: the wait is
// over once.
TEST(WaitWithATimeout, AndAnEndAtTheSameTimeAreOneWakeUp) {
  Options options = exhaustively(AwaitPoints::every);
  options.timers = TimerOrder::any;
  bool done = false;
  bool pending = false;
  const auto body = [&]() -> Task<> {
    const std::vector handles = {spawn(gives_after(2s, 2))};
    const WaitResult<int> result = co_await wait(handles, 2s);
    (result.done.empty() ? pending : done) = true;
    EXPECT_EQ(co_await handles[0], 2);
  };
  EXPECT_THAT(explore(body, options), PassesExhaustively());
  EXPECT_TRUE(done);
  EXPECT_TRUE(pending);
}

TEST(WaitWithATimeout, WorksUnderRun) {
  run([]() -> Task<> {
    // The first ends in its first step: in time, however long the machine stalls.
    const std::vector handles = {spawn(gives(1)), spawn(gives_after(1h, 2))};
    const WaitResult<int> result = co_await wait(handles, 5ms);
    EXPECT_EQ(result.done.size(), 1U);
    EXPECT_EQ(result.pending.size(), 1U);
  }());
}

}  // namespace
}  // namespace coweave::test
