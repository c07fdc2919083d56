#include "coweave/gtest/run_explored_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "coweave/gtest.hpp"

namespace {

using coweave::Options;
using coweave::Task;
using coweave::detail::run_test;

int balance = 0;

Task<> yields_once() { co_await coweave::yield(); }
Task<> two_tasks() { co_await coweave::gather(yields_once(), yields_once()); }
Task<> fails_twice() {
  co_await two_tasks();
  EXPECT_EQ(balance, 1) << "the first";
  EXPECT_EQ(balance, 2) << "the second";
}

/// Gives the test a directory of its own for schedules.
class TestRun : public ::testing::Test {
 protected:
  TestRun() { options_.schedule_dir = directory_; }
  ~TestRun() override { std::filesystem::remove_all(directory_); }

  const std::filesystem::path directory_ =
      std::filesystem::path(::testing::TempDir()) /
      ("coweave-" + std::to_string(::getpid()) + "-" +
       ::testing::UnitTest::GetInstance()->current_test_info()->name());
  Options options_;
};

/// The value of a property that the running test has recorded; empty if there is none.
std::string property(const std::string& key) {
  const ::testing::TestResult& result =
      *::testing::UnitTest::GetInstance()->current_test_info()->result();
  for (int i = 0; i < result.test_property_count(); ++i)
    if (result.GetTestProperty(i).key() == key) return result.GetTestProperty(i).value();
  return "";
}

TEST_F(TestRun, ReportsAllFailuresAsOne) {
  // This macro accepts exactly one.
  EXPECT_NONFATAL_FAILURE(run_test(fails_twice, options_), "the first");
}

TEST_F(TestRun, RecordsWhatItDid) {
  options_.seed = 7;
  run_test(two_tasks, options_);
  EXPECT_EQ(property("schedules"), "6");  // Two tasks of two steps: 4! / (2! 2!).
  EXPECT_EQ(property("failing"), "0");
  EXPECT_EQ(property("verdict"), "exhaustive");
  EXPECT_EQ(property("seed"), "7");
  EXPECT_EQ(property("schedule_file"), "");
}

TEST_F(TestRun, RecordsWhereTheScheduleIsSaved) {
  EXPECT_NONFATAL_FAILURE(run_test(fails_twice, options_), "the first");
  EXPECT_EQ(property("failing"), "1");
  EXPECT_EQ(property("verdict"), "failed");
  const std::string file = property("schedule_file");
  EXPECT_EQ(file, (directory_ / "TestRun.RecordsWhereTheScheduleIsSaved.json").string());
  const coweave::Schedule saved = coweave::Schedule::load(file);
  EXPECT_EQ(saved.test, "TestRun.RecordsWhereTheScheduleIsSaved");
}

TEST_F(TestRun, DoesNotPassAnEnumerationThatALimitEnded) {
  options_.strategy = coweave::exhaustive();
  options_.max_schedules = 2;
  EXPECT_NONFATAL_FAILURE(run_test(two_tasks, options_), "2");
  EXPECT_EQ(property("verdict"), "limit hit");
}

TEST_F(TestRun, PassesTheDefaultPlanWhenTimeIsUp) {
  options_.max_time = std::chrono::nanoseconds(1);
  ::testing::internal::CaptureStdout();
  run_test(two_tasks, options_);
  EXPECT_THAT(::testing::internal::GetCapturedStdout(),
              ::testing::StartsWith("[  coweave ] bounded: every interleaving of at most 0 "));
  EXPECT_EQ(property("verdict"), "bounded");
}

TEST_F(TestRun, PrintsWarnings) {
  ::testing::internal::CaptureStdout();
  run_test(yields_once, options_);
  EXPECT_THAT(::testing::internal::GetCapturedStdout(),
              ::testing::StartsWith("[  coweave ] there was only one schedule"));
}

TEST_F(TestRun, ReportsBadOptionsAsAFailure) {
  options_.max_schedules = 0;
  EXPECT_NONFATAL_FAILURE(run_test(two_tasks, options_), "max_schedules: expected at least 1");
}

}  // namespace
