#include "coweave/gtest/capture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "coweave/coweave.hpp"
#include "coweave/exploration/test_environment.hpp"
#include "coweave/gtest/co_assert.hpp"

namespace {

using coweave::explore;
using coweave::Failure;
using coweave::FailureKind;
using coweave::Report;
using coweave::Task;

/// What GoogleTest holds against the running test.
int parts_of_this_test() {
  return ::testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count();
}

int line_of_expectation = 0;

Task<> fails_after_a_yield() {
  co_await coweave::yield();
  line_of_expectation = __LINE__ + 1;
  EXPECT_EQ(2 + 2, 5) << "arithmetic";
}

TEST(Capture, TurnsAnExpectationIntoAFailureOfTheExecution) {
  const Report report = explore(fails_after_a_yield);
  ASSERT_EQ(report.failures.size(), 1U);
  const Failure& failure = report.failures.front();
  EXPECT_EQ(failure.kind, FailureKind::check);
  EXPECT_THAT(failure.place.file, ::testing::EndsWith("capture_test.cpp"));
  EXPECT_EQ(failure.place.line, static_cast<std::uint32_t>(line_of_expectation));
  EXPECT_THAT(failure.message, ::testing::StartsWith("Expected equality of these values:"));
  EXPECT_THAT(failure.message, ::testing::EndsWith("arithmetic"));
}

TEST(Capture, KeepsFailuresFromTheTestThatExplores) {
  ASSERT_TRUE(explore(fails_after_a_yield).failed());
  EXPECT_EQ(parts_of_this_test(), 0);
}

Task<> fails_three_times() {
  EXPECT_TRUE(false) << "first";
  co_await coweave::yield();
  EXPECT_TRUE(false) << "second";
  ADD_FAILURE() << "third";
  SUCCEED() << "dropped";
}

TEST(Capture, CountsEveryPartOfAnExecutionOnce) {
  const Report report = explore(fails_three_times);
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_THAT(report.failures.front().message, ::testing::EndsWith("first"));
  EXPECT_THAT(report.failures.front().also,
              ::testing::ElementsAre(::testing::EndsWith("second"), "check: third"));
}

Task<> passes_with_success() {
  SUCCEED();
  co_await coweave::yield();
}

TEST(Capture, DropsSuccesses) {
  EXPECT_FALSE(explore(passes_with_success).failed());
  EXPECT_EQ(parts_of_this_test(), 0);
}

Task<> fails_with_text() {
  co_await coweave::yield();
  ADD_FAILURE() << "the door is open";
}

Task<> fails_without_text() {
  co_await coweave::yield();
  ADD_FAILURE();
}

TEST(Capture, BeginsTheMessageWithWhatTheUserSays) {
  EXPECT_EQ(explore(fails_with_text).failures.at(0).message, "the door is open");
  EXPECT_EQ(explore(fails_without_text).failures.at(0).message, "Failed");
}

void check_door(int door) {
  const ::testing::ScopedTrace trace("doors.cpp", 7, "door " + std::to_string(door));
  EXPECT_TRUE(false);
}

Task<> fails_in_a_traced_function() {
  co_await coweave::yield();
  check_door(3);
}

TEST(Capture, KeepsScopedTraces) {
  EXPECT_THAT(explore(fails_in_a_traced_function).failures.at(0).message,
              ::testing::HasSubstr("doors.cpp:7: door 3"));
}

Task<> fails_without_a_place() {
  co_await coweave::yield();
  ADD_FAILURE_AT(nullptr, -1) << "somewhere";
}

TEST(Capture, AcceptsAFailureWithoutAPlace) {
  const Report report = explore(fails_without_a_place);
  EXPECT_EQ(report.failures.at(0).message, "somewhere");
  EXPECT_FALSE(report.failures.at(0).place.known());
}

class Door {
 public:
  virtual ~Door() = default;
  virtual void open() = 0;
};
class MockDoor : public Door {
 public:
  MOCK_METHOD(void, open, (), (override));
};

Task<> never_opens_the_door() {
  MockDoor door;
  EXPECT_CALL(door, open()).Times(1);
  co_await coweave::yield();
}

Task<> opens_the_door_too_often() {
  MockDoor door;
  EXPECT_CALL(door, open()).Times(1);
  co_await coweave::yield();
  door.open();
  door.open();
}

Task<> opens_the_door() {
  MockDoor door;
  EXPECT_CALL(door, open()).Times(1);
  co_await coweave::yield();
  door.open();
}

TEST(Capture, VerifiesMocksOfTheBodyWithinTheExecution) {
  const Report missing = explore(never_opens_the_door);
  EXPECT_EQ(missing.failures.at(0).kind, FailureKind::check);
  EXPECT_THAT(missing.failures.at(0).message, ::testing::HasSubstr("never called"));
  const Report extra = explore(opens_the_door_too_often);
  EXPECT_THAT(extra.failures.at(0).message, ::testing::HasSubstr("called more times"));
  EXPECT_FALSE(explore(opens_the_door).failed());
  EXPECT_EQ(parts_of_this_test(), 0);
}

Task<> blocks_for_ever_with_a_mock() {
  MockDoor door;
  EXPECT_CALL(door, open()).Times(1);
  auto self = coweave::spawn(opens_the_door());
  co_await self;
  co_await coweave::wait_all_tasks_blocked();
  throw std::runtime_error("the body ends early");
}

TEST(Capture, LetsTheExceptionClassifyBeforeWhatItUnwinds) {
  // The mock is verified when the exception unwinds the body, before the task has ended.
  const Report report = explore(blocks_for_ever_with_a_mock);
  EXPECT_EQ(report.failures.at(0).kind, FailureKind::exception);
  EXPECT_THAT(report.failures.at(0).message, ::testing::HasSubstr("ends early"));
  EXPECT_THAT(report.failures.at(0).also,
              ::testing::Contains(::testing::HasSubstr("Actual function call count")));
}

void report_outside() { ADD_FAILURE() << "outside"; }

TEST(Capture, GivesTheReporterBack) {
  ASSERT_TRUE(explore(fails_with_text).failed());
  EXPECT_NONFATAL_FAILURE(report_outside(), "outside");
}

TEST(Capture, GivesTheReporterBackAfterAnException) {
  EXPECT_THROW(static_cast<void>(explore(fails_with_text, {.max_schedules = 0})), coweave::Error);
  EXPECT_NONFATAL_FAILURE(report_outside(), "outside");
}

class FailingStrategy final : public coweave::Strategy {
 public:
  bool begin_execution(std::uint64_t number) override {
    EXPECT_NE(number, 1U) << "of the strategy";
    return number == 1;
  }
  std::size_t pick(const coweave::SchedulingPoint& /*point*/) override { return 0; }
};

TEST(Capture, ForwardsWhatIsReportedBetweenExecutions) {
  // begin_execution is not part of an execution: its failure is one of this test.
  EXPECT_NONFATAL_FAILURE(
      static_cast<void>(explore(passes_with_success,
                                {.strategy = coweave::strategy<FailingStrategy>("failing")})),
      "of the strategy");
}

Task<> explores_inside() {
  co_await coweave::yield();
  const Report inner = explore(fails_with_text);
  EXPECT_EQ(inner.failures.size(), 1U);
  EXPECT_FALSE(inner.failed()) << "of the outer one";
}

TEST(Capture, KeepsNestedExplorationsApart) {
  const Report outer = explore(explores_inside);
  EXPECT_THAT(outer.failures.at(0).message, ::testing::EndsWith("of the outer one"));
  EXPECT_EQ(outer.failures.at(0).also.size(), 0U);
  EXPECT_EQ(parts_of_this_test(), 0);
}

int executions_of_skipper = 0;

Task<> asks_to_be_skipped() {
  ++executions_of_skipper;
  co_await coweave::gather(fails_with_text(), passes_with_success());
}

Task<> skips() {
  ++executions_of_skipper;
  co_await coweave::yield();
  CO_SKIP() << "not today";
}

Task<> skips_among_others() { co_await coweave::gather(skips(), skips(), passes_with_success()); }

TEST(Capture, EndsTheExplorationAtASkip) {
  coweave::detail::SkipRequest request;
  executions_of_skipper = 0;
  const int line = __LINE__ - 8;
  {
    const coweave::detail::SkipListener listener(request);
    EXPECT_FALSE(explore(skips_among_others).failed());
  }
  EXPECT_TRUE(request.is_made);
  EXPECT_EQ(request.message, "not today");
  EXPECT_EQ(request.line, line);
  // One execution, in which two tasks skip, and its repetition for the determinism check.
  EXPECT_EQ(executions_of_skipper, 4);
  EXPECT_EQ(parts_of_this_test(), 0);
}

TEST(Capture, DoesNotTakeAFailureForASkip) {
  coweave::detail::SkipRequest request;
  const coweave::detail::SkipListener listener(request);
  EXPECT_TRUE(explore(asks_to_be_skipped).failed());
  EXPECT_FALSE(request.is_made);
}

TEST(Capture, ListensToOneExplorationOnly) {
  coweave::detail::SkipRequest request;
  const coweave::detail::SkipListener listener(request);
  static_cast<void>(explore(passes_with_success));
  static_cast<void>(explore(skips));
  EXPECT_FALSE(request.is_made);
}

TEST(Capture, NamesTheTestForReports) {
  EXPECT_EQ(explore(passes_with_success).test, "Capture.NamesTheTestForReports");
  EXPECT_EQ(explore(passes_with_success, {.name = "mine"}).test, "mine");
}

}  // namespace
