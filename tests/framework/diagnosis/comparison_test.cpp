#include "coweave/diagnosis/comparison.hpp"

#include <gmock/gmock.h>

#include <string>

#include "coweave/core/rng.hpp"
#include "framework/schedule/sample_schedule.hpp"

namespace coweave {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string text_of(const Schedule& a, const Schedule& b) {
  return compare(a, "a.json", b, "longer.json").text;
}

TEST(Comparison, CountsWhatIsTheSame) {
  const Comparison same = compare(samples::small(), "a", samples::small(), "b");
  EXPECT_TRUE(same.is_same);
  EXPECT_EQ(same.common, 4U);
  EXPECT_EQ(same.text,
            "  a: Account.IsNeverOverdrawn: check failed at bank.cpp:14, 4 steps\n"
            "  b: Account.IsNeverOverdrawn: check failed at bank.cpp:14, 4 steps\n"
            "all 4 steps are the same\n");
}

TEST(Comparison, FindsEachScheduleEqualToItself) {
  Rng rng(5);
  for (int i = 0; i < 300; ++i) {
    const Schedule schedule = samples::any(rng);
    EXPECT_TRUE(compare(schedule, "a", schedule, "b").is_same);
  }
}

TEST(Comparison, ShowsBothSidesOfAnotherPick) {
  Schedule other = samples::small();
  other.trace.steps.resize(2);
  other.trace.steps[1].pick = 0;
  other.trace.steps[1].task = 1;
  other.trace.steps[1].operation = OperationKind::start;
  other.trace.steps[1].object.reset();
  other.failure.reset();
  const Comparison comparison = compare(samples::small(), "a.json", other, "longer.json");
  EXPECT_FALSE(comparison.is_same);
  EXPECT_EQ(comparison.common, 1U);
  EXPECT_EQ(comparison.text,
            "  a.json:      Account.IsNeverOverdrawn: check failed at bank.cpp:14, 4 steps\n"
            "  longer.json: Account.IsNeverOverdrawn: no failure, 2 steps\n"
            "the first 1 step are the same:\n"
            "  step 1: body (start)\n"
            "step 2 differs:\n"
            "  a.json:      task 0.2 (acquire lock \"db\" at bank.cpp:12)\n"
            "  longer.json: withdraw#1 (start at bank.cpp:12)\n"
            "the same tasks were ready, and another one was picked\n");
}

TEST(Comparison, TellsAnotherChoiceFromAnotherPick) {
  Schedule other = samples::small();
  other.trace.steps[2].pick = 1;
  EXPECT_THAT(text_of(samples::small(), other),
              HasSubstr("step 3 differs:\n  a.json:      task 0.2 (choose 2 of 3 at bank.cpp:13)\n"
                        "  longer.json: task 0.2 (choose 1 of 3 at bank.cpp:13)\n"
                        "the same choice, and another value was taken\n"));
}

TEST(Comparison, SaysThatOneIsStale) {
  Schedule other = samples::small();
  other.trace.steps[1].operation = OperationKind::yield;
  EXPECT_THAT(text_of(samples::small(), other),
              HasSubstr("the same picks led to another step: the code differs"));
  other = samples::small();
  other.trace.steps[3].ready = {1, 2};
  other.trace.steps[3].alternatives = 2;
  EXPECT_THAT(text_of(samples::small(), other),
              HasSubstr("other tasks were ready after the same picks: the code differs"));
}

TEST(Comparison, SaysThatTheCodeWasEdited) {
  Schedule other = samples::small();
  other.trace.steps[1].place.line = 15;
  other.trace.steps[2].place.line = 16;
  const Comparison comparison = compare(samples::small(), "a.json", other, "b.json");
  EXPECT_TRUE(comparison.is_same);
  EXPECT_THAT(
      comparison.text,
      HasSubstr("2 steps are at another place: the code was edited between the two; the first "
                "is step 2:\n  a.json: bank.cpp:12\n  b.json: bank.cpp:15\n"));
}

TEST(Comparison, TellsDifferentTestsAndSettings) {
  Schedule other = samples::small();
  other.test = "Account.Other";
  EXPECT_THAT(text_of(samples::small(), samples::small()), Not(HasSubstr("different tests")));
  EXPECT_FALSE(compare(samples::small(), "a", other, "b").is_same);
  EXPECT_THAT(text_of(samples::small(), other), HasSubstr("they are of different tests\n"));
  other.await_points = AwaitPoints::every;
  EXPECT_THAT(text_of(samples::small(), other),
              HasSubstr("under different AwaitPoints:\n  a.json:      operations\n"));
}

TEST(Comparison, ComparesPicksWhereNoStepsAreRecorded) {
  Schedule a;
  a.picks = {0, 1, 2};
  Schedule b;
  b.picks = {0, 1};
  const Comparison comparison = compare(a, "a.json", b, "b.json");
  EXPECT_FALSE(comparison.is_same);
  EXPECT_EQ(comparison.common, 2U);
  EXPECT_THAT(comparison.text, HasSubstr("the first 2 picks are the same, the next one differs:\n"
                                         "  a.json: 2\n  b.json: has ended\n"));
  EXPECT_TRUE(compare(a, "a.json", a, "b.json").is_same);
}

TEST(Comparison, SaysWhichOneEndsFirst) {
  Schedule shorter = samples::small();
  shorter.trace.steps.pop_back();
  EXPECT_THAT(text_of(samples::small(), shorter),
              HasSubstr("step 4 differs:\n  a.json:      withdraw#1 (start)\n"
                        "  longer.json: has ended\n"));
}

}  // namespace
}  // namespace coweave
