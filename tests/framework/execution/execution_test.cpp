#include "coweave/execution/execution.hpp"

#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace coweave {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr AwaitPoints all_await_points[] = {AwaitPoints::every, AwaitPoints::operations,
                                            AwaitPoints::suspending};

/// What the tasks of one execution did, in order: one character for each thing done.
using Log = std::string;

/// The log of the production order of `program(log)`.
template <class Program>
Log in_production_order(Program program, AwaitPoints points = AwaitPoints::every) {
  Log log;
  const auto body = [&log, &program] {
    log.clear();
    return program(log);
  };
  EXPECT_THAT(explore(body, {.strategy = production(), .await_points = points}), Passes());
  return log;
}

Task<> yields(Log& log, char name, int times) {
  log += name;
  for (int i = 0; i < times; ++i) {
    co_await yield();
    log += name;
  }
}

Task<> note(Log& log, char name) {
  log += name;
  co_return;
}

Task<> three_that_yield(Log& log) {
  co_await gather(yields(log, 'a', 2), yields(log, 'b', 1), yields(log, 'c', 2));
}

TEST(ProductionOrder, IsFirstInFirstOutForTasksThatYield) {
  EXPECT_EQ(in_production_order(three_that_yield), "abcabcac");
}

Task<> spawner(Log& log) {
  const TaskHandle<> a = spawn(note(log, 'a'));
  const TaskHandle<> b = spawn(note(log, 'b'));
  log += '1';
  co_await yield();
  log += '2';
  co_await a;
  co_await b;
}

TEST(ProductionOrder, ASpawnedTaskStartsAfterTheStepThatSpawnsItInSpawnOrder) {
  EXPECT_EQ(in_production_order(spawner), "1ab2");
}

Task<> acquires_lock(Log& log) {
  Lock lock;
  log += '1';
  co_await lock.acquire();
  log += '2';
  lock.release();
}
Task<> acquires_semaphore(Log& log) {
  Semaphore semaphore(1);
  log += '1';
  co_await semaphore.acquire();
  log += '2';
}
Task<> waits_for_set_event(Log& log) {
  Event event;
  event.set();
  log += '1';
  co_await event.wait();
  log += '2';
}
Task<> waits_for_true_predicate(Log& log) {
  Condition condition;
  co_await condition.acquire();
  log += '1';
  co_await condition.wait_for([] { return true; });
  log += '2';
  condition.release();
}
Task<> awaits_child(Log& log) {
  log += '1';
  co_await note(log, '.');
  log += '2';
}
Task<> awaits_foreign(Log& log) {
  log += '1';
  co_await std::suspend_never();
  log += '2';
}
Task<> joins_finished(Log& log) {
  const TaskHandle<> child = spawn(note(log, '.'));
  while (!child.done()) co_await yield();
  log += '1';
  co_await child;
  log += '2';
}

Task<> beside_b(Log& log, Task<> (*program)(Log&)) {
  co_await gather(program(log), note(log, 'b'));
}

// Under `every` each of these awaits suspends; the task stands at the head, so that 'b' comes last.
TEST(ProductionOrder, AnOperationThatCompletedAtOnceGoesToTheHead) {
  for (const auto program : {acquires_lock, acquires_semaphore, waits_for_set_event,
                             waits_for_true_predicate, awaits_foreign}) {
    const auto both = [program](Log& log) { return beside_b(log, program); };
    EXPECT_EQ(in_production_order(both), "12b");
    EXPECT_EQ(in_production_order(both, AwaitPoints::suspending), "12b");
  }
  EXPECT_EQ(in_production_order([](Log& log) { return beside_b(log, awaits_child); }), "1.2b");
  EXPECT_EQ(in_production_order([](Log& log) { return beside_b(log, joins_finished); }), "b.12");
}

Task<> waits(Log& log, Event& event) {
  co_await event.wait();
  log += 'w';
}
Task<> sets_and_yields(Log& log, Event& event) {
  event.set();
  log += 's';
  co_await yield();
  log += 's';
}
Task<> wakes_in_between(Log& log) {
  Event event;
  co_await gather(waits(log, event), sets_and_yields(log, event), yields(log, 'c', 1));
}

// The waiter is ready from the set on, behind 'c' that was ready before and before its waker's
// yield.
TEST(ProductionOrder, AWokenTaskGoesToTheTail) {
  EXPECT_EQ(in_production_order(wakes_in_between), "scwsc");
}

Task<> unequal(Log& log) { co_await gather(yields(log, 'a', 2), yields(log, 'b', 2)); }

