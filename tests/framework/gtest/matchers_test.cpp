#include "coweave/gtest/matchers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "coweave/gtest.hpp"

namespace {

using coweave::explore;
using coweave::FailsWith;
using coweave::FailureKind;
using coweave::Passes;
using coweave::PassesExhaustively;
using coweave::Report;
using coweave::Task;
using ::testing::HasSubstr;
using ::testing::Matcher;
using ::testing::Not;

Task<> yields_once() { co_await coweave::yield(); }
Task<> passes() { co_await coweave::gather(yields_once(), yields_once()); }
Task<> fails_and_throws() {
  co_await coweave::yield();
  EXPECT_TRUE(false) << "the light is off";
  throw std::runtime_error("boom");
}

Report passing() { return explore(passes); }
Report sampled() {
  return explore(passes, {.strategy = coweave::random_walk(), .max_schedules = 5});
}
Report cut_short() {
  return explore(passes, {.strategy = coweave::exhaustive(), .max_schedules = 2});
}
Report failing() { return explore(fails_and_throws); }

std::string description_of(const Matcher<const Report&>& matcher) {
  return ::testing::DescribeMatcher<const Report&>(matcher);
}
std::string negation_of(const Matcher<const Report&>& matcher) {
  return ::testing::DescribeMatcher<const Report&>(matcher, true);
}
std::string explanation_of(const Matcher<const Report&>& matcher, const Report& report) {
  ::testing::StringMatchResultListener listener;
  static_cast<void>(matcher.MatchAndExplain(report, &listener));
  return listener.str();
}

TEST(FailsWith, MatchesTheKindOfTheFirstFailure) {
  EXPECT_THAT(failing(), FailsWith(FailureKind::check));
  EXPECT_THAT(failing(), Not(FailsWith(FailureKind::exception)));
  EXPECT_THAT(passing(), Not(FailsWith(FailureKind::check)));
}

TEST(FailsWith, LooksAtTheFirstFoundUnderKeepGoing) {
  Report report = failing();
  coweave::Failure second;
  second.kind = FailureKind::deadlock;
  report.failures.push_back(second);
  EXPECT_THAT(report, FailsWith(FailureKind::check));
  EXPECT_THAT(report, Not(FailsWith(FailureKind::deadlock)));
}

TEST(FailsWith, MatchesTheMessage) {
  EXPECT_THAT(failing(), FailsWith(FailureKind::check, HasSubstr("light")));
  EXPECT_THAT(failing(), Not(FailsWith(FailureKind::check, HasSubstr("door"))));
  EXPECT_THAT(failing(), Not(FailsWith(FailureKind::exception, HasSubstr("light"))));
}

TEST(FailsWith, DescribesItself) {
  EXPECT_EQ(description_of(FailsWith(FailureKind::leaked_task)), "fails with leaked_task");
  EXPECT_EQ(negation_of(FailsWith(FailureKind::check)), "does not fail with check");
  EXPECT_EQ(description_of(FailsWith(FailureKind::check, HasSubstr("light"))),
            "fails with check whose message has substring \"light\"");
}

TEST(FailsWith, ExplainsWhatHappenedInstead) {
  EXPECT_THAT(explanation_of(FailsWith(FailureKind::deadlock), failing()),
              ::testing::AllOf(HasSubstr("whose first failure is check at "),
                               HasSubstr("matchers_test.cpp:"), HasSubstr("the light is off")));
  EXPECT_THAT(explanation_of(FailsWith(FailureKind::deadlock), passing()),
              HasSubstr("which did not fail: exhaustive"));
}

TEST(FailsWith, PrintsTheReportWhenItDoesNotMatch) {
  const Report report = failing();
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(report, FailsWith(FailureKind::deadlock)),
                          ::testing::PrintToString(report));
}

TEST(PassesExhaustively, MatchesOnlyWhenEveryInterleavingPassed) {
  EXPECT_THAT(passing(), PassesExhaustively());
  EXPECT_THAT(sampled(), Not(PassesExhaustively()));
  EXPECT_THAT(cut_short(), Not(PassesExhaustively()));
  EXPECT_THAT(failing(), Not(PassesExhaustively()));
}

TEST(PassesExhaustively, ExplainsWhatIsMissing) {
  EXPECT_EQ(description_of(PassesExhaustively()), "passes in every interleaving");
  EXPECT_THAT(explanation_of(PassesExhaustively(), sampled()),
              HasSubstr("which did not fail: sampled, 5 schedules"));
}

TEST(Passes, MatchesWhateverIsClaimed) {
  EXPECT_THAT(passing(), Passes());
  EXPECT_THAT(sampled(), Passes());
  EXPECT_THAT(cut_short(), Passes());
  EXPECT_THAT(failing(), Not(Passes()));
  EXPECT_EQ(description_of(Passes()), "does not fail");
}

}  // namespace
