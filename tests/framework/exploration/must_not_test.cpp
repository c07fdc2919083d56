// More sentences of a report, each with a program that contains a bug and must not get it. Which
// test is for which sentence: see tests/claims/claims.md.
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace {

using coweave::check;
using coweave::choose;
using coweave::Completion;
using coweave::explore;
using coweave::FailsWith;
using coweave::FailureKind;
using coweave::gather;
using coweave::Lock;
using coweave::Options;
using coweave::Passes;
using coweave::Report;
using coweave::Task;
using coweave::TimeoutError;
using coweave::TimerOrder;
using coweave::Tracking;
using coweave::Verdict;
using coweave::with_timeout;
using coweave::yield;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}

// ---- every interleaving of at most N early ones

Task<> acquires(Lock& lock) { co_await lock.acquire(); }
Task<> holds(Lock& lock) {
  const auto guard = co_await lock.scoped();
  co_await yield();
  co_await yield();
}
/// Whether the deadline, which is far away, has passed before the holder releases the lock.
Task<> tries_beside_a_holder(bool& has_timed_out) {
  Lock lock("db");
  const auto holder = coweave::spawn(holds(lock), "holder");
  co_await yield();
  try {
    co_await with_timeout(1s, acquires(lock));
    lock.release();
  } catch (const TimeoutError&) {
    has_timed_out = true;
  }
  co_await holder;
}

