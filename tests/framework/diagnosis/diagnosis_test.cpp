#include "coweave/diagnosis/diagnosis.hpp"

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "coweave/diagnosis/repetition.hpp"
#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

// What a report says of deadlocks, partial ones too, of leaked permits and of executions without
// end.

namespace coweave {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

Options brief() {
  Options options;
  options.await_points = AwaitPoints::suspending;
  options.compare_await_points = false;
  options.source_root = {};
  return options;
}

Failure failure_of(const Report& report) {
  return report.failures.empty() ? Failure() : report.failures.front();
}

std::vector<std::string> diagnosis_of(const Report& report) {
  return diagnose(failure_of(report).schedule);
}

// Wait-for cycles.

Task<> takes_both(Lock& first, Lock& second) {
  const LockGuard one = co_await first.scoped();
  co_await yield();
  const LockGuard two = co_await second.scoped();
}

Task<> three_in_a_circle() {
  Lock a("a");
  Lock b("b");
  Lock c("c");
  const TaskHandle<> x = spawn(takes_both(a, b), "x");
  const TaskHandle<> y = spawn(takes_both(b, c), "y");
  const TaskHandle<> z = spawn(takes_both(c, a), "z");
  co_await x;
  co_await y;
  co_await z;
}

TEST(Diagnosis, OfACycleNamesWhatEachHoldsAcrossWhichAwait) {
  const std::vector<std::string> lines = diagnosis_of(explore(three_in_a_circle, brief()));
  EXPECT_THAT(lines, Contains("cycle: x waits for y waits for z waits for x"));
  EXPECT_THAT(lines,
              Contains(AllOf(StartsWith("  x holds lock \"a\", taken at diagnosis_test.cpp:"),
                             HasSubstr(" in step 2, across the await at diagnosis_test.cpp:"),
                             EndsWith(" of lock \"b\""))));
  EXPECT_THAT(lines,
              Contains(AllOf(StartsWith("  z holds lock \"c\", "), EndsWith(" of lock \"a\""))));
}

Task<> takes_both(Semaphore& first, Semaphore& second) {
  co_await first.acquire();
  co_await yield();
  co_await second.acquire();
  second.release();
  first.release();
}

// Two permits each, four tasks: each holder of `a` waits for a permit of `b` and the reverse, so
// that no single holder is to blame, and nobody outside can help.
Task<> permits_in_a_circle() {
  Semaphore a(2, "a");
  Semaphore b(2, "b");
  co_await gather(takes_both(a, b), takes_both(a, b), takes_both(b, a), takes_both(b, a));
}

TEST(Diagnosis, FindsACycleOfSeveralPermits) {
  const Report report = explore(permits_in_a_circle, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  EXPECT_THAT(diagnosis_of(report), Contains(StartsWith("cycle: takes_both#")));
}

Task<> takes_and_returns(Semaphore& first) {
  co_await first.acquire();
  co_await sleep_for(std::chrono::hours(1));
  first.release();
}

// The same with one holder who sleeps: its permit comes back.
Task<> permits_with_a_way_out() {
  Semaphore a(2, "a");
  Semaphore b(2, "b");
  const TaskHandle<> helper = spawn(takes_and_returns(a), "helper");
  const TaskHandle<> one = spawn(takes_both(a, b), "one");
  const TaskHandle<> two = spawn(takes_both(b, a), "two");
  const TaskHandle<> three = spawn(takes_both(b, a), "three");
  co_await wait_all_tasks_blocked();
  check(false, "looked at before the helper wakes");
  co_await helper;
  co_await one;
  co_await two;
  co_await three;
}

TEST(Diagnosis, SeesNoCycleWhereAHolderGoesOn) {
  const Report report = explore(permits_with_a_way_out, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  EXPECT_THAT(diagnosis_of(report), Not(Contains(StartsWith("cycle: "))));
}

Task<> beats() {
  while (true) co_await sleep_for(std::chrono::seconds(1));
}

// The clock goes on for ever: the deadlock of the others is never the whole execution's.
Task<> deadlock_beside_a_heartbeat() {
  Lock a("a");
  Lock b("b");
  spawn_daemon(beats(), "heartbeat");
  co_await gather(takes_both(a, b), takes_both(b, a));
}

TEST(Diagnosis, FindsAPartialDeadlockAtTheStepLimit) {
  Options options = brief();
  options.max_steps = 200;
  const Report report = explore(deadlock_beside_a_heartbeat, options);
  ASSERT_THAT(report, FailsWith(FailureKind::livelock));
  const std::vector<std::string> lines = diagnosis_of(report);
  EXPECT_THAT(lines, Contains("cycle: takes_both#1 waits for takes_both#2 waits for takes_both#1"));
  EXPECT_THAT(lines, Contains(HasSubstr("heartbeat: sleep at ")));
  EXPECT_THAT(lines, Not(Contains(StartsWith("heartbeat waits"))));
}

struct TwoLocks {
  Lock a{"a"};
  Lock b{"b"};
};
Task<> takes_both_of(std::shared_ptr<TwoLocks> locks, bool is_reversed) {
  if (is_reversed) {
    co_await takes_both(locks->b, locks->a);
  } else {
    co_await takes_both(locks->a, locks->b);
  }
}
Task<> leaves_a_deadlock_behind() {
  const auto locks = std::make_shared<TwoLocks>();  // Shared with daemons, which outlive the body.
  spawn_daemon(takes_both_of(locks, false), "one");
  spawn_daemon(takes_both_of(locks, true), "two");
  co_await wait_all_tasks_blocked();
  check(!locks->a.locked() && !locks->b.locked(), "the daemons are stuck");
}

// The same with a check as the failure.
TEST(Diagnosis, FindsAPartialDeadlockOfDaemons) {
  const Report report = explore(leaves_a_deadlock_behind, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  EXPECT_THAT(diagnosis_of(report), Contains("cycle: one waits for two waits for one"));
}

// Leaked permits.

Task<> forgets_on_error(Semaphore& pool, bool is_failing) {
  co_await pool.acquire();
  co_await yield();
  if (is_failing) throw std::runtime_error("broken");
  pool.release();
}
Task<> survives_an_error() {
  Semaphore pool(1, "pool");
  const TaskHandle<> broken = spawn(forgets_on_error(pool, true), "broken");
  const TaskHandle<> next = spawn(forgets_on_error(pool, false), "next");
  try {
    co_await broken;
  } catch (const std::runtime_error&) {
  }
  co_await next;
}

TEST(Diagnosis, TellsWhoTookAPermitAlongByWhichExit) {
  const Report report = explore(survives_an_error, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  EXPECT_THAT(
      diagnosis_of(report),
      Contains(AllOf(StartsWith("leaked: broken takes semaphore \"pool\" at diagnosis_test.cpp:"),
                     HasSubstr(" in step 2 and ends by std::runtime_error in step "),
                     HasSubstr(", in which it goes on from yield at diagnosis_test.cpp:"),
                     EndsWith(", without releasing it: next cannot get it"))));
}

Task<> forgets_when_cancelled(Lock& lock) {
  co_await lock.acquire();
  co_await sleep_for(std::chrono::hours(1));
  lock.release();
}
Task<> cancels_a_holder() {
  Lock lock("door");
  const TaskHandle<> holder = spawn(forgets_when_cancelled(lock), "holder");
  co_await wait_all_tasks_blocked();
  holder.cancel();
  co_await lock.acquire();
  lock.release();
}

TEST(Diagnosis, TellsWhereAHolderWasCancelled) {
  const Report report = explore(cancels_a_holder, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  EXPECT_THAT(diagnosis_of(report),
              Contains(AllOf(StartsWith("leaked: holder takes lock \"door\" at "),
                             HasSubstr(" and ends cancelled in step "),
                             HasSubstr("goes on from sleep at diagnosis_test.cpp:"),
                             EndsWith(": body cannot get it"))));
}

Task<> waits_for_signals(Semaphore& signals, int count) {
  for (int i = 0; i < count; ++i) co_await signals.acquire();
}
Task<> one_signal_too_few() {
  Semaphore signals(0, "signals");
  const TaskHandle<> first = spawn(waits_for_signals(signals, 1), "first");
  signals.release();
  co_await first;
  const TaskHandle<> second = spawn(waits_for_signals(signals, 1), "second");
  co_await second;
}

// Who waits for a signal takes a permit and owes none.
TEST(Diagnosis, CallsNoSignalALeakedPermit) {
  const Report report = explore(one_signal_too_few, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  EXPECT_THAT(diagnosis_of(report), Not(Contains(StartsWith("leaked: "))));
}

Task<> waits_for_ready(Condition& ready) {
  const LockGuard guard = co_await ready.scoped();
  co_await ready.wait();
}
Task<> many_wait() {
  Condition ready("ready");
  co_await ready.acquire();
  ready.notify();
  ready.release();
  std::vector<TaskHandle<>> tasks;
  for (int i = 0; i < 100; ++i) tasks.push_back(spawn(waits_for_ready(ready)));
  for (const TaskHandle<>& task : tasks) co_await task;
}

// The body waits as well: 101 tasks, 30 of them by name; 100 missed the notification, 8 are told.
TEST(Diagnosis, OfManyTasksIsShort) {
  const std::vector<std::string> lines = diagnosis_of(explore(many_wait, brief()));
  ASSERT_EQ(lines.size(), 30U + 1 + 8 + 1);
  EXPECT_EQ(lines[30], "and 71 more waiting tasks");
  EXPECT_EQ(lines[39], "and 92 more lost wake-ups");
}

// Executions without end.

Task<> spins(Event& stop) {
  while (!stop.is_set()) {
    co_await yield();
    co_await yield();
  }
}
Task<> nobody_stops_it() {
  Event stop("stop");
  co_await spins(stop);
}

// The body starts (step 1), then yields at two lines in turn: of 100 steps 99 are left for 49 times
// two.
TEST(Diagnosis, OfALivelockShowsWhatRepeatsOnce) {
  Options options = brief();
  options.max_steps = 100;
  const Report report = explore(nobody_stops_it, options);
  ASSERT_THAT(report, FailsWith(FailureKind::livelock));
  const std::vector<std::string> lines = diagnosis_of(report);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], "repeats: the last 98 steps, from step 3 on, are these 2, 49 times:");
  EXPECT_THAT(lines[1], StartsWith("  body: yield at diagnosis_test.cpp:"));
  EXPECT_THAT(lines[2], StartsWith("  body: yield at diagnosis_test.cpp:"));
  EXPECT_NE(lines[1], lines[2]);
  const nlohmann::json json = nlohmann::json::parse(to_json(report));
  EXPECT_EQ(json.at("failures").at(0).at("diagnosis"), nlohmann::json(lines));
}

Task<> waits_while_set(Event& busy) {
  while (busy.is_set()) co_await busy.wait();
}
Task<> clears(Event& busy) {
  busy.clear();
  co_return;
}

// Under AwaitPoints::every a wait for a set event suspends, and goes on first: production order
// never comes to the task that clears it.
Task<> starves_in_production_order() {
  Event busy("busy");
  busy.set();
  co_await gather(waits_while_set(busy), clears(busy));
}

TEST(Diagnosis, TellsStarvationFromLivelockByExecution) {
  Options options = brief();
  options.await_points = AwaitPoints::every;
  options.max_steps = 100;
  options.fairness = 0;
  const Report report = explore(starves_in_production_order, options);
  ASSERT_THAT(report, FailsWith(FailureKind::livelock));
  EXPECT_THAT(diagnosis_of(report),
              Contains("starved: clears#1 is ready since step 2 and never picked"));
  EXPECT_THAT(failure_of(report).explanation.tried,
              ElementsAre(AllOf(StartsWith("all ready tasks in turn from step "),
                                HasSubstr(": it passes: the schedule starves a task"))));
}

Task<> spins_for_ever(Event& busy) {
  while (true) co_await busy.wait();
}
Task<> starves_and_spins() {
  Event busy("busy");
  busy.set();
  co_await gather(spins_for_ever(busy), clears(busy), spins_for_ever(busy));
}

// Cleared, the event blocks both: that is a deadlock.
TEST(Diagnosis, TellsHowAFairScheduleFails) {
  Options options = brief();
  options.await_points = AwaitPoints::every;
  options.max_steps = 100;
  options.fairness = 0;
  const Report report = explore(starves_and_spins, options);
  ASSERT_THAT(report, FailsWith(FailureKind::livelock));
  EXPECT_THAT(failure_of(report).explanation.tried,
              ElementsAre(HasSubstr(": it fails: nothing is ready and 3 tasks wait")));
}

// The period by hand: against every period and beginning there could be.
TEST(Repetition, IsTheLongestEndOfTheShortestPeriod) {
  std::uint32_t cases = 0;
  for (std::uint32_t bits = 0; bits < 1U << 12U; ++bits) {
    Trace trace;
    trace.tasks.resize(2);
    for (std::uint32_t i = 0; i < 12; ++i) {
      TraceStep step;
      step.task = bits >> i & 1U;
      trace.steps.push_back(step);
    }
    std::size_t covered = 0;
    std::size_t shortest = 0;
    for (std::size_t period = 1; period <= 4; ++period) {
      std::size_t length = period;
      while (length < 12 && trace.steps[11 - length].task == trace.steps[11 - length + period].task)
        ++length;
      if (length >= 3 * period && length > covered) {
        covered = length;
        shortest = period;
      }
    }
    const std::optional<Repetition> found = repetition_at_end(trace);
    ASSERT_EQ(found.has_value(), covered > 0) << bits;
    if (!found) continue;
    EXPECT_EQ(found->period, shortest) << bits;
    EXPECT_EQ(found->times, covered / shortest) << bits;
    EXPECT_EQ(found->first, 12 - covered / shortest * shortest) << bits;
    ++cases;
  }
  EXPECT_GT(cases, 1'000U);
}

}  // namespace
}  // namespace coweave
