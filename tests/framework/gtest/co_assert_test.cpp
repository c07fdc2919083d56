#include "coweave/gtest/co_assert.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"

namespace {

using coweave::explore;
using coweave::FailureKind;
using coweave::Report;
using coweave::Task;
using ::testing::HasSubstr;

Task<int> answer() {
  co_await coweave::yield();
  co_return 42;
}
Task<std::string> word() {
  co_await coweave::yield();
  co_return "a word too long for the small-string buffer of any library";
}
Task<std::vector<int>> numbers() {
  co_await coweave::yield();
  const std::vector<int> result(3, 7);
  co_return result;
}
Task<> throws() {
  co_await coweave::yield();
  throw std::runtime_error("boom");
}

COWEAVE_TEST(CoAssert, PassesWhatHolds) {
  CO_ASSERT_TRUE(co_await answer() == 42);
  CO_ASSERT_FALSE(co_await answer() == 41) << "streamed";
  CO_ASSERT_EQ(co_await answer(), 42);
  CO_ASSERT_NE(co_await answer(), 41);
  CO_ASSERT_LT(co_await answer(), 43);
  CO_ASSERT_LE(co_await answer(), 42);
  CO_ASSERT_GT(co_await answer(), 41);
  CO_ASSERT_GE(co_await answer(), 42);
  CO_ASSERT_STREQ((co_await word()).substr(0, 6).c_str(), "a word");
  CO_ASSERT_STRNE("a", "b");
  CO_ASSERT_STRCASEEQ("a", "A");
  CO_ASSERT_STRCASENE("a", "B");
  CO_ASSERT_FLOAT_EQ(1.0F, 1.0F);
  CO_ASSERT_DOUBLE_EQ(1.0, 1.0);
  CO_ASSERT_NEAR(1.0, 1.1, 0.2);
  CO_ASSERT_THAT(co_await numbers(), ::testing::ElementsAre(7, 7, 7));
  CO_ASSERT_THAT(co_await word(), HasSubstr("buffer"));
  CO_ASSERT_THROW(co_await throws(), std::runtime_error);
  CO_ASSERT_ANY_THROW(co_await throws());
  CO_ASSERT_NO_THROW(co_await answer());
}

/// Runs `body` and returns what it fails with; empty if it passes.
std::string message_of(Task<> (*body)()) {
  const Report report = explore(body, {.compare_await_points = false});
  if (report.failures.empty()) return "";
  EXPECT_EQ(report.failures.front().kind, FailureKind::check);
  EXPECT_THAT(report.failures.front().place.file, ::testing::EndsWith("co_assert_test.cpp"));
  // What stands behind the assertion would have failed as well.
  EXPECT_TRUE(report.failures.front().also.empty());
  return report.failures.front().message;
}

// Each of these goes on to a second failure if the assertion does not end it.
#define COWEAVE_FAILING_BODY_(name, ...)       \
  Task<> name() {                              \
    co_await coweave::yield();                 \
    __VA_ARGS__ << "streamed " << 5;           \
    ADD_FAILURE() << "the task has not ended"; \
  }
COWEAVE_FAILING_BODY_(fails_true, CO_ASSERT_TRUE(co_await answer() == 41))
COWEAVE_FAILING_BODY_(fails_false, CO_ASSERT_FALSE(co_await answer() == 42))
COWEAVE_FAILING_BODY_(fails_eq, CO_ASSERT_EQ(co_await answer(), 41))
COWEAVE_FAILING_BODY_(fails_ne, CO_ASSERT_NE(co_await answer(), 42))
COWEAVE_FAILING_BODY_(fails_lt, CO_ASSERT_LT(co_await answer(), 42))
COWEAVE_FAILING_BODY_(fails_le, CO_ASSERT_LE(co_await answer(), 41))
COWEAVE_FAILING_BODY_(fails_gt, CO_ASSERT_GT(co_await answer(), 42))
COWEAVE_FAILING_BODY_(fails_ge, CO_ASSERT_GE(co_await answer(), 43))
COWEAVE_FAILING_BODY_(fails_streq, CO_ASSERT_STREQ((co_await word()).c_str(), "another"))
COWEAVE_FAILING_BODY_(fails_strne, CO_ASSERT_STRNE("a", "a"))
COWEAVE_FAILING_BODY_(fails_strcaseeq, CO_ASSERT_STRCASEEQ("a", "B"))
COWEAVE_FAILING_BODY_(fails_strcasene, CO_ASSERT_STRCASENE("a", "A"))
COWEAVE_FAILING_BODY_(fails_float, CO_ASSERT_FLOAT_EQ(1.0F, 2.0F))
COWEAVE_FAILING_BODY_(fails_double, CO_ASSERT_DOUBLE_EQ(1.0, 2.0))
COWEAVE_FAILING_BODY_(fails_near, CO_ASSERT_NEAR(1.0, 2.0, 0.5))
COWEAVE_FAILING_BODY_(fails_that, CO_ASSERT_THAT(co_await numbers(), ::testing::IsEmpty()))
COWEAVE_FAILING_BODY_(fails_throw, CO_ASSERT_THROW(co_await throws(), std::logic_error))
COWEAVE_FAILING_BODY_(fails_any_throw, CO_ASSERT_ANY_THROW(co_await answer()))
COWEAVE_FAILING_BODY_(fails_no_throw, CO_ASSERT_NO_THROW(co_await throws()))
COWEAVE_FAILING_BODY_(fails_always, CO_FAIL())
#undef COWEAVE_FAILING_BODY_

TEST(CoAssert, EndsTheTaskWithTheStreamedText) {
  for (Task<> (*const body)() :
       {fails_true,      fails_false,     fails_eq,        fails_ne,       fails_lt,
        fails_le,        fails_gt,        fails_ge,        fails_streq,    fails_strne,
        fails_strcaseeq, fails_strcasene, fails_float,     fails_double,   fails_near,
        fails_that,      fails_throw,     fails_any_throw, fails_no_throw, fails_always})
    EXPECT_THAT(message_of(body), ::testing::EndsWith("streamed 5"));
}

TEST(CoAssert, SpeaksAsGoogleTestDoes) {
  EXPECT_THAT(message_of(fails_true), ::testing::StartsWith("Value of: co_await answer() == 41"));
  EXPECT_THAT(message_of(fails_le),
              ::testing::StartsWith("Expected: (co_await answer()) <= (41), actual: 42 vs 41"));
  EXPECT_THAT(message_of(fails_that), HasSubstr("Expected: is empty"));
  EXPECT_THAT(message_of(fails_throw), HasSubstr("throws an exception of type std::logic_error"));
  EXPECT_THAT(message_of(fails_no_throw), HasSubstr("boom"));
  EXPECT_EQ(message_of(fails_always), "streamed 5");
}

bool other_has_ended = false;

Task<> other() {
  co_await coweave::yield();
  co_await coweave::yield();
  other_has_ended = true;
}

Task<> fails_beside_another() {
  other_has_ended = false;
  co_await coweave::gather(fails_eq(), other());
  EXPECT_TRUE(other_has_ended);
}

TEST(CoAssert, EndsOneTaskAndNotTheOthers) {
  const Report report = explore(fails_beside_another);
  EXPECT_THAT(report.failures.at(0).message, ::testing::EndsWith("streamed 5"));
  EXPECT_TRUE(report.failures.at(0).also.empty());
}

Task<> has_a_dangling_else() {
  co_await coweave::yield();
  bool took_else = false;
  if (took_else)
    CO_ASSERT_TRUE(false);
  else
    took_else = true;
  EXPECT_TRUE(took_else);
  if (!took_else) {
    CO_ASSERT_EQ(1, 2) << "not reached";
  }
  if (took_else) CO_FAIL() << "reached";
}

TEST(CoAssert, IsOneStatement) { EXPECT_EQ(message_of(has_a_dangling_else), "reached"); }

int executions = 0;

Task<> skips() {
  ++executions;
  co_await coweave::yield();
  CO_SKIP() << "not today";
  ADD_FAILURE() << "the task has not ended";
}

TEST(CoAssert, SkipEndsTheTaskAndTheExploration) {
  executions = 0;
  const Report report = explore([] { return skips(); }, {.max_schedules = 100});
  EXPECT_FALSE(report.failed());
  EXPECT_EQ(report.schedules, 1U);
  EXPECT_EQ(executions, 2);  // And its repetition for the determinism check.
}

}  // namespace
