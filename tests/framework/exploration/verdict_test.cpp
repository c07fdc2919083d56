// For each word of a verdict: a program that contains a bug, and must not get it.
#include "coweave/exploration/verdict.hpp"

#include <sstream>
#include <thread>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace {

using coweave::AwaitPoints;
using coweave::AwaitPointsEvidence;
using coweave::check;
using coweave::choose;
using coweave::Completion;
using coweave::explore;
using coweave::FailsWith;
using coweave::FailureKind;
using coweave::gather;
using coweave::Options;
using coweave::Report;
using coweave::SearchEnd;
using coweave::Task;
using coweave::TimerOrder;
using coweave::Tracking;
using coweave::Verdict;
using coweave::yield;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}

// ---- every interleaving

Task<> one_of_many() {
  co_await yield();
  check(choose(5'000'000) != 4'999'999, "the last value");
}

TEST(Verdict, IsNotExhaustiveWhereValuesAreLeft) {
  const Report report = explore(one_of_many, {.max_schedules = 3'000});
  ASSERT_FALSE(report.failed());
  EXPECT_EQ(report.verdict, Verdict::bounded);
  EXPECT_FALSE(report.completion.covers_every_interleaving());
  EXPECT_EQ(report.completion.not_explored.sampled_values, 5'000'000);
  EXPECT_THAT(report.verdict_detail, AllOf(Not(HasSubstr("every interleaving:")),
                                           HasSubstr("the values that are chosen (5000000 "
                                                     "combinations in one execution) are not all "
                                                     "tried")));
}

// Fails where the deadline passes although its task is ready.
Task<> gives_up_late(bool& has_timed_out) {
  const auto nap = []() -> Task<> { co_await coweave::sleep_for(10ms); };
  try {
    co_await coweave::with_timeout(20ms, nap());
  } catch (const coweave::TimeoutError&) {
    has_timed_out = true;
  }
}
Task<> late() {
  bool has_timed_out = false;
  co_await gives_up_late(has_timed_out);
  check(!has_timed_out, "it has timed out");
}

TEST(Verdict, OfEveryInterleavingSaysThatTimersFireWhenNothingIsReady) {
  const Report report = explore(late, {.strategy = coweave::exhaustive()});
  EXPECT_EQ(report.verdict, Verdict::exhaustive);
  EXPECT_TRUE(report.completion.not_explored.timers_fired_only_when_idle);
  EXPECT_THAT(report.verdict_detail, HasSubstr("; timers fire only when nothing is ready "
                                               "(TimerOrder::any races them)"));
  EXPECT_THAT(explore(late, {.strategy = coweave::exhaustive(), .timers = TimerOrder::any}),
              FailsWith(FailureKind::check));
}

TEST(Verdict, SaysNothingOfTimersWhereNoneCouldHaveRaced) {
  const auto body = []() -> Task<> {
    co_await coweave::sleep_for(1ms);  // Nothing else is there while it is armed.
    co_await gather(yields(1), yields(1));
  };
  const Report report = explore(body);
  EXPECT_EQ(report.verdict_detail, "every interleaving: 6 schedules");
  EXPECT_FALSE(report.completion.not_explored.timers_fired_only_when_idle);
}

TEST(Verdict, SaysThatTimersFireWhenNothingIsReadyAlsoOfThoseThatNeverFire) {
  const auto body = []() -> Task<> {
    coweave::spawn_daemon([]() -> Task<> { co_await coweave::sleep_for(1h); }(), "heartbeat");
    co_await gather(yields(1), yields(1));
  };
  EXPECT_THAT(explore(body).verdict_detail, HasSubstr("; timers fire only when nothing is ready"));
}

TEST(Verdict, IsNotOfEveryInterleavingWhereTheStepLimitEndsExecutions) {
  const auto body = []() -> Task<> {
    bool is_over = false;
    const auto waits = [&is_over]() -> Task<> {
      while (!is_over) co_await yield();
    };
    const auto ends = [&is_over]() -> Task<> {
      co_await yield();
      is_over = true;
    };
    co_await gather(waits(), ends());
  };
  const Report report =
      explore(body, {.strategy = coweave::exhaustive(), .max_steps = 20, .keep_going = true});
  EXPECT_TRUE(report.failed());
  EXPECT_EQ(report.completion.kind, Completion::Kind::every_so_far);
  EXPECT_FALSE(report.completion.covers_every_interleaving());
  EXPECT_THAT(report.verdict_detail, Not(HasSubstr("every interleaving:")));
}

TEST(Verdict, IsNotOfEveryInterleavingWhereSomethingWasUncontrolled) {
  const auto body = []() -> Task<> {
    coweave::Event event("elsewhere");
    co_await gather(yields(1), yields(1));
    if (choose(2) == 1) std::thread([&event] { event.set(); }).join();
  };
  const Report report = explore(body, {.strategy = coweave::exhaustive(),
                                       .keep_going = true,
                                       .shrink = {.max_executions = 0},
                                       .compare_await_points = false});
  EXPECT_THAT(report, FailsWith(FailureKind::uncontrolled));
  EXPECT_EQ(report.completion.not_explored.uncontrolled, 6U);  // 4!/(2! 2!), with the value 1.
  EXPECT_FALSE(report.completion.covers_every_interleaving());
  EXPECT_EQ(report.verdict_detail,
            "12 schedules; something ran outside the scheduler's control in 6 of them, so that "
            "these are not all interleavings");
}

// Whatever else fails in the same execution, and before that.
TEST(Verdict, IsNotOfEveryInterleavingWhereACheckFailsBeforeWhatIsUncontrolled) {
  const auto body = []() -> Task<> {
    coweave::Event event("elsewhere");
    co_await gather(yields(1), yields(1));
    check(false, "wrong");
    co_await yield();
    std::thread([&event] { event.set(); }).join();
  };
  const Report report = explore(body, {.strategy = coweave::exhaustive(),
                                       .keep_going = true,
                                       .shrink = {.max_executions = 0},
                                       .compare_await_points = false});
  EXPECT_THAT(report, FailsWith(FailureKind::uncontrolled));
  EXPECT_EQ(report.completion.not_explored.uncontrolled, report.schedules);
  EXPECT_FALSE(report.completion.covers_every_interleaving());
  EXPECT_THAT(report.verdict_detail, Not(HasSubstr("every interleaving")));
}

// ---- at most k deviations

TEST(Verdict, ClaimsNoDeviationsWhereSomethingWasUncontrolled) {
  const auto body = []() -> Task<> {
    coweave::Event event("elsewhere");
    co_await gather(yields(6), yields(6), yields(6));
    std::thread([&event] { event.set(); }).join();
  };
  const Report report = explore(body, {.max_schedules = 100,
                                       .keep_going = true,
                                       .shrink = {.max_executions = 0},
                                       .compare_await_points = false});
  EXPECT_THAT(report, FailsWith(FailureKind::uncontrolled));
  EXPECT_THAT(report.verdict_detail,
              AllOf(HasSubstr("these are not all interleavings"),
                    Not(HasSubstr("every interleaving")), Not(HasSubstr("probability"))));
}

// Two deviations lose it: the value, and the order.
TEST(Verdict, ClaimsNoMoreDeviationsThanItCompleted) {
  const auto body = []() -> Task<> {
    int order = 0;
    int first = 0;
    const auto runs = [&order](int* place) -> Task<> {
      co_await yield();
      if (place != nullptr) *place = ++order;
      if (place == nullptr) ++order;
    };
    const bool counts = choose(2) == 1;
    co_await gather(runs(nullptr), runs(&first));
    check(!counts || first == 2, "the second came first");
  };
  // Up to the schedule that fails: the bound under way is 1 at first, and then 2.
  bool has_completed_one = false;
  for (std::uint64_t most = 4;; ++most) {
    const Report report = explore(body, {.max_schedules = most});
    if (report.failed()) break;
    EXPECT_EQ(report.verdict, Verdict::bounded);
    ASSERT_TRUE(report.completion.bound);
    EXPECT_LT(report.completion.bound->deviations, 2U);
    has_completed_one = has_completed_one || report.completion.bound->deviations == 1;
  }
  EXPECT_TRUE(has_completed_one);
  EXPECT_THAT(explore(body), FailsWith(FailureKind::check));
}

// ---- probabilities

Task<> flip(int& sum) {
  co_await yield();
  sum += static_cast<int>(choose(1'000));
  co_await yield();
}
Task<> three_of_a_thousand() {
  int sum = 0;
  co_await gather(flip(sum), flip(sum), flip(sum));
  check(sum != 3 * 999, "all are the last");
}

TEST(Verdict, CountsChosenValuesInItsProbabilities) {
  const Report one = explore(one_of_many, {.max_schedules = 3'000});
  ASSERT_TRUE(one.completion.assurance);
  ASSERT_TRUE(one.completion.assurance->classes && one.completion.assurance->depth);
  EXPECT_GT(one.completion.assurance->classes->unseen, 0.9);
  EXPECT_GT(one.completion.assurance->depth->miss_probability, 0.9);
  const Report three = explore(three_of_a_thousand, {.max_schedules = 3'000});
  ASSERT_FALSE(three.failed());
  EXPECT_GT(three.completion.assurance->classes->unseen, 0.9);
  EXPECT_EQ(three.completion.assurance->depth->values, 1e9);
  EXPECT_THAT(three.verdict_detail, AllOf(HasSubstr("missed with probability at most 1 (4 tasks, "),
                                          HasSubstr(", 1.0e+09 combinations of values)")));
}

TEST(Verdict, CountsFaultsAmongTheValues) {
  const auto body = []() -> Task<> {
    const auto writes = []() -> Task<> {
      try {
        co_await coweave::fault_point("disk full");
      } catch (const coweave::InjectedFault&) {
      }
    };
    co_await gather(writes(), writes());
  };
  const Report report = explore(body, {.strategy = coweave::pct(), .max_schedules = 10});
  ASSERT_TRUE(report.completion.assurance && report.completion.assurance->depth);
  EXPECT_EQ(report.completion.assurance->depth->values, 4);
}

// PCT never prefers an injection to the task that it belongs to: no bound holds.
TEST(Verdict, GivesNoBoundOnBugsWhereInjectionsAreAmongThePicks) {
  const auto body = []() -> Task<> {
    const auto task = coweave::spawn(yields(5), "worker");
    co_await coweave::settled(task);
  };
  Options options{.strategy = coweave::pct(), .max_schedules = 50};
  EXPECT_THAT(explore(body, options).verdict_detail, HasSubstr("missed with probability"));
  options.inject_cancellation.at_most = 1;
  EXPECT_THAT(explore(body, options).verdict_detail, Not(HasSubstr("probability")));
  options.strategy = coweave::portfolio();
  EXPECT_THAT(explore(body, options).verdict_detail, Not(HasSubstr("missed with probability")));
}

TEST(Verdict, EstimatesNoNumberOfInterleavingsWhereInjectionsAreDrawn) {
  const auto body = []() -> Task<> { co_await gather(yields(7), yields(7), yields(7)); };
  Options options{.max_schedules = 500};
  EXPECT_THAT(explore(body, options).verdict_detail, HasSubstr("interleavings in all"));
  options.inject_cancellation.at_most = 1;
  EXPECT_THAT(explore(body, options).verdict_detail, Not(HasSubstr("interleavings in all")));
}

// ---- injections

Task<> worker(bool& has_ended) {
  co_await yield();
  co_await yield();
  has_ended = true;
}
Task<> needs_its_worker() {
  bool has_ended = false;
  const auto task = coweave::spawn(worker(has_ended), "worker");
  co_await coweave::settled(task);
  check(has_ended, "the worker was cancelled");
}

TEST(Verdict, SaysWhichNamesNoCancellationFound) {
  Options options{.inject_cancellation = {.at_most = 1, .tasks = {"wroker"}}};
  const Report mistyped = explore(needs_its_worker, options);
  EXPECT_FALSE(mistyped.failed());
  EXPECT_THAT(mistyped.completion.not_explored.names_without_target, ElementsAre("wroker"));
  EXPECT_THAT(mistyped.verdict_detail, AllOf(HasSubstr("; no task named \"wroker\" could be "
                                                       "cancelled"),
                                             Not(HasSubstr("of them injections"))));
  options.tracking = Tracking::declared;
  EXPECT_THAT(explore(needs_its_worker, options).verdict_detail,
              AllOf(HasSubstr("no task named \"wroker\""), Not(HasSubstr("of injections"))));
  options.inject_cancellation.tasks = {"worker"};
  EXPECT_THAT(explore(needs_its_worker, options), FailsWith(FailureKind::check));
  options.tracking = Tracking::none;
  EXPECT_THAT(explore(needs_its_worker, options), FailsWith(FailureKind::check));
}

TEST(Verdict, SaysWhatWasAskedForAndHadNoTarget) {
  const auto body = []() -> Task<> { co_await yields(2); };
  const Report report = explore(body, {.inject_cancellation = {.at_most = 1}, .inject_wakeups = 1});
  EXPECT_TRUE(report.completion.not_explored.cancellations_without_target);
  EXPECT_TRUE(report.completion.not_explored.wakeups_without_target);
  EXPECT_THAT(report.verdict_detail, HasSubstr("; no task could be cancelled; no wait of a "
                                               "condition could be woken"));
}

// ---- absent under other AwaitPoints

// Under `suspending` only one value in two millions shows it; 10,000 schedules are looked at.
Task<> rarely_elsewhere() {
  bool has_run = false;
  coweave::Event set("set");
  set.set();
  const bool is_rare = choose(2'000'000) == 1'999'999;
  const auto runs = [&has_run]() -> Task<> {
    has_run = true;
    co_return;
  };
  const auto task = coweave::spawn(runs(), "other");
  co_await set.wait();  // Does not suspend under `suspending`.
  check(!has_run && !is_rare, "something came first");
  co_await task;
}

TEST(Verdict, DoesNotCallAFailureAbsentThatItHasNotRuledOut) {
  const Report report = explore(rarely_elsewhere, {.strategy = coweave::exhaustive()});
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const std::vector<AwaitPointsEvidence>& evidence = report.failures.front().evidence;
  ASSERT_EQ(evidence.size(), 3U);
  EXPECT_EQ(evidence[1].answer, AwaitPointsEvidence::Answer::found);
  EXPECT_EQ(evidence[2].await_points, AwaitPoints::suspending);
  EXPECT_EQ(evidence[2].answer, AwaitPointsEvidence::Answer::not_found);
}

// Under `suspending` the event is set, and the body goes on at once.
Task<> overtaken() {
  bool has_run = false;
  coweave::Event set("set");
  set.set();
  const auto runs = [&has_run]() -> Task<> {
    has_run = true;
    co_return;
  };
  const auto task = coweave::spawn(runs(), "other");
  co_await set.wait();
  check(!has_run, "something came first");
  co_await task;
}

TEST(Verdict, CallsAFailureAbsentThatItHasRuledOut) {
  const Report report = explore(overtaken, {.strategy = coweave::exhaustive()});
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  ASSERT_EQ(report.failures.front().evidence.size(), 3U);
  EXPECT_EQ(report.failures.front().evidence[2].answer, AwaitPointsEvidence::Answer::absent);
}

// Timers that did not race may be what hides it.
TEST(Verdict, DoesNotCallAFailureAbsentWhereTimersFiredOnlyWhenIdle) {
  const auto body = []() -> Task<> {
    coweave::spawn_daemon([]() -> Task<> { co_await coweave::sleep_for(1h); }(), "heartbeat");
    co_await yield();
    co_await overtaken();
  };
  const Report report = explore(body, {.strategy = coweave::exhaustive()});
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  ASSERT_EQ(report.failures.front().evidence.size(), 3U);
  EXPECT_EQ(report.failures.front().evidence[2].answer, AwaitPointsEvidence::Answer::not_found);
}

// That one failure is absent does not mean that nothing fails.
TEST(Verdict, DoesNotSayThatAllSchedulesPassWhereAnotherFailureIsLeft) {
  const auto body = []() -> Task<> {
    bool has_run = false;
    const auto runs = [&has_run]() -> Task<> {
      has_run = true;
      co_return;
    };
    co_await overtaken();
    const auto task = coweave::spawn(runs(), "third");
    co_await yield();
    check(!has_run, "another came first");
    co_await task;
  };
  const Report report = explore(body, {.strategy = coweave::exhaustive(), .keep_going = true});
  ASSERT_EQ(report.failures.size(), 2U);
  std::ostringstream text;
  text << report;
  EXPECT_THAT(text.str(), AllOf(HasSubstr("it does not exist (in none of all "),
                                Not(HasSubstr("schedules pass"))));
}

// ---- interrupted

TEST(Verdict, OfAnInterruptedSearchSaysWhatItsClaimLeavesOut) {
  Completion achieved;
  achieved.bound = coweave::CompletedBound{2, 31, false, "production order"};
  achieved.not_explored.timers_fired_only_when_idle = true;
  achieved.not_explored.sampled_values = 8;
  Report report;
  report.schedules = 40;
  coweave::detail::state_verdict(report, achieved, coweave::detail::Stop::interrupted, {});
  EXPECT_THAT(coweave::describe(report.completion),
              AllOf(HasSubstr("every interleaving of at most 2 deviations"),
                    HasSubstr("; the values that are chosen (8 combinations in one execution) are "
                              "not all tried"),
                    HasSubstr("; timers fire only when nothing is ready")));
}

// ---- the limit

TEST(Verdict, SaysNineTenthsOfALimitOnlyWhereTheRestWasKept) {
  Completion completion;
  completion.kind = Completion::Kind::cut_enumeration;
  completion.end = SearchEnd::schedules;
  completion.schedules = 10;
  completion.max_schedules = 10;
  completion.early_timeouts.emplace();
  EXPECT_THAT(coweave::describe(completion), Not(HasSubstr("nine tenths")));
  completion.is_share_of_limit = true;
  EXPECT_THAT(coweave::describe(completion), HasSubstr("nine tenths of max_schedules of 10"));
}

TEST(Verdict, CountsInjectionsOfAllSchedulesWhereTheSentenceNamesFewer) {
  Completion completion;
  completion.kind = Completion::Kind::every;
  completion.end = SearchEnd::exhausted;
  completion.schedules = 30;
  completion.injected = 25;
  completion.bound = coweave::CompletedBound{3, 20, false, "production order"};
  EXPECT_THAT(coweave::describe(completion), AllOf(HasSubstr("every interleaving: 20 schedules"),
                                                   HasSubstr("; in 25 of all 30 injections (")));
  completion.bound->schedules = 30;
  EXPECT_THAT(coweave::describe(completion), HasSubstr("; in 25 of them injections ("));
}

// A loop that polls for what time brings ends, as it does under run().
TEST(Livelock, IsNoneWhereTimeEndsALoopThatPolls) {
  const auto body = []() -> Task<> {
    bool is_over = false;
    const auto ends = [](bool& over) -> Task<> {
      co_await coweave::sleep_for(5ms);
      over = true;
    };
    const auto sleeper = coweave::spawn(ends(is_over), "sleeper");
    while (!is_over) co_await yield();
    co_await sleeper;
  };
  const Options brief{
      .max_schedules = 20, .shrink = {.max_executions = 0}, .compare_await_points = false};
  for (const TimerOrder timers : {TimerOrder::when_idle, TimerOrder::timeouts, TimerOrder::any}) {
    Options options = brief;
    options.timers = timers;
    EXPECT_THAT(explore(body, options), coweave::Passes());
  }
  EXPECT_THAT(explore(body, brief).warnings,
              ::testing::Contains(HasSubstr("a loop polls until time has passed: after 10000")));
  const auto limited = []() -> Task<> {
    const auto polls = []() -> Task<> {
      while (true) co_await yield();
    };
    try {
      co_await coweave::with_timeout(5ms, polls());
      check(false, "it has not ended");
    } catch (const coweave::TimeoutError&) {
    }
  };
  EXPECT_THAT(explore(limited, brief), coweave::Passes());
  const auto without = []() -> Task<> {
    while (true) co_await yield();
  };
  EXPECT_THAT(explore(without, brief), FailsWith(FailureKind::livelock, Not(HasSubstr("clock"))));
  const auto beats = []() -> Task<> {
    const auto heartbeat = []() -> Task<> {
      while (true) co_await coweave::sleep_for(1s);
    };
    coweave::spawn_daemon(heartbeat(), "heartbeat");
    while (true) co_await yield();
  };
  EXPECT_THAT(
      explore(beats, brief),
      FailsWith(FailureKind::livelock,
                HasSubstr("not ended after 90000 steps, choices and awaits that completed at "
                          "once; the clock has moved 8 times although tasks were ready")));
}

}  // namespace
