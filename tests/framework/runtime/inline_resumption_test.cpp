// Coroutine code of another library, which resumes on the spot: inline, or queued.
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"
#include "framework/runtime/other_library.hpp"

namespace coweave {
namespace {

Options with(InlineResumption resumption) {
  return {.keep_going = true, .inline_resumption = resumption};
}

struct Pair {
  int first = 0;
  int second = 0;
};

Task<> watch(const Pair& pair, other::single_consumer_event& changed) {
  co_await changed;
  check(pair.first == pair.second, "saw half of an update");
}
Task<> update(Pair& pair, other::single_consumer_event& changed) {
  pair.first = 1;
  changed.set();  // The one who watches may run here ...
  pair.second = 1;
  co_return;
}
Task<> watch_an_update() {
  Pair pair;
  other::single_consumer_event changed;
  co_await gather(watch(pair, changed), update(pair, changed));
}

// The update first: the watcher finds the event set: 1 schedule. The watcher first: it is resumed
// within set() or after, 1 each. Only inline it sees half of the update.
TEST(InlineResumption, FindsWhatGoesWrongOnlyInline) {
  const Report explored = explore(watch_an_update, with(InlineResumption::explored));
  EXPECT_EQ(explored.schedules, 3U) << explored;
  EXPECT_EQ(explored.failing, 1U);
  const Report always = explore(watch_an_update, with(InlineResumption::always));
  EXPECT_EQ(always.schedules, 2U);
  EXPECT_EQ(always.failing, 1U);
  const Report never = explore(watch_an_update, with(InlineResumption::never));
  EXPECT_EQ(never.schedules, 2U);
  EXPECT_EQ(never.failing, 0U);
}

Task<> take(const int& slot, other::single_consumer_event& filled) {
  co_await filled;
  check(slot == 1, "the slot was filled again before it was read");
}
Task<> fill_and_reuse_a_slot() {
  int slot = 0;
  other::single_consumer_event filled;
  const TaskHandle<> taker = spawn(take(slot, filled), "taker");
  co_await wait_all_tasks_blocked();
  slot = 1;
  filled.set();
  slot = 2;  // Relies on the taker having run.
  co_await taker;
}

TEST(InlineResumption, FindsWhatGoesWrongOnlyQueued) {
  const Report explored = explore(fill_and_reuse_a_slot, with(InlineResumption::explored));
  EXPECT_EQ(explored.schedules, 2U) << explored;
  EXPECT_EQ(explored.failing, 1U);
  EXPECT_EQ(explore(fill_and_reuse_a_slot, with(InlineResumption::always)).failing, 0U);
  const Report never = explore(fill_and_reuse_a_slot, with(InlineResumption::never));
  EXPECT_EQ(never.schedules, 1U);
  EXPECT_EQ(never.failing, 1U);
}

TEST(InlineResumption, TheFirstExecutionIsInline) {
  const Report inline_first = explore(watch_an_update, {.max_schedules = 1});
  EXPECT_TRUE(inline_first.failed());
  EXPECT_EQ(inline_first.failures.at(0).schedule.deviations(), 0U);
  EXPECT_FALSE(explore(fill_and_reuse_a_slot, {.max_schedules = 1}).failed());
}

TEST(InlineResumption, AScheduleSaysWhichAndReplays) {
  for (Task<> (*body)() : {watch_an_update, fill_and_reuse_a_slot}) {
    const Report report = explore(body);
    ASSERT_TRUE(report.failed());
    const Schedule& schedule = report.failures[0].schedule;
    const bool is_inline = body == watch_an_update;
    const auto& steps = schedule.trace.steps;
    bool is_there = false;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (steps[i].operation != OperationKind::resume_inline) continue;
      is_there = true;
      EXPECT_TRUE(steps[i].is_choice());
      EXPECT_EQ(steps[i].pick, is_inline ? 0U : 1U);
      EXPECT_THAT(schedule.trace.describe_step(i),
                  testing::EndsWith(is_inline ? ": runs inline" : ": becomes ready"));
    }
    EXPECT_TRUE(is_there);
    const Schedule read = Schedule::from_json(schedule.to_json(), "memory");
    EXPECT_EQ(read, schedule);
    const Report again = replay(body, read);
    ASSERT_EQ(again.failures.size(), 1U);
    EXPECT_EQ(again.failures[0].kind, FailureKind::check);
    EXPECT_EQ(again.failures[0].schedule.trace, schedule.trace);
  }
}

TEST(InlineResumption, TheOptionIsPartOfASchedule) {
  const Report report = explore(fill_and_reuse_a_slot, with(InlineResumption::never));
  ASSERT_TRUE(report.failed());
  const Schedule read = Schedule::from_json(report.failures[0].schedule.to_json(), "memory");
  EXPECT_EQ(read.injections.inline_resumption, InlineResumption::never);
  EXPECT_TRUE(replay(fill_and_reuse_a_slot, read).failed());
}

Task<> increment(other::async_mutex& mutex, int& counter) {
  co_await mutex.lock();
  const int seen = counter;
  co_await yield();
  counter = seen + 1;
  mutex.unlock();
}
Task<> three_increments() {
  other::async_mutex mutex;
  int counter = 0;
  co_await gather(increment(mutex, counter), increment(mutex, counter), increment(mutex, counter));
  EXPECT_EQ(counter, 3);
}

// In each mode; with random strategies too.
TEST(InlineResumption, AMutexOfAnotherLibraryKeepsEveryIncrement) {
  for (const InlineResumption resumption :
       {InlineResumption::explored, InlineResumption::always, InlineResumption::never})
    for (const AwaitPoints points : {AwaitPoints::every, AwaitPoints::suspending})
      EXPECT_THAT(
          explore(three_increments, {.await_points = points, .inline_resumption = resumption}),
          PassesExhaustively());
  EXPECT_FALSE(explore(three_increments, {.strategy = pct(), .max_schedules = 500}).failed());
}

Task<> relay(other::single_consumer_event& from, other::single_consumer_event* to,
             std::vector<int>& log, int number) {
  co_await from;
  log.push_back(number);
  if (to != nullptr) to->set();
  log.push_back(-number);
}
Task<> relays() {
  other::single_consumer_event first;
  other::single_consumer_event second;
  std::vector<int> log;
  const TaskHandle<> last = spawn(relay(second, nullptr, log, 2));
  const TaskHandle<> middle = spawn(relay(first, &second, log, 1));
  co_await wait_all_tasks_blocked();
  first.set();
  log.push_back(0);
  co_await last;
  co_await middle;
  const bool is_known = log == std::vector<int>({1, 2, -2, -1, 0}) ||  // Both inline.
                        log == std::vector<int>({1, -1, 0, 2, -2}) ||  // The second queued.
                        log == std::vector<int>({0, 1, 2, -2, -1}) ||  // The first queued.
                        log == std::vector<int>({0, 1, -1, 2, -2});
  EXPECT_TRUE(is_known);
}

// The spawned two start in two orders; then two choices: 2 x 4. Where the second is inline within
// the first that was inline, all have ended and nothing is left to pick; else only one task is
// ready at a time beside the body, which waits for the last: 8.
TEST(InlineResumption, NestsAsInProduction) {
  const Report report =
      explore(relays, {.keep_going = true, .await_points = AwaitPoints::suspending});
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
  EXPECT_EQ(report.schedules, 8U);
}

Task<> awaits_again(other::single_consumer_event& event, int& passes) {
  for (int i = 0; i < 3; ++i) {
    co_await event;
    event.reset();
    ++passes;
  }
}
// Resumed three times within one step, each time suspending again.
Task<> set_three_times() {
  other::single_consumer_event event;
  int passes = 0;
  const TaskHandle<> waiter = spawn(awaits_again(event, passes));
  co_await wait_all_tasks_blocked();
  for (int i = 0; i < 3; ++i) event.set();
  EXPECT_EQ(passes, 3);
  co_await waiter;
}

TEST(InlineResumption, ATaskMayBeResumedManyTimesInAStep) {
  EXPECT_THAT(explore(set_three_times, {.await_points = AwaitPoints::suspending,
                                        .inline_resumption = InlineResumption::always}),
              PassesExhaustively());
}

Task<> throws_when_set(other::single_consumer_event& event) {
  co_await event;
  throw std::runtime_error("thrown inline");
}
Task<> catch_from_inline() {
  other::single_consumer_event event;
  const TaskHandle<> thrower = spawn(throws_when_set(event));
  co_await wait_all_tasks_blocked();
  event.set();  // What it throws does not come out here.
  bool was_thrown = false;
  try {
    co_await thrower;
  } catch (const std::runtime_error&) {
    was_thrown = true;
  }
  EXPECT_TRUE(was_thrown);
}

TEST(InlineResumption, AnExceptionIsThatOfTheTask) {
  EXPECT_THAT(explore(catch_from_inline), PassesExhaustively());
}

Task<> wait_then_lock(other::single_consumer_event& event, Lock& lock, int& counter) {
  co_await event;
  const auto guard = co_await lock.scoped();
  const int seen = counter;
  co_await yield();
  counter = seen + 1;
}
Task<> inline_then_blocked() {
  other::single_consumer_event event;
  Lock lock("counter");
  int counter = 0;
  const TaskHandle<> waiter = spawn(wait_then_lock(event, lock, counter));
  co_await wait_all_tasks_blocked();
  {
    const auto guard = co_await lock.scoped();
    event.set();  // Inline it goes on until it waits for the lock.
    const int seen = counter;
    co_await yield();
    counter = seen + 1;
  }
  co_await waiter;
  EXPECT_EQ(counter, 2);
}

TEST(InlineResumption, WhatRunsInlineMayWaitForPrimitives) {
  for (const AwaitPoints points :
       {AwaitPoints::every, AwaitPoints::operations, AwaitPoints::suspending})
    EXPECT_THAT(explore(inline_then_blocked, {.await_points = points}), PassesExhaustively());
}

TEST(InlineResumption, AReducedSearchFindsTheSame) {
  Options reduced;
  reduced.tracking = Tracking::declared;
  EXPECT_TRUE(explore(watch_an_update, reduced).failed());
  EXPECT_TRUE(explore(fill_and_reuse_a_slot, reduced).failed());
  EXPECT_FALSE(explore(inline_then_blocked, reduced).failed());
  EXPECT_FALSE(explore(three_increments, reduced).failed());
}

TEST(InlineResumption, RunQueues) {
  run([]() -> Task<> {
    int slot = 0;
    other::single_consumer_event filled;
    int seen = 0;
    const auto reader = [](other::single_consumer_event& event, int& from, int& to) -> Task<> {
      co_await event;
      to = from;
    };
    const TaskHandle<> handle = spawn(reader(filled, slot, seen));
    co_await yield();
    slot = 1;
    filled.set();
    EXPECT_EQ(seen, 0);
    co_await handle;
    EXPECT_EQ(seen, 1);
  }());
}

other::task lose_update(int& counter) {
  const int seen = counter;
  co_await yield();
  counter = seen + 1;
}
Task<> posted_coroutines() {
  int counter = 0;
  const other::task left = lose_update(counter);
  const other::task right = lose_update(counter);
  post(left.coroutine(), "left");
  post(right.coroutine(), "right");
  co_await wait_all_tasks_blocked();
  check(counter == 2, "an increment was lost");
}

// Two posted coroutines of two steps: 4! / (2! 2!) = 6, and 4 lose the update.
TEST(OtherCoroutines, AHandleIsPostedForANamedTask) {
  const Report report = explore(posted_coroutines, {.keep_going = true});
  EXPECT_EQ(report.schedules, 6U);
  EXPECT_EQ(report.failing, 4U);
  const Trace& trace = report.failures.at(0).schedule.trace;
  ASSERT_EQ(trace.tasks.size(), 3U);
  EXPECT_EQ(trace.tasks[1].name, "left");
  EXPECT_EQ(trace.tasks[2].name, "right");
}

TEST(OtherCoroutines, ACallableMayBeMoveOnly) {
  const auto body = []() -> Task<> {
    std::string log;
    for (const char* name : {"a", "b"}) {
      auto callable = [&log, owned = std::make_unique<std::string>(name)] { log += *owned; };
      post(std::move(callable), name);
    }
    co_await wait_all_tasks_blocked();
    check(log == "ab", "posted in another order");
  };
  const Report report = explore(body, {.keep_going = true});
  EXPECT_EQ(report.schedules, 2U);
  EXPECT_EQ(report.failing, 1U);
}

}  // namespace
}  // namespace coweave
