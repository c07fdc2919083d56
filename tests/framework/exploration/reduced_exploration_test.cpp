#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"
#include "framework/strategy/reduction/interpreter.hpp"

// The reduction as users meet it: explore() with Tracking::declared.

namespace coweave {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Options declared() {
  Options options;
  options.tracking = Tracking::declared;
  options.compare_await_points = false;
  return options;
}

Task<> add_one(Shared<int>& counter) {
  const int seen = counter.read();
  co_await yield();
  counter.write(seen + 1);
}

Task<> lost_update() {
  Shared<int> counter;
  co_await gather(add_one(counter), add_one(counter));
  check(counter.read() == 2, "an increment was lost");
}

Task<> private_counters() {
  Shared<int> first;
  Shared<int> second;
  co_await gather(add_one(first), add_one(second));
  check(first.read() == 1 && second.read() == 1);
}

TEST(Reduction, ExecutesOneInterleavingWhereTasksShareNothing) {
  // 4! / (2! 2!) = 6 interleavings, all equivalent.
  EXPECT_EQ(explore(private_counters).schedules, 6U);
  const Report report = explore(private_counters, declared());
  EXPECT_EQ(report.schedules, 1U);
  EXPECT_EQ(report.verdict, Verdict::exhaustive);
  EXPECT_EQ(
      report.verdict_detail,
      "every interleaving: 1 class of equivalent interleavings in 1 execution, by wakeup trees; "
      "audited by 6 interleavings");
  EXPECT_THAT(report.warnings, testing::ElementsAre(StartsWith(
                                   "all interleavings are equivalent: no two tasks ever touched")));
}

TEST(Reduction, FindsAFailureThatReplays) {
  const Report report = explore(lost_update, declared());
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const Failure& failure = report.failures.front();
  EXPECT_EQ(failure.schedule.strategy, "dpor");
  const Report replayed = replay(lost_update, failure.schedule);
  ASSERT_EQ(replayed.failures.size(), 1U);
  EXPECT_EQ(replayed.failures.front().kind, FailureKind::check);
  EXPECT_EQ(replayed.failures.front().schedule.trace, failure.schedule.trace);
}

TEST(Reduction, CountsClassesWhenItKeepsGoing) {
  Options options = declared();
  options.keep_going = true;
  // Two reads and two writes of one variable: (2!)^2 classes; the update is lost but where one task
  // reads after the other's write, which are 2.
  const Report report = explore(lost_update, options);
  EXPECT_EQ(report.schedules, 4U);
  EXPECT_EQ(report.failing, 2U);
  EXPECT_THAT(report.verdict_detail, HasSubstr("4 classes of equivalent interleavings"));
}

Task<> chooser(Shared<int>& x) {
  x.write(static_cast<int>(choose(3)));
  co_return;
}

Task<> choices() {
  Shared<int> x;
  co_await gather(chooser(x), chooser(x));
}

TEST(Reduction, LeavesProgramsThatChooseToSourceSets) {
  const Report report = explore(choices, declared());
  EXPECT_EQ(report.verdict, Verdict::exhaustive);
  // 3 * 3 values in 2 orders.
  EXPECT_THAT(report.verdict_detail, StartsWith("every interleaving: 18 classes"));
  EXPECT_THAT(
      report.verdict_detail,
      HasSubstr("by source sets; audited by 18 interleavings (wakeup trees would not do: the "
                "program chooses)"));
}

TEST(Reduction, IsRefusedWithoutTrackingAndSaysSo) {
  Options options;
  options.strategy = dpor();
  const Report report = explore(private_counters, options);
  EXPECT_EQ(report.schedules, 6U);
  EXPECT_EQ(report.verdict, Verdict::exhaustive);
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_THAT(report.warnings.front(), StartsWith("nothing was reduced"));
}

TEST(Reduction, CanBeAskedForByName) {
  for (const std::string name : {"dpor", "source_sets"}) {
    Options options = declared();
    options.strategy = strategy_named(name);
    const Report report = explore(private_counters, options);
    EXPECT_EQ(report.schedules, 1U) << name;
    EXPECT_EQ(report.verdict, Verdict::exhaustive) << name;
  }
}

TEST(Reduction, SaysWhichLimitItHit) {
  Options options = declared();
  options.strategy = dpor();
  options.keep_going = true;
  options.max_schedules = 2;
  const Report report = explore(private_counters, options);
  EXPECT_EQ(report.verdict, Verdict::exhaustive);
  const Report limited = explore(choices, options);
  EXPECT_EQ(limited.verdict, Verdict::limit_hit);
  EXPECT_THAT(limited.verdict_detail, StartsWith("max_schedules of 2 reached after"));
}

// The audit: interleavings that were left out.

Task<> add_one_untracked(int& counter) {
  const int seen = counter;
  co_await yield();
  counter = seen + 1;
}

Task<> untracked_counter() {
  int counter = 0;
  co_await gather(add_one_untracked(counter), add_one_untracked(counter));
  check(counter == 2, "an increment was lost");
}

Task<> set_flag(bool& flag) {
  flag = true;
  co_return;
}

Task<> read_if_set(bool& flag, Shared<int>& x) {
  if (flag) static_cast<void>(x.read());
  co_return;
}

Task<> untracked_flag() {
  bool flag = false;
  Shared<int> x;
  co_await gather(read_if_set(flag, x), set_flag(flag));
}

TEST(Audit, ConfirmsAProgramWhoseStateIsTracked) {
  Options options = declared();
  options.audit = 100;
  const Report report = explore(private_counters, options);
  EXPECT_EQ(report.verdict, Verdict::exhaustive);
  // All 6 interleavings are fewer than 50, and count.
  EXPECT_THAT(report.verdict_detail, HasSubstr("; audited by 6 interleavings"));
}

TEST(Audit, FindsThatEquivalentInterleavingsEndDifferently) {
  Options options = declared();
  options.keep_going = true;
  options.audit = 100;
  const Report report = explore(untracked_counter, options);
  ASSERT_EQ(report.verdict, Verdict::failed);
  EXPECT_EQ(report.failures.back().kind, FailureKind::misuse);
  EXPECT_THAT(report.failures.back().message, StartsWith("the tracking is declared, but"));
}

TEST(Audit, NamesTheStepThatTouchesWhatIsNotTracked) {
  Options options = declared();
  options.audit = 100;
  const Report report = explore(untracked_flag, options);
  ASSERT_THAT(report, FailsWith(FailureKind::misuse));
  EXPECT_THAT(report.failures.front().details.back(), HasSubstr("read_if_set"));
}

// The schedule of one of the two interleavings passes: nobody is sent to replay it.
TEST(Audit, SavesNoScheduleThatWouldNotLeadToItsFailure) {
  const std::filesystem::path directory =
      std::filesystem::path(::testing::TempDir()) / ("coweave-audit-" + std::to_string(::getpid()));
  Options options = declared();
  options.audit = 100;
  options.name = "Suite.Audit";
  options.schedule_dir = directory;
  const Report report = explore(untracked_flag, options);
  ASSERT_THAT(report, FailsWith(FailureKind::misuse));
  EXPECT_TRUE(report.failures.front().is_of_search);
  EXPECT_FALSE(std::filesystem::exists(directory));
  std::ostringstream text;
  text << report;
  EXPECT_THAT(text.str(),
              AllOf(HasSubstr("no schedule leads to it alone"), Not(HasSubstr("replay:")),
                    Not(HasSubstr("it needs")), Not(HasSubstr("could still pass"))));
  // A failure of one execution is saved as ever.
  options.keep_going = true;
  EXPECT_FALSE(explore(untracked_counter, options).failures.empty());
  std::filesystem::remove_all(directory);
}

using Kinds = std::set<std::pair<std::string, std::uint32_t>>;

Kinds failures_of(const Report& report) {
  Kinds kinds;
  for (const Failure& failure : report.failures)
    kinds.insert({std::string(to_string(failure.kind)), failure.place.line});
  return kinds;
}

/// Over generated programs, with the failures as users see them: `configure` is given the options
/// for the program of each seed. Gives how many of `wanted` programs fail.
template <class Configure>
std::uint64_t compare_with_enumeration(const test::Mix& mix, std::uint64_t wanted,
                                       Configure configure) {
  std::uint64_t compared = 0;
  std::uint64_t failing = 0;
  for (std::uint64_t seed = 1; compared < wanted; ++seed) {
    const test::RandomProgram program = test::random_program(mix, seed);
    test::FinalState final;
    const auto body = [&] { return test::run_program(program, final); };
    Options options = declared();
    options.keep_going = true;
    options.max_schedules = 10'000;
    options.max_time = std::chrono::hours(1);
    configure(options, seed);
    const Report reduced = explore(body, options);
    options.strategy = exhaustive();
    options.max_schedules = 2'000;
    const Report all = explore(body, options);
    if (all.verdict_detail.find("every interleaving") != 0) continue;
    ++compared;
    if (!all.failures.empty()) ++failing;
    EXPECT_THAT(reduced.verdict_detail, StartsWith("every interleaving")) << seed;
    EXPECT_EQ(failures_of(reduced), failures_of(all)) << seed << ": " << to_text(program);
    for (const Failure& failure : reduced.failures)
      EXPECT_EQ(replay(body, failure.schedule).failures.size(), 1U) << seed;
  }
  return failing;
}

// Over everything that tasks can do.
TEST(Reduction, ReportsTheFailuresThatTheEnumerationReports) {
  using test::Action;
  const test::Mix mix{
      3,
      3,
      4,
      {Action::yield, Action::read,   Action::write,   Action::write_if_odd,  Action::update,
       Action::lock,  Action::unlock, Action::acquire, Action::release,       Action::bounded,
       Action::set,   Action::clear,  Action::wait,    Action::wait_notified, Action::notify,
       Action::join,  Action::choose, Action::check,   Action::sleep,         Action::cancel},
      {test::Ending::quiet, test::Ending::join, test::Ending::leave}};
  EXPECT_GT(compare_with_enumeration(mix, 200, [](Options&, std::uint64_t) {}), 100U);
}

// Injections: what another task might do, in searches of their own.

Task<> add_twice(Shared<int>& counter) {
  counter.write(counter.read() + 1);
  co_await yield();
  counter.write(counter.read() + 1);
}

Task<> even_counter() {
  Shared<int> counter;
  TaskHandle<> adder = spawn(add_twice(counter), "adder");
  co_await settled(adder);
  check(counter.read() % 2 == 0, "half an addition");
}

TEST(InjectedReduction, FindsWhatOneCancellationBreaks) {
  Options options = declared();
  options.inject_cancellation.at_most = 1;
  options.keep_going = true;
  const Report report = explore(even_counter, options);
  ASSERT_EQ(report.failures.size(), 1U);
  const Failure& failure = report.failures.front();
  EXPECT_EQ(failure.message, "half an addition");
  EXPECT_EQ(failure.schedule.deviations(), 1U);
  EXPECT_EQ(failure.schedule.injections.cancellation.at_most, 1U);
  const Report replayed = replay(even_counter, failure.schedule);
  ASSERT_EQ(replayed.failures.size(), 1U);
  EXPECT_EQ(replayed.failures.front().schedule.trace, failure.schedule.trace);
  EXPECT_EQ(report.failing, 1U);
  // One class without it. With it three: before the adder's second step; after that, to no effect,
  // and before the body's end; not before that end.
  EXPECT_THAT(report.verdict_detail,
              HasSubstr("4 classes of equivalent interleavings in 4 executions, by wakeup trees, "
                        "for 2 sets of injections"));
}

TEST(InjectedReduction, CancelsTheNamedTasksOnly) {
  Options options = declared();
  options.inject_cancellation = {.at_most = 1, .tasks = {"another"}};
  const Report report = explore(even_counter, options);
  EXPECT_EQ(report.verdict, Verdict::exhaustive);
  EXPECT_THAT(report.verdict_detail, StartsWith("every interleaving: 1 class of"));
}

TEST(InjectedReduction, IsLeftToTheEnumerationWhereTimersMayComeEarly) {
  Options options = declared();
  options.strategy = dpor();
  options.timers = TimerOrder::any;
  const Report report = explore(even_counter, options);
  EXPECT_THAT(report.warnings,
              testing::Contains(StartsWith("nothing was reduced: what an early timer touches")));
}

TEST(InjectedReduction, IsAudited) {
  // Nothing but the cancellation makes the order of the two matter.
  const auto body = []() -> Task<> {
    bool is_cancelled = false;
    Shared<int> x;
    const auto sleeper = [](bool& flag) -> Task<> {
      try {
        co_await yield();
      } catch (const CancelledError&) {
        flag = true;
        throw;
      }
    };
    const auto reader = [](const bool& flag, Shared<int>& value) -> Task<> {
      co_await yield();
      if (flag) static_cast<void>(value.read());
    };
    TaskHandle<> first = spawn(sleeper(is_cancelled), "sleeper");
    TaskHandle<> second = spawn(reader(is_cancelled, x), "reader");
    co_await settled(first);
    co_await settled(second);
  };
  Options options = declared();
  EXPECT_THAT(explore(body, options), PassesExhaustively());
  options.inject_cancellation = {.at_most = 1, .tasks = {"sleeper"}};
  const Report report = explore(body, options);
  ASSERT_THAT(report, FailsWith(FailureKind::misuse));
  EXPECT_THAT(report.failures.front().details.back(), HasSubstr("reader"));
}

TEST(InjectedReduction, ReportsTheFailuresThatTheEnumerationReports) {
  using test::Action;
  const test::Mix mix{
      3,
      3,
      3,
      {Action::yield, Action::read, Action::write_if_odd, Action::update, Action::lock,
       Action::unlock, Action::acquire, Action::release, Action::set, Action::wait,
       Action::wait_notified, Action::notify, Action::check, Action::sleep},
      {test::Ending::quiet, test::Ending::join}};
  const auto inject = [](Options& options, std::uint64_t seed) {
    options.inject_cancellation.at_most = 1;
    options.inject_wakeups = static_cast<std::uint32_t>(seed % 2);
  };
  EXPECT_GT(compare_with_enumeration(mix, 100, inject), 50U);
}

}  // namespace
}  // namespace coweave
