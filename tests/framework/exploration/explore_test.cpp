#include "coweave/exploration/explore.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace coweave {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}

// Two tasks of three steps: 6!/(3!3!) = 20 schedules. Beside those six steps each execution has two
// of the body.
Task<> of_20_schedules() { co_await gather(yields(2), yields(2)); }

// Four tasks of six steps: 24!/(6!)^4, about 2.3e12 schedules.
Task<> of_too_many_schedules() { co_await gather(yields(5), yields(5), yields(5), yields(5)); }

Task<> of_one_schedule() { co_await yields(3); }

TEST(DefaultPlan, IsExhaustiveWhereTheEnumerationFits) {
  const Report report = explore(of_20_schedules);
  EXPECT_EQ(report.verdict, Verdict::exhaustive);
  EXPECT_EQ(report.verdict_detail, "every interleaving: 20 schedules");
  EXPECT_EQ(report.strategy, "default");
  EXPECT_EQ(report.schedules, 20U);
  EXPECT_EQ(report.steps, 20U * 8U);
  EXPECT_EQ(report.failing, 0U);
  EXPECT_THAT(report.warnings, IsEmpty());
}

// Few alternatives in production order (2^5): all interleavings, though that takes the whole
// budget.
TEST(DefaultPlan, IsExhaustiveWhereTheBudgetIsExactlyEnough) {
  EXPECT_THAT(explore(of_20_schedules, {.max_schedules = 20}), PassesExhaustively());
}

// In production order 1, 5, 10, ... schedules of 0, 1, 2 deviations.
TEST(DefaultPlan, ClaimsTheDeviationsThatItCompleted) {
  const Report report = explore(of_20_schedules, {.max_schedules = 8});
  EXPECT_EQ(report.verdict, Verdict::bounded);
  EXPECT_EQ(report.schedules, 8U);
  EXPECT_EQ(report.verdict_detail,
            "every interleaving of at most 1 deviation from production order: 6 schedules "
            "(max_schedules of 8 reached after 8 schedules)");
}

TEST(DefaultPlan, OfOneScheduleIsTheProductionOrder) {
  const Report report = explore(of_20_schedules, {.max_schedules = 1});
  EXPECT_EQ(report.verdict, Verdict::bounded);
  EXPECT_THAT(report.verdict_detail, HasSubstr("at most 0 deviations"));
  EXPECT_EQ(report.schedules, 1U);
}

// Three tasks of three steps: 9!/(3!)^3 = 1,680 schedules; 3^7 * 2 alternatives in production order
// are too many to go by that alone, so that 32 random schedules estimate the number first.
Task<> of_1680_schedules() { co_await gather(yields(2), yields(2), yields(2)); }

