#include <chrono>
#include <cstdint>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "coweave/exploration/failures/story.hpp"
#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

// Programs that do not follow from body and schedule: found, named, never blamed on a schedule.

namespace coweave {
namespace {

using testing::_;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// The strategies that run more than one execution.
std::vector<StrategyRecipe> searches() { return {StrategyRecipe(), exhaustive(), random_walk()}; }

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}

Task<> behaves_by_a_counter(int& runs) {
  const bool is_odd = ++runs % 2 != 0;
  co_await gather(yields(2), yields(is_odd ? 2 : 1));
}

TEST(Nondeterminism, OfAStaticCounterIsFoundUnderEverySearch) {
  for (const StrategyRecipe& strategy : searches()) {
    int runs = 0;
    const Report report = explore([&runs] { return behaves_by_a_counter(runs); },
                                  {.strategy = strategy, .max_schedules = 1'000});
    EXPECT_THAT(report, FailsWith(FailureKind::nondeterminism)) << strategy.name();
    EXPECT_EQ(report.failures.size(), 1U);
    EXPECT_EQ(report.failing, 1U);
  }
}

// The simplest schedule of the failure is the production order, which passed at first.
TEST(Nondeterminism, IsFoundWhereTheSimplestScheduleHadPassed) {
  int runs = 0;
  const auto body = [&runs]() -> Task<> {
    ++runs;
    co_await gather(yields(1), yields(1));
    check(runs <= 4, "there are few runs");
  };
  const Report report = explore(body);
  EXPECT_THAT(report, FailsWith(FailureKind::nondeterminism));
  std::ostringstream text;
  text << report;
  EXPECT_THAT(text.str(), Not(HasSubstr("no order passes")));
  EXPECT_THAT(text.str(), HasSubstr("there are few runs"));
}

TEST(Nondeterminism, IsExplainedByTheFirstDifferenceWithBothSides) {
  int runs = 0;
  const Report report = explore([&runs] { return behaves_by_a_counter(runs); });
  ASSERT_THAT(report, FailsWith(FailureKind::nondeterminism));
  const Failure& failure = report.failures.front();
  EXPECT_EQ(failure.message, "the same picks gave two different executions");
  ASSERT_THAT(
      failure.details,
      ElementsAre(StartsWith("first difference at step "), StartsWith("one execution:     "),
                  StartsWith("another execution: "), StartsWith("likely causes: a clock")));
  EXPECT_NE(failure.details[1].substr(19), failure.details[2].substr(19));
}

/// A clock that nobody controls, without being one: advances by an odd multiplier each time.
class Clockwork {
 public:
  std::uint32_t operator()() {
    state_ = state_ * 1'664'525U + 1'013'904'223U;
    return state_ >> 16U;
  }

 private:
  std::uint32_t state_ = 1;
};

Task<> polls(Clockwork& clock) {
  while (clock() % 4 != 0) co_await yield();
}
Task<> two_that_poll(Clockwork& clock) { co_await gather(polls(clock), polls(clock)); }

TEST(Nondeterminism, OfAClockIsFoundUnderEverySearch) {
  for (const StrategyRecipe& strategy : searches()) {
    Clockwork clock;
    EXPECT_THAT(explore([&clock] { return two_that_poll(clock); }, {.strategy = strategy}),
                FailsWith(FailureKind::nondeterminism))
        << strategy.name();
  }
}

Task<> fails_by_a_counter(int& runs) {
  co_await gather(yields(1), yields(1));
  check(++runs % 2 != 0, "even");
}

// All steps agree; only the outcome differs: no failure of the check, for that does not come back.
TEST(Nondeterminism, OfTheOutcomeAloneIsFound) {
  for (const StrategyRecipe& strategy : searches()) {
    int runs = 0;
    const Report report =
        explore([&runs] { return fails_by_a_counter(runs); }, {.strategy = strategy});
    ASSERT_THAT(report, FailsWith(FailureKind::nondeterminism)) << strategy.name();
    EXPECT_THAT(report.failures.front().details,
                ElementsAre(AnyOf(StartsWith("one ends with:     no failure"),
                                  StartsWith("one ends with:     check failed at ")),
                            _, _, HasSubstr("only in the outcome"), StartsWith("likely causes")));
  }
}

std::string text_of(const Report& report) {
  std::ostringstream text;
  text << report;
  return std::move(text).str();
}

Task<> counts_expectations(int& runs) {
  co_await gather(yields(1), yields(1));
  EXPECT_EQ(++runs % 2, 1) << "runs";
}

// The check that failed, its values and its line; and that the same picks pass too.
TEST(Nondeterminism, NamesTheFailedCheckWithItsValuesAndBothOutcomes) {
  for (const StrategyRecipe& strategy : searches()) {
    int runs = 0;
    const Report report =
        explore([&runs] { return counts_expectations(runs); }, {.strategy = strategy});
    ASSERT_THAT(report, FailsWith(FailureKind::nondeterminism));
    EXPECT_THAT(report.failures.front().place.file, testing::EndsWith("nondeterminism_test.cpp"));
    const std::string text = text_of(report);
    EXPECT_THAT(text, HasSubstr("nondeterminism at "));
    EXPECT_THAT(text, HasSubstr("ends with:     no failure"));
    EXPECT_THAT(text, HasSubstr("ends with: check failed at "));
    EXPECT_THAT(text, HasSubstr("      ++runs % 2\n        Which is: 0\n"));
    EXPECT_THAT(text, HasSubstr("    runs\n"));
    // Nothing older than an execution of Coweave's own was used.
    EXPECT_THAT(text, Not(HasSubstr("older than the execution")));
  }
}

Task<> works_on(Queue<int>& lines, int line) {
  co_await yield();
  lines.put_nowait(line);
}

Task<> logs(Queue<int>& lines) {
  co_await gather(works_on(lines, 1), works_on(lines, 2));
  check(lines.size() == 2, "two lines are logged");
}

// As a logger that is a singleton: it keeps what the executions before left in it.
TEST(Nondeterminism, NamesTheObjectThatIsOlderThanTheExecution) {
  Queue<int> lines(0, "lines");
  Event unused("unused");
  const Report report = explore([&lines] { return logs(lines); });
  ASSERT_THAT(report, FailsWith(FailureKind::nondeterminism));
  const std::string text = text_of(report);
  EXPECT_THAT(text, HasSubstr("check failed at "));
  EXPECT_THAT(text, HasSubstr("two lines are logged"));
  EXPECT_THAT(text,
              HasSubstr("used, and older than the execution, so that they keep what earlier"));
  EXPECT_THAT(text,
              testing::ContainsRegex(
                  "queue \"lines\" .created at .*nondeterminism_test.cpp:[0-9]+.: works_on#"));
  EXPECT_THAT(text, Not(HasSubstr("unused")));
}

TEST(Nondeterminism, IsSaidAgainByAReplayOfItsSchedule) {
  int runs = 0;
  const auto body = [&runs] { return counts_expectations(runs); };
  const Report report = explore(body);
  ASSERT_THAT(report, FailsWith(FailureKind::nondeterminism));
  const Schedule saved =
      Schedule::from_json(with_explanation(report.failures.front()).to_json(), "saved");
  for (int begin = 0; begin < 2; ++begin) {  // Whether the first replay passes or fails.
    runs = begin;
    const Report again = replay(body, saved);
    ASSERT_THAT(again, FailsWith(FailureKind::nondeterminism));
    EXPECT_THAT(text_of(again), HasSubstr("check failed at "));
    EXPECT_THAT(text_of(again), HasSubstr("no failure"));
  }
}

TEST(Nondeterminism, IsSaidAgainByTheNextRunFromItsFile) {
  const std::filesystem::path directory =
      std::filesystem::path(testing::TempDir()) / "coweave_nondeterminism";
  std::filesystem::remove_all(directory);
  int runs = 0;
  const auto body = [&runs] { return counts_expectations(runs); };
  const Options options{.name = "N.Counts", .schedule_dir = directory, .corpus = Corpus::replay};
  ASSERT_THAT(explore(body, options), FailsWith(FailureKind::nondeterminism));
  runs = 0;
  const Report again = explore(body, options);
  ASSERT_THAT(again, FailsWith(FailureKind::nondeterminism));
  ASSERT_EQ(again.corpus.size(), 1U);
  EXPECT_EQ(again.corpus.front().state, CorpusEntry::State::open);
  EXPECT_EQ(again.failures.size(), 1U);
  EXPECT_EQ(again.failures.front().schedule_file, again.corpus.front().file);
  EXPECT_THAT(text_of(again), HasSubstr("check failed at "));

  // Cured, it is a schedule that passes.
  const auto cured = []() -> Task<> { co_await gather(yields(1), yields(1)); };
  const Report fixed = explore(cured, options);
  EXPECT_FALSE(fixed.failed()) << fixed;
  ASSERT_EQ(fixed.corpus.size(), 1U);
  EXPECT_EQ(fixed.corpus.front().state, CorpusEntry::State::fixed);
  std::filesystem::remove_all(directory);
}

Task<> chooses_by_a_counter(int& runs) {
  static_cast<void>(choose(2));
  static_cast<void>(choose(++runs < 4 ? 3 : 2));
  co_return;
}

// Runs 1 and 2 are the first execution and its confirmation, 3 the second; 4 and 5 offer less.
TEST(Nondeterminism, OfWhatThereIsToChooseFromIsFoundByTheEnumeration) {
  int runs = 0;
  EXPECT_THAT(explore([&runs] { return chooses_by_a_counter(runs); }, {.strategy = exhaustive()}),
              FailsWith(FailureKind::nondeterminism));
}

Task<> chooses_for_a_while(int& runs) {
  if (++runs > 5) co_return;
  static_cast<void>(choose(2));
  static_cast<void>(choose(2));
}

// Runs 1 to 5 are the executions 1, 2 (each confirmed) and 3. The fourth should take the picks 1 1
// and decides nothing at all: an enumeration may not call that one of its interleavings.
TEST(Nondeterminism, OfAnExecutionThatEndsBeforeItsPicksIsFoundByTheEnumeration) {
  int runs = 0;
  EXPECT_THAT(explore([&runs] { return chooses_for_a_while(runs); }, {.strategy = exhaustive()}),
              FailsWith(FailureKind::nondeterminism));
}

TEST(Nondeterminism, EndsAnExplorationThatKeepsGoing) {
  int runs = 0;
  const Report report =
      explore([&runs] { return behaves_by_a_counter(runs); }, {.keep_going = true});
  EXPECT_THAT(report, FailsWith(FailureKind::nondeterminism));
  EXPECT_LT(report.schedules, 10U);
}

TEST(Nondeterminism, IsLookedForInOneAwaitModeOnly) {
  int runs = 0;
  const Report report = explore([&runs] { return behaves_by_a_counter(runs); });
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_TRUE(report.failures.front().evidence.empty());
}

Task<> works(Lock& lock, Condition& changed, Semaphore& semaphore, int& done) {
  const SemaphoreGuard permit = co_await semaphore.scoped();
  const LockGuard guard = co_await lock.scoped();
  co_await sleep_for(std::chrono::milliseconds(choose(2)));
  ++done;
  changed.notify_all();
}
Task<> is_cancelled(Event& never) { co_await never.wait(); }
Task<> throws() {
  co_await yield();
  throw std::runtime_error("expected");
}

/// A bit of everything, and nothing that is not determined.
Task<> busy() {
  Lock lock;
  Condition changed(lock);
  Semaphore semaphore(1);
  Event never;
  int done = 0;
  const TaskHandle<> first = spawn(works(lock, changed, semaphore, done));
  const TaskHandle<> second = spawn(works(lock, changed, semaphore, done));
  const TaskHandle<> third = spawn(is_cancelled(never));
  const TaskHandle<> fourth = spawn(throws());
  {
    const LockGuard guard = co_await lock.scoped();
    co_await changed.wait_for([&done] { return done == 2; });
  }
  third.cancel();
  int caught = 0;
  try {
    co_await third;
  } catch (const CancelledError&) {
    ++caught;
  }
  try {
    co_await fourth;
  } catch (const std::runtime_error&) {
    ++caught;
  }
  check(caught == 2);
  co_await first;
  co_await second;
}

TEST(Determinism, IsNeverDoubtedInTenThousandExecutions) {
  for (const StrategyRecipe& strategy : searches()) {
    const Report report = explore(busy, {.strategy = strategy,
                                         .seed = 7,
                                         .max_schedules = 10'000,
                                         .max_time = std::chrono::minutes(5)});
    EXPECT_FALSE(report.failed()) << report;
    EXPECT_EQ(report.schedules, 10'000U);
  }
}

// Two explorations agree in all that a report shows.
TEST(Determinism, HoldsBetweenExplorations) {
  const auto report_of = [] {
    return explore(busy, {.strategy = random_walk(), .seed = 7, .max_schedules = 500});
  };
  const Report first = report_of();
  const Report second = report_of();
  EXPECT_EQ(first.steps, second.steps);
  EXPECT_EQ(to_json(first), to_json(second));
}

}  // namespace
}  // namespace coweave