// Whatever the strategy: (3+3)!/(3!3!) = 20 schedules, and the first of them is "abab ab".
TEST(ProductionOrder, IsTheFirstExecutionUnderEveryStrategy) {
  for (const StrategyRecipe& strategy :
       {StrategyRecipe(), exhaustive(), production(), random_walk()}) {
    Log log;
    const auto body = [&log] {
      log.clear();
      return unequal(log);
    };
    const Report report = explore(body, {.strategy = strategy, .seed = 3, .max_schedules = 1});
    EXPECT_EQ(report.schedules, 1U) << strategy.name();
    EXPECT_EQ(log, "ababab") << strategy.name();
  }
}

Task<> waits_for_ever_for_a_set_event() {
  Event event;
  event.set();
  while (true) co_await event.wait();
}
Task<> chooses_for_ever(std::uint32_t alternatives) {
  while (true) static_cast<void>(choose(alternatives));
  co_return;
}
Task<> chooses_one_of_two_for_ever() { return chooses_for_ever(2); }
Task<> chooses_one_of_one_for_ever() { return chooses_for_ever(1); }
Task<> yields_for_ever() {
  while (true) co_await yield();
}
Task<> child() { co_return; }
Task<> awaits_children_for_ever() {
  while (true) co_await child();
}
Task<> sleeps_for_ever() {
  while (true) co_await sleep_for(std::chrono::hours(1));
}
Task<> locks_for_ever() {
  Lock lock;
  while (true) const LockGuard guard = co_await lock.scoped();
}

TEST(StepLimit, EndsALoopThatNeverBlocksInEveryMode) {
  for (const auto endless :
       {waits_for_ever_for_a_set_event, chooses_one_of_two_for_ever, chooses_one_of_one_for_ever,
        yields_for_ever, sleeps_for_ever, locks_for_ever}) {
    for (const AwaitPoints points : all_await_points) {
      const Report report = explore(
          endless, {.max_steps = 100, .await_points = points, .compare_await_points = false});
      EXPECT_THAT(report, FailsWith(FailureKind::livelock, HasSubstr("after 100 steps")));
      EXPECT_EQ(report.schedules, 1U);
      EXPECT_LE(report.steps, 100U);
    }
  }
}

TEST(StepLimit, EndsALoopOfInlineChildrenWhereTheirAwaitsAreSteps) {
  const Report report =
      explore(awaits_children_for_ever, {.max_steps = 100, .compare_await_points = false});
  EXPECT_THAT(report, FailsWith(FailureKind::livelock));
  EXPECT_EQ(report.steps, 100U);
}

Task<> yields_often(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}

// A body of k yields has k + 1 steps: the last of 100 allowed ends it, the 101st is one too many.
TEST(StepLimit, CountsEveryStepAndAllowsTheLast) {
  const auto explore_yields = [](int times) {
    return explore([times] { return yields_often(times); }, {.max_steps = 100});
  };
  EXPECT_THAT(explore_yields(99), Passes());
  EXPECT_EQ(explore_yields(99).steps, 100U);
  EXPECT_THAT(explore_yields(100), FailsWith(FailureKind::livelock));
  EXPECT_EQ(explore_yields(100).steps, 100U);
}

Task<> chooses_often(int times) {
  for (int i = 0; i < times; ++i) static_cast<void>(choose(1));
  co_await yield();
}

// One start, k choices, one yield.
TEST(StepLimit, CountsChoices) {
  EXPECT_THAT(explore([] { return chooses_often(98); }, {.max_steps = 100}), Passes());
  EXPECT_THAT(explore([] { return chooses_often(99); }, {.max_steps = 100}),
              FailsWith(FailureKind::livelock));
}

Task<> waits_often(int times) {
  Event event;
  event.set();
  for (int i = 0; i < times; ++i) co_await event.wait();
}

// Under `suspending` the waits are no steps and count all the same: the start and 98 of them leave
// room; with the 99th the limit is reached.
TEST(StepLimit, CountsAwaitsThatCompletedAtOnce) {
  const auto explore_waits = [](int times) {
    return explore([times] { return waits_often(times); },
                   {.max_steps = 100, .await_points = AwaitPoints::suspending});
  };
  EXPECT_THAT(explore_waits(98), Passes());
  EXPECT_EQ(explore_waits(98).steps, 1U);
  EXPECT_THAT(explore_waits(100), FailsWith(FailureKind::livelock));
}

TEST(End, ComesInTheStepInWhichTheBodyFinishes) {
  Log log;
  const auto body = [&log] {
    log.clear();
    const auto program = [](Log& entries) -> Task<> {
      spawn_daemon(yields(entries, 'd', 5));
      spawn_daemon(yields(entries, 'e', 5));
      co_await yield();
      entries += '!';
    };
    return program(log);
  };
  // Start of the body, start of each daemon, end of the body; the daemons were ready again.
  const Report report = explore(body, {.strategy = production()});
  EXPECT_THAT(report, Passes());
  EXPECT_EQ(report.steps, 4U);
  EXPECT_EQ(log, "de!");
}