/// Fails for one value in a million, after a deadline that passed early.
Task<> fails_rarely_if_late() {
  bool has_timed_out = false;
  co_await tries_beside_a_holder(has_timed_out);
  if (has_timed_out) check(choose(1'000'000) != 999'999, "the last value");
}

TEST(MustNot, SayEveryInterleavingOfEarlyOnesWhereTheBudgetEndedThem) {
  const Report report = explore(fails_rarely_if_late);
  ASSERT_THAT(report, Passes());
  ASSERT_TRUE(report.completion.early_timeouts);
  EXPECT_FALSE(report.completion.early_timeouts->is_complete);
  EXPECT_THAT(report.verdict_detail, AllOf(HasSubstr("schedules more of at most 2 early ones"),
                                           Not(HasSubstr("every interleaving of at most 2"))));
}

/// Three deadlines have to pass early for it to fail.
Task<> fails_if_late_three_times() {
  int late = 0;
  for (int i = 0; i < 3; ++i) {
    bool has_timed_out = false;
    co_await tries_beside_a_holder(has_timed_out);
    if (has_timed_out) ++late;
  }
  check(late < 3, "late each time");
}

TEST(MustNot, NameMoreEarlyOnesThanWereAllowed) {
  const Report report = explore(fails_if_late_three_times, {.max_schedules = 20'000});
  ASSERT_THAT(report, Passes());
  EXPECT_THAT(report.verdict_detail, AllOf(HasSubstr("of at most 2 early ones"),
                                           Not(HasSubstr("of at most 3 early ones"))));
  EXPECT_THAT(
      explore(fails_if_late_three_times, {.timers = TimerOrder::timeouts, .max_early_timers = 3}),
      FailsWith(FailureKind::check));
}

Task<> polls(const bool& is_over, int& polled) {
  while (!is_over) {
    ++polled;
    co_await yield();
  }
}
Task<> ends_after(int times, bool& is_over) {
  co_await yields(times);
  is_over = true;
}

// A fair scheduler never lets it poll so often, and no execution within the step limit does.
TEST(MustNot, SayEveryInterleavingOfFairOnesAlone) {
  const auto body = []() -> Task<> {
    bool is_over = false;
    int polled = 0;
    co_await gather(polls(is_over, polled), ends_after(1, is_over));
    check(polled < 600, "polled too often");
  };
  const Report report = explore(body, {.max_steps = 500, .fairness = 3});
  ASSERT_THAT(report, Passes());
  EXPECT_EQ(report.verdict, Verdict::bounded);
  EXPECT_THAT(report, Not(coweave::PassesExhaustively()));
  EXPECT_FALSE(report.completion.covers_every_interleaving());
  EXPECT_THAT(report.verdict_detail,
              AllOf(HasSubstr("every fair interleaving"), Not(HasSubstr("every interleaving"))));
  EXPECT_THAT(explore(body, {.strategy = coweave::exhaustive(),
                             .max_steps = 2'000,
                             .shrink = {.max_executions = 0},
                             .compare_await_points = false}),
              FailsWith(FailureKind::check));
}

// Few enough fair ones for the last part to execute all of them. Unfair ones are left.
TEST(MustNot, SayEveryInterleavingOfEarlyOnesOfFairOnes) {
  const auto body = []() -> Task<> {
    bool has_timed_out = false;
    const auto nap = []() -> Task<> { co_await coweave::sleep_for(10ms); };
    try {
      co_await with_timeout(20ms, nap());
    } catch (const TimeoutError&) {
      has_timed_out = true;
    }
    bool is_over = false;
    int polled = 0;
    co_await gather(polls(is_over, polled), ends_after(0, is_over));
    check(!has_timed_out || polled < 150, "late, and polled too often");
  };
  const Report report = explore(body, {.max_steps = 100, .fairness = 1});
  ASSERT_THAT(report, Passes());
  EXPECT_EQ(report.completion.fairness, 1U);
  ASSERT_TRUE(report.completion.early_timeouts);
  EXPECT_GT(report.completion.early_timeouts->schedules, 0U);
  EXPECT_THAT(report.verdict_detail,
              AllOf(HasSubstr("early ones"), Not(HasSubstr("every interleaving of at most"))));
}

// ---- the audit

Task<> adds_untracked(int& counter) {
  const int seen = counter;
  co_await yield();
  counter = seen + 1;
}
/// The first execution loses nothing: the body adds only after the other has ended.
Task<> may_lose_an_untracked_update() {
  int counter = 0;
  const auto other = coweave::spawn(adds_untracked(counter), "other");
  co_await yields(3);
  ++counter;
  co_await coweave::settled(other);
  check(counter == 2, "an increment was lost");
}
Options declared() {
  Options options;
  options.tracking = Tracking::declared;
  options.compare_await_points = false;
  return options;
}

// No task touches what is tracked: one class, which passes.
TEST(MustNot, SayAuditedOrEquivalentOrEveryInterleavingWhereTheAuditDisagrees) {
  const Report report = explore(may_lose_an_untracked_update, declared());
  ASSERT_THAT(report, FailsWith(FailureKind::misuse));
  EXPECT_FALSE(report.completion.covers_every_interleaving());
  EXPECT_THAT(report.verdict_detail,
              AllOf(HasSubstr("1 schedule; the audit found interleavings that were left out as "
                              "equivalent and are not"),
                    Not(HasSubstr("audited by")), Not(HasSubstr("of equivalent")),
                    Not(HasSubstr("every interleaving"))));
  EXPECT_THAT(report.warnings, Not(Contains(HasSubstr("all interleavings are equivalent"))));
}

// Another set of injections, whose audit agrees, follows the one that was refuted.
TEST(MustNot, SayAuditedWhereTheAuditOfOneSetOfInjectionsDisagrees) {
  Options options = declared();
  options.keep_going = true;
  options.inject_cancellation.at_most = 1;
  const Report report = explore(may_lose_an_untracked_update, options);
  ASSERT_TRUE(report.failed());
  EXPECT_THAT(report.verdict_detail,
              AllOf(Not(HasSubstr("audited by")), Not(HasSubstr("every interleaving"))));
}

Task<> adds_tracked(coweave::Shared<int>& counter) {
  const int seen = counter.read();
  co_await yield();
  counter.write(seen + 1);
}
/// The first execution loses nothing: the body adds only after the other has ended.
Task<> may_lose_a_tracked_update() {
  coweave::Shared<int> counter;
  const auto other = coweave::spawn(adds_tracked(counter), "other");
  co_await yields(3);
  counter.update([](int& value) { ++value; });
  co_await other;
  check(counter.read() == 2, "an increment was lost");
}

TEST(MustNot, SayAuditedOrEquivalentWhereALimitEndedTheReduction) {
  Options options = declared();
  options.strategy = coweave::dpor();
  options.max_schedules = 1;
  const Report report = explore(may_lose_a_tracked_update, options);
  ASSERT_THAT(report, Passes());
  ASSERT_TRUE(report.completion.reduction);
  EXPECT_THAT(report.verdict_detail, Not(HasSubstr("audited by")));
  EXPECT_THAT(report.warnings, Not(Contains(HasSubstr("all interleavings are equivalent"))));
  options.max_schedules = 100;
  EXPECT_THAT(explore(may_lose_a_tracked_update, options), FailsWith(FailureKind::check));
}

// ---- all interleavings are equivalent; only one schedule

/// Nothing else is ready while it sleeps. The deadline can pass where the sleep is over.
Task<> fails_rarely_if_woken_late() {
  bool has_timed_out = false;
  const auto nap = []() -> Task<> { co_await coweave::sleep_for(10ms); };
  try {
    co_await with_timeout(20ms, nap());
  } catch (const TimeoutError&) {
    has_timed_out = true;
  }
  if (has_timed_out) check(choose(1'000'000) != 999'999, "the last value");
}

TEST(MustNot, SayOnlyOneScheduleWhereTimeoutsCameEarly) {
  const Report report = explore(fails_rarely_if_woken_late);
  ASSERT_THAT(report, Passes());
  EXPECT_EQ(report.completion.schedules, 1U);
  ASSERT_TRUE(report.completion.early_timeouts);
  EXPECT_GT(report.completion.early_timeouts->schedules, 0U);
  EXPECT_THAT(report.warnings, Not(Contains(HasSubstr("there was only one schedule"))));
}

TEST(MustNot, CallInterleavingsEquivalentWhereTimeoutsCameEarly) {
  const Report report = explore(fails_rarely_if_woken_late, declared());
  ASSERT_THAT(report, Passes());
  ASSERT_TRUE(report.completion.reduction);
  EXPECT_EQ(report.completion.schedules, 1U);
  ASSERT_TRUE(report.completion.early_timeouts);
  EXPECT_GT(report.completion.early_timeouts->schedules, 0U);
  EXPECT_THAT(report.warnings, Not(Contains(HasSubstr("all interleavings are equivalent"))));
}

// Two tasks are ready together where the limit ends its one schedule.
TEST(MustNot, SayOnlyOneScheduleWhereTheStepLimitEndsIt) {
  const auto body = []() -> Task<> {
    const auto spins = []() -> Task<> {
      while (true) co_await yield();
    };
    co_await gather(spins(), spins());
  };
  const Report report = explore(body, {.strategy = coweave::exhaustive(),
                                       .max_steps = 1,
                                       .fairness = 0,
                                       .keep_going = true,
                                       .shrink = {.max_executions = 0},
                                       .compare_await_points = false});
  ASSERT_TRUE(report.failed());
  EXPECT_THAT(report.warnings, Not(Contains(HasSubstr("no two tasks were ever ready together"))));
}

// What another thread does races with the body.
TEST(MustNot, SayOnlyOneScheduleWhereAnotherThreadHasAPart) {
  const auto body = []() -> Task<> {
    coweave::Event event("elsewhere");
    co_await yield();
    std::thread([&event] { event.set(); }).join();
  };
  const Report report = explore(body, {.strategy = coweave::exhaustive(),
                                       .keep_going = true,
                                       .shrink = {.max_executions = 0},
                                       .compare_await_points = false});
  ASSERT_THAT(report, FailsWith(FailureKind::uncontrolled));
  EXPECT_EQ(report.completion.kind, Completion::Kind::every);
  EXPECT_EQ(report.schedules, 1U);
  EXPECT_THAT(report.warnings, Not(Contains(HasSubstr("there was only one schedule"))));
}

// ---- all that the strategy has

/// Takes in execution n the alternative n - 1, or the last one; has ten executions.
class OneAfterTheOther final : public coweave::Strategy {
 public:
  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    number_ = number;
    return number <= 10;
  }
  [[nodiscard]] std::size_t pick(const coweave::SchedulingPoint& /*point*/) override { return 0; }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return static_cast<std::uint32_t>(number_ - 1) % alternatives;
  }

 private:
  std::uint64_t number_ = 0;
};

TEST(MustNot, SayAllThatTheStrategyHasWhereALimitEndedIt) {
  const auto body = []() -> Task<> {
    co_await yield();
    check(choose(10) != 7, "the eighth value");
  };
  Options options{.strategy = coweave::strategy<OneAfterTheOther>("one after the other"),
                  .max_schedules = 5};
  const Report report = explore(body, options);
  ASSERT_THAT(report, Passes());
  EXPECT_THAT(report.verdict_detail, Not(HasSubstr("all that strategy")));
  options.max_schedules = 100;
  EXPECT_THAT(explore(body, options), FailsWith(FailureKind::check));
}

// ---- nondeterminism

// With keep_going the search ends; that its executions mean nothing is found out after that.
TEST(MustNot, SayEveryInterleavingWhereAFailureIsNondeterminism) {
  int runs = 0;
  const auto body = [&runs]() -> Task<> {
    ++runs;
    co_await gather(yields(1), yields(1));
    check(runs <= 4, "there are few runs");
  };
  const Report report = explore(body, {.keep_going = true, .compare_await_points = false});
  ASSERT_THAT(report, FailsWith(FailureKind::nondeterminism));
  EXPECT_FALSE(report.completion.covers_every_interleaving());
  EXPECT_THAT(report.verdict_detail, AllOf(HasSubstr("; the program is not deterministic, so that "
                                                     "these are not all interleavings"),
                                           Not(HasSubstr("every interleaving"))));
}

// ---- the clock at the limit of steps

/// Fails if the sleeper wakes before the poller has polled a hundred times: as ever in reality.
Task<> polls_beside_a_sleeper() {
  bool is_over = false;
  int polled = 0;
  const auto ends = [](bool& over) -> Task<> {
    co_await coweave::sleep_for(5ms);
    over = true;
  };
  const auto sleeper = coweave::spawn(ends(is_over), "sleeper");
  co_await polls(is_over, polled);
  check(polled > 100, "it has slept for a short time only");
  co_await sleeper;
}

TEST(MustNot, SayThatTimersFireOnlyWhenNothingIsReadyWhereTheClockMovedAtTheStepLimit) {
  const Options options{.strategy = coweave::exhaustive(), .max_schedules = 5};
  const Report report = explore(polls_beside_a_sleeper, options);
  EXPECT_TRUE(report.failures.empty());
  EXPECT_TRUE(report.completion.not_explored.clock_moved_at_step_limit);
  EXPECT_FALSE(report.completion.has_raced_timers());
  EXPECT_THAT(report.verdict_detail,
              AllOf(HasSubstr("; timers fire only when nothing is ready or an execution has "
                              "reached its limit of steps (TimerOrder::any races them)"),
                    Not(HasSubstr("only when nothing is ready ("))));
  EXPECT_THAT(explore(polls_beside_a_sleeper, {.timers = TimerOrder::any}),
              FailsWith(FailureKind::check));
}

/// Fails if the sleep ends although the other task is ready.
Task<> asks_after_a_sleep() {
  bool is_ready = false;
  const auto asks = [](const bool& ready) -> Task<> {
    co_await coweave::sleep_for(10ms);
    check(ready, "not ready after 10 ms");
  };
  const auto prepares = [](bool& ready) -> Task<> {
    co_await yields(2);
    ready = true;
  };
  co_await gather(prepares(is_ready), asks(is_ready));
}

TEST(MustNot, LeaveOutThatSleepsFireOnlyWhenNothingIsReadyWhereTimeoutsRace) {
  const Report report = explore(
      asks_after_a_sleep, {.strategy = coweave::exhaustive(), .timers = TimerOrder::timeouts});
  ASSERT_THAT(report, Passes());
  EXPECT_FALSE(report.completion.has_raced_timers());
  EXPECT_THAT(report.verdict_detail, HasSubstr("; timers other than timeouts fire only when "
                                               "nothing is ready (TimerOrder::any races them)"));
  EXPECT_THAT(explore(asks_after_a_sleep, {.timers = TimerOrder::any}),
              FailsWith(FailureKind::check));
}

// ---- what a failure needs

/// Fails where the first value is 1, whatever the second one is.
Task<> fails_by_the_first_value() {
  const std::uint32_t first = choose(2);
  static_cast<void>(choose(2));
  check(first == 0, "the first value");
  co_return;
}

TEST(MustNot, SayThatAFailureNeedsAnOrderWithoutWhichItFailsToo) {
  coweave::Schedule schedule;
  schedule.picks = {1, 1};
  const Report report =
      coweave::detail::replay_body(coweave::detail::root_of(fails_by_the_first_value), schedule, {},
                                   coweave::detail::ReplayDepth::explain);
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  EXPECT_EQ(report.failures.front().explanation.needs.size(), 1U);
  EXPECT_THAT(::testing::PrintToString(report),
              AllOf(HasSubstr("it needs this, and passes without:"), Not(HasSubstr("*2 "))));
}

// ---- sometimes

// The search has ended before the schedule in which it holds.
TEST(MustNot, SayNeverHeldWhereAFailureEndedTheSearch) {
  const auto body = []() -> Task<> {
    const std::uint32_t value = choose(3);
    coweave::sometimes(value == 2, "the last value");
    check(value != 1, "the second value");
    co_return;
  };
  const Report report = explore(body, {.strategy = coweave::exhaustive(),
                                       .shrink = {.max_executions = 0},
                                       .compare_await_points = false});
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  EXPECT_THAT(report.warnings, Not(Contains(HasSubstr("never held"))));
}

}  // namespace
