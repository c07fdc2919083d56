// Makes schedules that end their process simpler (crash_samples.cpp).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <coweave/schedule/schedule.hpp>
#include <csignal>
#include <string>
#include <vector>

#include "framework/exploration/process/crash_survival.hpp"

namespace {

using coweave::Schedule;
using coweave::test::Ended;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string file = "coweave-schedules/Crash.InTwoOrders-crash.json";

struct Death {
  const char* name;
  int signal;
  int code;
  friend std::ostream& operator<<(std::ostream& out, const Death& death) {
    return out << death.name;
  }
};

class CrashShrink : public coweave::test::CrashSurvival {
 protected:
  /// Finds the crash by a random walk, which takes more than the two deviations.
  [[nodiscard]] Schedule find(const std::string& variables = "A=b") const {
    const Ended ended =
        run(variables, "--gtest_filter=Crash.InTwoOrders --coweave_strategy=random");
    EXPECT_THAT(ended.output, HasSubstr("saved: " + file));
    Schedule found = Schedule::load(directory_ / file);
    EXPECT_GT(found.deviations(), 2U) << ended.output;
    return found;
  }
};

class CrashShrinkKinds : public CrashShrink, public ::testing::WithParamInterface<Death> {};

TEST_P(CrashShrinkKinds, LeavesTheTwoDeviationsOfTheSameCrash) {
  if (coweave::test::is_sanitized) GTEST_SKIP() << "a sanitizer ends the process in its own way";
  const Death& death = GetParam();
  const std::string kind = std::string("SAMPLE_CRASH=") + death.name;
  const Schedule found = find(kind);

  const Ended shrunk = run(kind + " COWEAVE_SIMPLIFY=simple.json COWEAVE_REPLAY=" + file, "");
  EXPECT_EQ(shrunk.signal, 0) << shrunk.output;
  EXPECT_EQ(shrunk.code, 1) << shrunk.output;
  EXPECT_THAT(shrunk.output,
              AllOf(HasSubstr("needs 2 deviations from production order (found with " +
                              std::to_string(found.deviations()) + ")"),
                    HasSubstr("the process ends in step 12, the last one"),
                    HasSubstr(found.failure->message)));
  const Schedule simple = Schedule::load(directory_ / "simple.json");
  EXPECT_EQ(simple.deviations(), 2U);
  EXPECT_EQ(simple.test, found.test);
  EXPECT_EQ(simple.strategy, found.strategy);
  EXPECT_EQ(simple.failure->message, found.failure->message);
  EXPECT_EQ(simple.failure->place, found.failure->place);
  EXPECT_EQ(Schedule::load(directory_ / file).picks, found.picks);  // As it was.

  const Ended replayed = run(kind + " COWEAVE_REPLAY=simple.json", "");
  EXPECT_EQ(replayed.signal, death.signal) << replayed.output;
  EXPECT_EQ(replayed.code, death.code) << replayed.output;

  // None of the two can be left out.
  for (std::size_t pick = 0; pick < simple.picks.size(); ++pick) {
    if (simple.picks[pick] == 0) continue;
    Schedule without = simple;
    without.picks[pick] = 0;
    without.save(directory_ / "without.json");
    const Ended ended = run(kind + " COWEAVE_REPLAY=without.json", "");
    EXPECT_EQ(ended.signal, 0) << ended.output;
    EXPECT_THAT(ended.code, AllOf(Not(-1), Not(7))) << ended.output;
  }
}

INSTANTIATE_TEST_SUITE_P(All, CrashShrinkKinds,
                         ::testing::Values(Death{"null", SIGSEGV, -1}, Death{"abort", SIGABRT, -1},
                                           Death{"terminate", SIGABRT, -1}, Death{"exit", 0, 7}),
                         [](const ::testing::TestParamInfo<Death>& death) {
                           return std::string(death.param.name);
                         });

TEST_F(CrashShrink, OfACuredProgramIsNone) {
  static_cast<void>(find());
  const Ended cured = run("SAMPLE_CURED=1 COWEAVE_SIMPLIFY=simple.json COWEAVE_REPLAY=" + file, "");
  EXPECT_EQ(cured.code, 0) << cured.output;
  EXPECT_THAT(cured.output, HasSubstr("does not crash any more"));
  EXPECT_FALSE(exists("simple.json"));
}

TEST_F(CrashShrink, LeavesNothingButTheSchedule) {
  static_cast<void>(find());
  const Ended shrunk = run("TMPDIR=$PWD COWEAVE_SIMPLIFY=simple.json COWEAVE_REPLAY=" + file, "");
  EXPECT_EQ(shrunk.code, 1) << shrunk.output;
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(directory_))
    left.push_back(entry.path().filename().string());
  EXPECT_THAT(left, ::testing::UnorderedElementsAre("coweave-schedules", "simple.json"));
}

#ifdef COWEAVE_CLI
TEST_F(CrashShrink, IsWhatTheCommandDoes) {
  static_cast<void>(find());
  const Ended ended =
      run("A=b", "shrink " + file + " -o simple.json -- '" COWEAVE_CRASH_SAMPLES "'", COWEAVE_CLI);
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("needs 2 deviations"));
  EXPECT_EQ(Schedule::load(directory_ / "simple.json").deviations(), 2U);
}
#endif

}  // namespace