TEST(DefaultPlan, IsExhaustiveWhereTheEstimateFits) {
  const Report report = explore(of_1680_schedules);
  EXPECT_EQ(report.verdict, Verdict::exhaustive);
  EXPECT_EQ(report.verdict_detail, "every interleaving: 1680 schedules");
  EXPECT_EQ(report.schedules, 1'680U + 32U);
}

TEST(DefaultPlan, SaysWhatBoundsAndRandomSchedulesAreWorthWhereItDoesNotFit) {
  const Report report = explore(of_too_many_schedules, {.max_schedules = 2'000});
  EXPECT_EQ(report.verdict, Verdict::bounded);
  EXPECT_EQ(report.schedules, 2'000U);
  // 24 steps, of which the last has nothing beside it: production order has 23 deviations of one
  // task or more. (2000 - 33) / 2 schedules of a bounded search complete one deviation, and not
  // two.
  EXPECT_THAT(
      report.verdict_detail,
      testing::StartsWith("every interleaving of at most 1 deviation from production order: "));
  EXPECT_THAT(report.verdict_detail,
              HasSubstr(" distinct of 982 random schedules, the next is new"));
  EXPECT_THAT(report.verdict_detail, HasSubstr("; a bug of depth 3 was missed with probability"));
  EXPECT_THAT(report.verdict_detail, HasSubstr("e+12 interleavings in all (max_schedules of 2000"));
}

TEST(DefaultPlan, IsTheSameEachTime) {
  const Options options{.seed = 4, .max_schedules = 3'000};
  const Report first = explore(of_too_many_schedules, options);
  const Report second = explore(of_too_many_schedules, options);
  EXPECT_EQ(first.verdict_detail, second.verdict_detail);
  EXPECT_EQ(first.steps, second.steps);
}

// The production order promises a small tree; the other value of the choice has a large one.
Task<> larger_than_it_looks() {
  if (choose(2) == 1) co_await of_too_many_schedules();
}

TEST(DefaultPlan, TakesToRandomSchedulesWhereTheTreeIsLargerThanItLooked) {
  const Report report = explore(larger_than_it_looks, {.max_schedules = 12'000});
  EXPECT_EQ(report.verdict, Verdict::bounded);
  EXPECT_EQ(report.schedules, 12'000U);
  // The bounded search alone had 10,000; then they take turns, and one of the portfolio's is the
  // production order.
  EXPECT_THAT(report.verdict_detail, HasSubstr(" distinct of 999 random schedules"));
}

TEST(Budget, OfSchedulesIsExact) {
  for (const std::uint64_t most : {1U, 2U, 3U, 7U, 19U}) {
    const Report enumerated =
        explore(of_20_schedules, {.strategy = exhaustive(), .max_schedules = most});
    EXPECT_EQ(enumerated.schedules, most);
    EXPECT_EQ(enumerated.verdict, Verdict::limit_hit);
    EXPECT_EQ(enumerated.verdict_detail, "max_schedules of " + std::to_string(most) +
                                             " reached after " + std::to_string(most) +
                                             (most == 1 ? " schedule" : " schedules") +
                                             " of the enumeration");
    const Report sampled =
        explore(of_20_schedules, {.strategy = random_walk(), .max_schedules = most});
    EXPECT_EQ(sampled.schedules, most);
    EXPECT_EQ(sampled.verdict, Verdict::sampled);
  }
}

TEST(Budget, ThatIsExactlyTheNumberOfSchedulesIsNotHit) {
  EXPECT_THAT(explore(of_20_schedules, {.strategy = exhaustive(), .max_schedules = 20}),
              PassesExhaustively());
}

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

TEST(Budget, OfTimeEndsAnEnumerationAsALimit) {
  const Report report =
      explore(of_too_many_schedules,
              {.strategy = exhaustive(), .max_schedules = no_limit, .max_time = 50ms});
  EXPECT_EQ(report.verdict, Verdict::limit_hit);
  EXPECT_THAT(report.verdict_detail, HasSubstr("max_time of 50 ms reached"));
  EXPECT_FALSE(report.failed());
}

TEST(Budget, OfTimeEndsASampleAsASample) {
  const Report report =
      explore(of_too_many_schedules,
              {.strategy = random_walk(), .max_schedules = no_limit, .max_time = 50ms});
  EXPECT_EQ(report.verdict, Verdict::sampled);
  EXPECT_THAT(report.verdict_detail, HasSubstr("(max_time of 50 ms reached)"));
}

TEST(Budget, OfNoTimeStillRunsTheProductionOrder) {
  const Report report = explore(of_too_many_schedules, {.strategy = exhaustive(), .max_time = 0ms});
  EXPECT_EQ(report.schedules, 1U);
  EXPECT_EQ(report.verdict, Verdict::limit_hit);
}

TEST(Budget, OfNothingIsAnError) {
  EXPECT_THROW(static_cast<void>(explore(of_one_schedule, {.max_schedules = 0})), Error);
  EXPECT_THROW(static_cast<void>(explore(of_one_schedule, {.max_steps = 0})), Error);
}

TEST(Warning, SaysThatThereWasOnlyOneSchedule) {
  EXPECT_THAT(explore(of_one_schedule).warnings,
              ElementsAre(HasSubstr("there was only one schedule")));
  EXPECT_THAT(explore(of_one_schedule, {.strategy = exhaustive()}).warnings,
              ElementsAre(HasSubstr("there was only one schedule")));
  EXPECT_THAT(explore(of_20_schedules).warnings, IsEmpty());
}

Task<> fails_at_two_places_and_throws() {
  switch (choose(6)) {
    case 1:
    case 4:
      check(false, "first place");
      break;
    case 2:
      check(false, "second place");
      break;
    case 3:
      throw std::runtime_error("third place");
    default:
      break;
  }
  co_return;
}

TEST(Explore, StopsAtTheFirstFailingSchedule) {
  const Report report = explore(fails_at_two_places_and_throws);
  EXPECT_EQ(report.verdict, Verdict::failed);
  EXPECT_EQ(report.schedules, 2U);  // Values 0 and 1.
  EXPECT_EQ(report.failing, 1U);
  EXPECT_EQ(report.verdict_detail, "stopped at the first failing schedule, after 2 schedules");
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures.front().message, "first place");
  EXPECT_EQ(report.failures.front().schedule.execution, 2U);
}

TEST(KeepGoing, CountsAndGroupsFailuresByKindAndPlace) {
  const Report report = explore(fails_at_two_places_and_throws, {.keep_going = true});
  EXPECT_EQ(report.verdict, Verdict::failed);
  EXPECT_EQ(report.verdict_detail, "every interleaving: 6 schedules");
  EXPECT_EQ(report.schedules, 6U);
  EXPECT_EQ(report.failing, 4U);
  ASSERT_EQ(report.failures.size(), 3U);
  EXPECT_EQ(report.failures[0].message, "first place");
  EXPECT_EQ(report.failures[0].count, 2U);
  EXPECT_EQ(report.failures[1].message, "second place");
  EXPECT_EQ(report.failures[1].count, 1U);
  EXPECT_EQ(report.failures[2].kind, FailureKind::exception);
  EXPECT_NE(report.failures[0].place, report.failures[1].place);
}

Task<> increment(int& counter) {
  const int seen = counter;
  co_await yield();
  counter = seen + 1;
}
Task<> lost_update() {
  int counter = 0;
  co_await gather(increment(counter), increment(counter));
  check(counter == 2, "an increment was lost");
}

// Of 4!/(2!2!) = 6 schedules the two that run one task after the other pass.
TEST(KeepGoing, CountsEveryFailingSchedule) {
  const Report report = explore(lost_update, {.keep_going = true});
  EXPECT_EQ(report.schedules, 6U);
  EXPECT_EQ(report.failing, 4U);
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures.front().count, 4U);
  EXPECT_EQ(report.failures.front().schedule.deviations(), 0U);  // Production order fails.
}

// Fails for the values 0 1 1 (found first) and 1 0 0: two deviations and one.
Task<> fails_late_and_then_early() {
  const std::uint32_t first = choose(2);
  const std::uint32_t second = choose(2);
  const std::uint32_t third = choose(2);
  const std::uint32_t value = 4 * first + 2 * second + third;
  check(value != 3 && value != 4, "three or four");
  co_return;
}

TEST(KeepGoing, KeepsTheScheduleWithTheFewestDeviations) {
  const Report report =
      explore(fails_late_and_then_early, {.strategy = exhaustive(), .keep_going = true});
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures.front().count, 2U);
  EXPECT_THAT(report.failures.front().schedule.picks, ElementsAre(1, 0, 0));
  EXPECT_EQ(report.failures.front().schedule.execution, 5U);  // The value 4 comes fifth.
}

// One deviation each; the second has fewer steps, the third as many as the second.
Task<> fails_after_some_yields() {
  const std::uint32_t value = choose(4);
  co_await yields(value == 1 ? 3 : 1);
  check(value == 0, "not zero");
}

TEST(KeepGoing, KeepsTheFewestStepsAmongThoseAndThenTheFirstFound) {
  const Report report = explore(fails_after_some_yields, {.keep_going = true});
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures.front().count, 3U);
  EXPECT_THAT(report.failures.front().schedule.picks, ElementsAre(2));
}

Task<> fails_long_other_short() {
  const std::uint32_t value = choose(4);
  co_await yields(value == 1 ? 3 : 1);
  check(value != 1 && value != 3, "odd");
  check(value != 2, "two");
}

// 1 is "odd" in five steps, 2 is "two", 3 is "odd" in three: a shorter schedule of the failure
// found first must not move it behind the one found second.
TEST(KeepGoing, ListsAFailureWhereItWasFoundFirstThoughAShorterScheduleFollows) {
  const Report report = explore(fails_long_other_short, {.keep_going = true});
  ASSERT_EQ(report.failures.size(), 2U);
  EXPECT_EQ(report.failures[0].message, "odd");
  EXPECT_EQ(report.failures[0].count, 2U);
  EXPECT_THAT(report.failures[0].schedule.picks, ElementsAre(3));
  EXPECT_EQ(report.failures[1].message, "two");
}

using Answer = AwaitPointsEvidence::Answer;

Task<int> read(int& counter) { co_return counter; }
Task<> increment_by_a_child(int& counter) {
  const int seen = co_await read(counter);
  counter = seen + 1;
}
Task<> lost_between_child_and_parent() {
  int counter = 0;
  co_await gather(increment_by_a_child(counter), increment_by_a_child(counter));
  check(counter == 2, "an increment was lost");
}

// Where the await of a child does not suspend, two tasks of one step have 2 schedules, and both
// pass.
TEST(Evidence, SaysThatAFailureExistsOnlyWhereChildrenSuspend) {
  const Report report = explore(lost_between_child_and_parent);
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  EXPECT_THAT(report.failures.front().evidence,
              ElementsAre(AwaitPointsEvidence{AwaitPoints::every, Answer::found, report.schedules},
                          AwaitPointsEvidence{AwaitPoints::operations, Answer::absent, 2},
                          AwaitPointsEvidence{AwaitPoints::suspending, Answer::absent, 2}));
}

Task<> increment_by_a_free_lock(int& counter) {
  Lock own;
  const int seen = counter;
  const LockGuard guard = co_await own.scoped();
  counter = seen + 1;
}
Task<> lost_at_a_free_lock() {
  int counter = 0;
  co_await gather(increment_by_a_free_lock(counter), increment_by_a_free_lock(counter));
  check(counter == 2, "an increment was lost");
}

TEST(Evidence, SaysThatAFailureExistsOnlyWhereCompletedOperationsSuspend) {
  const Report report = explore(lost_at_a_free_lock);
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const std::vector<AwaitPointsEvidence>& evidence = report.failures.front().evidence;
  ASSERT_EQ(evidence.size(), 3U);
  EXPECT_EQ(evidence[1].answer, Answer::found);
  EXPECT_EQ(evidence[2], (AwaitPointsEvidence{AwaitPoints::suspending, Answer::absent, 2}));
}

TEST(Evidence, SaysThatAFailureExistsInEveryMode) {
  const Report report = explore(lost_update);
  ASSERT_EQ(report.failures.size(), 1U);
  for (const AwaitPointsEvidence& evidence : report.failures.front().evidence)
    EXPECT_EQ(evidence.answer, Answer::found) << to_string(evidence.await_points);
}

Task<> lost_among_many() {
  int counter = 0;
  co_await gather(increment_by_a_child(counter), increment_by_a_child(counter), yields(5),
                  yields(5), yields(5));
  check(counter == 2, "an increment was lost");
}

TEST(Evidence, ClaimsNoAbsenceWhereTheSearchWasNotComplete) {
  const Report report = explore(lost_among_many);
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const std::vector<AwaitPointsEvidence>& evidence = report.failures.front().evidence;
  ASSERT_EQ(evidence.size(), 3U);
  EXPECT_EQ(evidence[1].answer, Answer::not_found);
  EXPECT_EQ(evidence[2].answer, Answer::not_found);
}

TEST(Evidence, IsAboutTheModeExploredAndThoseThatSuspendLess) {
  const Report report = explore(lost_update, {.await_points = AwaitPoints::suspending});
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures.front().evidence.size(), 1U);
  EXPECT_THAT(explore(lost_update, {.compare_await_points = false}).failures.front().evidence,
              IsEmpty());
}

TEST(Explore, NamesTheTestThatRunsUnlessTheOptionsDo) {
  EXPECT_EQ(explore(of_one_schedule).test, "Explore.NamesTheTestThatRunsUnlessTheOptionsDo");
  const Report report = explore(lost_update, {.name = "Bank.LostUpdate"});
  EXPECT_EQ(report.test, "Bank.LostUpdate");
  EXPECT_EQ(report.failures.front().schedule.test, "Bank.LostUpdate");
}

}  // namespace
}  // namespace coweave
