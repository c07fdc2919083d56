// Runs tests whose steps do not end (stuck_samples.cpp): the process ends, and leaves a schedule
// behind. The build defines COWEAVE_STUCK_SAMPLES.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <coweave/schedule/schedule.hpp>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "framework/shell_command.hpp"

namespace {

using coweave::test::Ended;
using std::chrono::steady_clock;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class StuckStep : public ::testing::Test {
 protected:
  StuckStep() { std::filesystem::create_directories(directory_); }
  ~StuckStep() override { std::filesystem::remove_all(directory_); }

  /// `timeout` is of the shell: should the watchdog fail, the test must not hang.
  [[nodiscard]] Ended run(const std::string& variables, const std::string& arguments) const {
    return coweave::test::run_in_shell(
        "cd '" + directory_.string() + "' && ulimit -c 0 && exec env COWEAVE_STUCK_AFTER=1200ms " +
        variables + " timeout --foreground 30 '" COWEAVE_STUCK_SAMPLES "' " + arguments + " 2>&1");
  }

  const std::filesystem::path directory_ =
      std::filesystem::path(::testing::TempDir()) / ("coweave-stuck-" + std::to_string(::getpid()));
};

class StuckKinds : public StuckStep, public ::testing::WithParamInterface<const char*> {};

TEST_P(StuckKinds, EndTheProcessAndReplayToTheSameStep) {
  const std::string test = GetParam();
  const std::string file = "coweave-schedules/Stuck." + test + "-crash.json";
  const Ended ended = run("A=b", "--gtest_filter=Stuck." + test);
  EXPECT_EQ(ended.signal, SIGABRT) << ended.output;
  // Six steps: the body, the starts of the writers, both writers, the body.
  const std::string cause =
      "coweave: no progress for 1200 ms: the thread is blocked, or loops, in step 6 of ";
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr(cause + "Stuck." + test),
                    HasSubstr("resumed at tests/framework/exploration/process/stuck_samples.cpp:"),
                    HasSubstr("saved: " + file + "; replay: COWEAVE_REPLAY=" + file + " /")));

  const coweave::Schedule saved = coweave::Schedule::load(directory_ / file);
  ASSERT_TRUE(saved.failure);
  EXPECT_EQ(saved.failure->kind, coweave::FailureKind::crash);
  EXPECT_EQ(saved.failure->step, 5U);
  EXPECT_EQ(saved.deviations(), 1U);

  const Ended replayed = run("COWEAVE_REPLAY=" + file, "");
  EXPECT_EQ(replayed.signal, SIGABRT) << replayed.output;
  EXPECT_THAT(replayed.output, AllOf(HasSubstr(cause + "a replay of Stuck." + test),
                                     HasSubstr("up to the step in which the process ended:"),
                                     Not(HasSubstr("saved:"))));

  const Ended cured = run("SAMPLE_CURED=1 COWEAVE_REPLAY=" + file, "");
  EXPECT_EQ(cured.code, 0) << cured.output;
}

std::vector<const char*> kinds() {
  std::vector<const char*> names = {"FutureGet", "EndlessLoop"};
#ifdef COWEAVE_TEST_ASIO
  names.push_back("NestedEventLoop");
#endif
  return names;
}
INSTANTIATE_TEST_SUITE_P(All, StuckKinds, ::testing::ValuesIn(kinds()),
                         [](const ::testing::TestParamInfo<const char*>& test) {
                           return std::string(test.param);
                         });

TEST_F(StuckStep, NamesTheTaskAndWhatItResumedFrom) {
  const Ended ended = run("A=b", "--gtest_filter=Stuck.NamedTask");
  EXPECT_EQ(ended.signal, SIGABRT);
  EXPECT_THAT(ended.output, HasSubstr(" (yield, task 'reader')"));
}

TEST_F(StuckStep, IsToldByTheInnerAndSavedByTheOuterOfNestedExplorations) {
  const Ended ended = run("A=b", "--gtest_filter=Stuck.NestedExploration");
  EXPECT_EQ(ended.signal, SIGABRT) << ended.output;
  EXPECT_THAT(ended.output, AllOf(HasSubstr("in step 6 of Inner"),
                                  HasSubstr("in step 2 of Stuck.NestedExploration")));
  EXPECT_TRUE(std::filesystem::exists(directory_ / "coweave-schedules" /
                                      "Stuck.NestedExploration-crash.json"));
}

TEST_F(StuckStep, IsToldWhereCrashesAreNotSaved) {
  const Ended ended = run("COWEAVE_CRASHES=off", "--gtest_filter=Stuck.FutureGet");
  EXPECT_EQ(ended.signal, SIGABRT) << ended.output;
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("in step 6 of Stuck.FutureGet"), Not(HasSubstr("saved"))));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "coweave-schedules"));
}

TEST_F(StuckStep, EndsAlsoWhereTheSignalIsBlocked) {
  const Ended ended = run("A=b", "--gtest_filter=Stuck.SignalBlocked");
  EXPECT_EQ(ended.signal, SIGABRT);
  EXPECT_THAT(ended.output, HasSubstr("no progress, and the thread has SIGURG blocked"));
}

TEST_F(StuckStep, IsNoneWhereStepsAreManyOrTheTimePassesBetweenThem) {
  const Ended ended = run("A=b", "--gtest_filter=Patience.ManySteps:Patience.Between*");
  EXPECT_EQ(ended.code, 0) << ended.output;
}

TEST_F(StuckStep, IsNoneInAStoppedProcess) {
  const auto begin = steady_clock::now();
  const Ended ended = coweave::test::run_in_shell(
      "cd '" + directory_.string() +
      "' && export COWEAVE_STUCK_AFTER=1200ms && { '" COWEAVE_STUCK_SAMPLES
      "' --gtest_filter=Patience.StoppedProcess 2>&1 & program=$!; sleep 0.2; kill -STOP $program; "
      "sleep 2; kill -CONT $program; wait $program; }");
  EXPECT_GE(steady_clock::now() - begin, std::chrono::seconds(2));
  EXPECT_EQ(ended.code, 0) << ended.output;
}

TEST_F(StuckStep, IsWaitedForOnRequest) {
  const Ended ended = coweave::test::run_in_shell(
      "cd '" + directory_.string() +
      "' && env COWEAVE_STUCK_AFTER=off timeout --foreground 2 '" COWEAVE_STUCK_SAMPLES
      "' --gtest_filter=Stuck.FutureGet 2>&1");
  EXPECT_EQ(ended.code, 124) << ended.output;  // timeout(1) has ended it.
}

}  // namespace