TEST(End, DoesNotWaitForATaskThatHasNotStarted) {
  Log log;
  const auto body = [&log] {
    log.clear();
    const auto program = [](Log& entries) -> Task<> {
      spawn_daemon(note(entries, 'd'));
      co_return;
    };
    return program(log);
  };
  const Report report = explore(body);
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_EQ(report.schedules, 1U);
  EXPECT_THAT(log, IsEmpty());
}

TEST(Execution, OfABodyThatOnlyReturnsIsOneStep) {
  const Report report = explore(child);
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_EQ(report.steps, 1U);
}

Task<> chooses(std::set<std::pair<std::uint32_t, std::uint32_t>>& seen) {
  const std::uint32_t first = choose(3);
  const std::uint32_t second = choose(2);
  seen.emplace(first, second);
  co_return;
}

// 3 * 2 values.
TEST(Choose, GivesEveryValueOnceUnderEnumeration) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  const Report report = explore([&seen] { return chooses(seen); });
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_EQ(report.schedules, 6U);
  EXPECT_EQ(seen.size(), 6U);
}

Task<> two_that_choose() {
  const auto one = []() -> Task<> {
    static_cast<void>(choose(2));
    co_return;
  };
  co_await gather(one(), one());
}

// Two orders of the two tasks, and two values for each task: 2 * 2 * 2.
TEST(Choose, IsABranchOfTheSameTreeAsTheSchedules) {
  EXPECT_EQ(explore(two_that_choose).schedules, 8U);
}

TEST(Choose, OfOneIsNoBranch) {
  const Report report = explore([] { return chooses_often(3); });
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_EQ(report.schedules, 1U);
}

COWEAVE_TEST(Choose, OfNothingIsAnError) {
  bool refused = false;
  try {
    static_cast<void>(choose(0));
  } catch (const Error& error) {
    refused = true;
    EXPECT_THAT(error.what(), HasSubstr("expected at least 1 alternative, found 0"));
  }
  EXPECT_TRUE(refused);
  co_return;
}

TEST(Choose, IsInTheScheduleWithItsValue) {
  const auto body = []() -> Task<> {
    const std::uint32_t value = choose(5);
    check(value != 3, "three");
    co_return;
  };
  const Report report = explore(body);
  ASSERT_THAT(report, FailsWith(FailureKind::check, "three"));
  const Schedule& schedule = report.failures.front().schedule;
  EXPECT_EQ(schedule.picks, std::vector<std::uint32_t>{3});
  ASSERT_EQ(schedule.trace.steps.size(), 2U);
  EXPECT_TRUE(schedule.trace.steps[1].is_choice());
  EXPECT_EQ(schedule.trace.steps[1].pick, 3U);
  EXPECT_EQ(schedule.trace.steps[1].alternatives, 5U);
}

Task<> two_of_two_yields() { co_await gather(yields_often(2), yields_often(2)); }

Task<> explores_inside(Log& log) {
  log += '1';
  const Report inner = explore(two_of_two_yields);
  EXPECT_EQ(inner.schedules, 20U);  // 6!/(3!3!).
  EXPECT_THAT(inner, PassesExhaustively());
  EXPECT_THAT(explore(chooses_one_of_two_for_ever, {.max_steps = 10}),
              FailsWith(FailureKind::livelock));
  EXPECT_EQ(now().time_since_epoch().count(), 0);
  co_await yield();
  log += '2';
}
Task<> explores_beside_another(Log& log) {
  co_await gather(explores_inside(log), yields(log, 'b', 1));
}

// The outer tasks have two steps each: 4!/(2!2!) = 6 schedules, as if nothing were nested.
TEST(Nested, AnExplorationInsideABodyLeavesTheOuterOneAlone) {
  Log log;
  std::set<Log> logs;
  const auto body = [&log, &logs] {
    logs.insert(std::exchange(log, {}));
    return explores_beside_another(log);
  };
  const Report report = explore(body);
  logs.insert(log);
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_EQ(report.schedules, 6U);
  logs.erase("");
  EXPECT_EQ(logs, (std::set<Log>{"1b2b", "1bb2", "12bb", "b12b", "b1b2", "bb12"}));
}

COWEAVE_TEST(Nested, RunInsideAnExplorationIsAnError) {
  EXPECT_THROW(run(child()), Error);
  co_return;
}

}  // namespace
}  // namespace coweave
