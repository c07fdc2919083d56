#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

// How an execution fails: what is reported, in which order, and at which place.

namespace coweave {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr std::uint32_t line_of(Place place = Place::current()) { return place.line(); }

/// The failure of the production order of `body`.
template <class Body>
Failure failure_of(Body&& body) {
  const Report report = explore(body, {.strategy = production(), .compare_await_points = false});
  EXPECT_TRUE(report.failed());
  EXPECT_EQ(report.failures.size(), 1U);
  return report.failures.empty() ? Failure() : report.failures.front();
}

// Deadlocks.

std::uint32_t event_line = 0;
std::uint32_t lock_line = 0;
std::uint32_t semaphore_line = 0;
std::uint32_t gather_line = 0;

Task<> holds_and_waits(Lock& lock, Event& never) {
  const LockGuard guard = co_await lock.scoped();
  event_line = line_of() + 1;
  co_await never.wait();
}
Task<> wants(Lock& lock) {
  lock_line = line_of() + 1;
  co_await lock.acquire();
}
Task<> wants(Semaphore& semaphore) {
  semaphore_line = line_of() + 1;
  co_await semaphore.acquire();
}
Task<> three_that_wait() {
  Lock lock("db");
  Event never("never");
  Semaphore empty(0, "empty");
  gather_line = line_of() + 1;
  co_await gather(holds_and_waits(lock, never), wants(lock), wants(empty));
}

TEST(Deadlock, ListsEveryBlockedTaskWithWhatItWaitsForAndWhere) {
  const Failure failure = failure_of(three_that_wait);
  EXPECT_EQ(failure.kind, FailureKind::deadlock);
  EXPECT_EQ(failure.message, "nothing is ready and 4 tasks wait");
  EXPECT_EQ(failure.place.line, event_line);  // Of the first task that is not the body.
  const Trace& trace = failure.schedule.trace;
  std::vector<std::string> blocked;
  std::vector<std::uint32_t> lines;
  for (const TraceBlocked& waiting : trace.blocked) {
    blocked.push_back(trace.tasks[waiting.task].name + ": " +
                      trace.describe(waiting.operation, waiting.object));
    lines.push_back(waiting.place.line);
  }
  EXPECT_THAT(blocked,
              ElementsAre("body: gather", "holds_and_waits#1: wait event \"never\"",
                          "wants#1: acquire lock \"db\"", "wants#2: acquire semaphore \"empty\""));
  EXPECT_THAT(lines, ElementsAre(gather_line, event_line, lock_line, semaphore_line));
}

// Steps, from 0: the body, the first task up to the lock, past it up to the event, then the others.
TEST(Deadlock, KnowsTheStepSinceWhichATaskWaits) {
  const Failure failure = failure_of(three_that_wait);
  std::vector<std::uint32_t> since;
  for (const TraceBlocked& waiting : failure.schedule.trace.blocked)
    since.push_back(waiting.since_step);
  EXPECT_THAT(since, ElementsAre(0, 2, 3, 4));
}

Task<> waits_alone() {
  Event never;
  co_await never.wait();
}

TEST(Deadlock, OfTheBodyAloneIsOneTask) {
  EXPECT_EQ(failure_of(waits_alone).message, "nothing is ready and 1 task waits");
}

Task<> waits_beside_a_daemon() {
  Event never;
  const auto waits = [](Event& event) -> Task<> { co_await event.wait(); };
  spawn_daemon(waits(never), "daemon");
  co_await never.wait();
}

TEST(Deadlock, IsNoLessOneForADaemon) {
  const Failure failure = failure_of(waits_beside_a_daemon);
  EXPECT_EQ(failure.kind, FailureKind::deadlock);
  EXPECT_EQ(failure.schedule.trace.blocked.size(), 2U);
}

Task<> joins(TaskHandle<>& other) {
  co_await yield();
  co_await other;
}
Task<> join_in_a_circle() {
  TaskHandle<> first;
  TaskHandle<> second;
  first = spawn(joins(second));
  second = spawn(joins(first));
  co_await first;
}

TEST(Deadlock, OfTasksThatJoinEachOther) {
  EXPECT_EQ(failure_of(join_in_a_circle).message, "nothing is ready and 3 tasks wait");
}

// Leaks.

std::uint32_t leak_line = 0;

Task<> sleeps() { co_await sleep_for(std::chrono::hours(1)); }
Task<> leaks_two_and_a_daemon() {
  leak_line = line_of() + 1;
  spawn(sleeps(), "first");
  spawn_daemon(sleeps(), "daemon");
  spawn(sleeps());
  co_await yield();
}

TEST(LeakedTask, IsEachThatHadNotFinishedDaemonsApart) {
  const Failure failure = failure_of(leaks_two_and_a_daemon);
  EXPECT_EQ(failure.kind, FailureKind::leaked_task);
  EXPECT_THAT(failure.message, StartsWith("'first' had not finished when the test body did"));
  EXPECT_THAT(failure.also,
              ElementsAre(StartsWith("leaked_task: 'sleeps' (task 0.3) had not finished")));
  EXPECT_EQ(failure.place.line, leak_line);              // Of the spawn.
  EXPECT_EQ(failure.schedule.trace.blocked.size(), 3U);  // The daemon waits as well.
}

// Ready to start when the body ends, so waiting for nothing; and leaked all the same.
Task<> leaks_a_ready_task() {
  const auto empty = []() -> Task<> { co_return; };
  spawn(empty(), "ready");
  co_return;
}

TEST(LeakedTask, MayBeReady) {
  const Failure failure = failure_of(leaks_a_ready_task);
  EXPECT_EQ(failure.kind, FailureKind::leaked_task);
  EXPECT_THAT(failure.schedule.trace.blocked, IsEmpty());
}

// Exceptions.

struct NotAnException {};

template <class Thrown>
Task<> throws(Thrown thrown) {
  co_await yield();
  throw Thrown(thrown);
}

TEST(UncaughtException, IsNamedByItsTypeAndText) {
  const Failure failure = failure_of([] { return throws(std::out_of_range("beyond")); });
  EXPECT_EQ(failure.kind, FailureKind::exception);
  EXPECT_EQ(failure.message, "std::out_of_range left the test body: beyond");
}

TEST(UncaughtException, NeedNotBeAStandardOne) {
  const Failure failure = failure_of([] { return throws(NotAnException()); });
  EXPECT_EQ(failure.kind, FailureKind::exception);
  EXPECT_THAT(failure.message, EndsWith("NotAnException left the test body"));
  EXPECT_EQ(failure_of([] { return throws(42); }).message, "int left the test body");
}

TEST(UncaughtException, OfKindCancelledErrorIsOneToo) {
  const Failure failure = failure_of([] { return throws(CancelledError("enough")); });
  EXPECT_EQ(failure.kind, FailureKind::exception);
  EXPECT_EQ(failure.message, "CancelledError left the test body: enough");
}

std::uint32_t release_line = 0;

Task<> releases_a_free_lock() {
  Lock lock("db");
  release_line = line_of() + 1;
  lock.release();
  co_return;
}

TEST(UncaughtException, OfMisuseIsMisuseAtItsPlace) {
  const Failure failure = failure_of(releases_a_free_lock);
  EXPECT_EQ(failure.kind, FailureKind::misuse);
  EXPECT_EQ(failure.message, "release of lock \"db\": expected it to be held, found it free");
  EXPECT_EQ(failure.place.line, release_line);
}

Task<> spawns_two_that_throw() {
  spawn(throws(std::runtime_error("first")), "named");
  spawn(throws(std::runtime_error("second")));
  co_await wait_all_tasks_blocked();
}

TEST(UncaughtException, OfEachTaskIsReported) {
  const Failure failure = failure_of(spawns_two_that_throw);
  EXPECT_EQ(failure.message, "std::runtime_error left 'named': first");
  EXPECT_THAT(failure.also,
              ElementsAre("exception: std::runtime_error left 'throws' (task 0.2): second"));
}

Task<> spawns_one_that_throws_and_joins() {
  const TaskHandle<> handle = spawn(throws(std::runtime_error("caught")));
  try {
    co_await handle;
  } catch (const std::runtime_error&) {
  }
}

TEST(UncaughtException, IsNoneOnceAnAwaitHasCaughtIt) {
  EXPECT_THAT(explore(spawns_one_that_throws_and_joins), PassesExhaustively());
}

Task<> spawns_one_that_is_cancelled() {
  const TaskHandle<> handle = spawn(sleeps());
  co_await yield();
  handle.cancel();
  co_await wait_all_tasks_blocked();
}

// As in asyncio, a cancelled task that nobody awaits is no error; only the body may not end so.
TEST(UncaughtException, IsNotACancelledTaskThatNobodyAwaits) {
  EXPECT_THAT(explore(spawns_one_that_is_cancelled), PassesExhaustively());
}

// The call of the body, before it gives a Task.

Task<> nothing() { co_return; }

template <class Thrown>
Report explore_call_that_throws(Thrown thrown) {
  const auto body = [&thrown]() -> Task<> {
    if (now().time_since_epoch().count() == 0) throw Thrown(thrown);
    return nothing();
  };
  return explore(body, {.strategy = production(), .compare_await_points = false});
}

TEST(CallOfTheBody, ThatThrowsIsAFailure) {
  const Report report = explore_call_that_throws(std::runtime_error("early"));
  ASSERT_THAT(report, FailsWith(FailureKind::exception));
  EXPECT_EQ(report.failures.front().message,
            "std::runtime_error left the call of the test body: early");
  EXPECT_EQ(report.schedules, 1U);
}

TEST(CallOfTheBody, ThatThrowsAnyTypeIsAFailure) {
  EXPECT_THAT(explore_call_that_throws(42), FailsWith(FailureKind::exception, HasSubstr("int")));
  EXPECT_THAT(explore_call_that_throws(CancelledError("early")),
              FailsWith(FailureKind::exception, HasSubstr("CancelledError")));
}

Task<> misused_before_the_task() {
  const auto make = [] {
    Lock lock("db");
    lock.release();
    return nothing();
  };
  return make();
}

TEST(CallOfTheBody, ThatMisusesAPrimitiveIsMisuse) {
  EXPECT_THAT(explore(misused_before_the_task), FailsWith(FailureKind::misuse));
}

Task<> chooses_in_the_call() {
  for (int i = 0; i < 20; ++i) static_cast<void>(choose(1));
  return nothing();
}

TEST(CallOfTheBody, MayChooseAndCountsAgainstTheStepLimit) {
  EXPECT_THAT(explore(chooses_in_the_call, {.max_steps = 21}), PassesExhaustively());
  EXPECT_THAT(explore(chooses_in_the_call, {.max_steps = 10}), FailsWith(FailureKind::livelock));
}

TEST(CallOfTheBody, LeavesExplorationsAfterItInOrder) {
  static_cast<void>(explore_call_that_throws(std::runtime_error("early")));
  EXPECT_THAT(explore(nothing), PassesExhaustively());
}

// Checks.

std::uint32_t first_check_line = 0;

Task<> checks_twice_and_throws(bool& reached_the_end) {
  reached_the_end = false;
  EXPECT_TRUE(check(true, "holds"));
  first_check_line = line_of() + 1;
  const bool held = check(false, "first");
  co_await yield();
  check(held, "second");
  reached_the_end = true;
  throw std::runtime_error("third");
}

TEST(Check, DoesNotEndTheExecutionAndTheFirstFailureClassifies) {
  bool reached_the_end = false;
  const Failure failure =
      failure_of([&reached_the_end] { return checks_twice_and_throws(reached_the_end); });
  EXPECT_TRUE(reached_the_end);
  EXPECT_EQ(failure.kind, FailureKind::check);
  EXPECT_EQ(failure.message, "first");
  EXPECT_EQ(failure.place.line, first_check_line);
  EXPECT_THAT(failure.also, ElementsAre("check: second",
                                        "exception: std::runtime_error left the test body: third"));
}

TEST(Check, SaysInWhichStepItFailed) {
  bool unused = false;
  const Schedule schedule =
      failure_of([&unused] { return checks_twice_and_throws(unused); }).schedule;
  ASSERT_TRUE(schedule.failure.has_value());
  EXPECT_EQ(schedule.failure->step, 0U);
  EXPECT_EQ(schedule.trace.steps.size(), 2U);
}

Task<> checks_then_deadlocks() {
  Event never;
  check(false, "first");
  co_await never.wait();
}

TEST(Check, ClassifiesBeforeADeadlockAndALeakThatFollow) {
  EXPECT_THAT(failure_of(checks_then_deadlocks).also,
              ElementsAre("deadlock: nothing is ready and 1 task waits"));
}

TEST(Check, OutsideAnExplorationIsAnErrorOnlyIfItFails) {
  EXPECT_TRUE(check(true));
  EXPECT_THROW(check(false, "alone"), Error);
}

}  // namespace
}  // namespace coweave
