// Runs tests that end their process without a failure (exit_samples.cpp): none of them may look
// passed, and what was known is left behind. The build defines COWEAVE_EXIT_SAMPLES.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <coweave/schedule/schedule.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "framework/sanitized.hpp"
#include "framework/shell_command.hpp"

namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

using coweave::test::Ended;
using coweave::test::is_sanitized;

class Exits : public ::testing::Test {
 protected:
  Exits() { std::filesystem::create_directories(directory_); }
  ~Exits() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] Ended run_shell(const std::string& command) const {
    return coweave::test::run_in_shell("cd '" + directory_.string() + "' && ulimit -c 0 && " +
                                       command);
  }
  /// Should the end be missed, the test must not hang.
  [[nodiscard]] Ended run(const std::string& arguments,
                          const std::string& variables = "A=b") const {
    return run_shell("exec env " + variables +
                     " timeout --foreground 60 '" COWEAVE_EXIT_SAMPLES "' " + arguments + " 2>&1");
  }
  /// Starts the test of `filter`, sends `signal` when `file` exists and a thousand executions are
  /// over, however slow the machine is, and waits for the end of the test.
  [[nodiscard]] Ended run_and_send(const std::string& filter, const std::string& signal,
                                   const std::string& variables,
                                   const std::string& file = "thousand-executions") const {
    return run_shell("rm -f thousand-executions; { env " + variables +
                     " '" COWEAVE_EXIT_SAMPLES "' --gtest_filter=" + filter +
                     " 2>&1 & program=$!; until [ -e thousand-executions ] && [ -e " + file +
                     " ] || ! kill -0 $program; do sleep 0.05; done; kill -" + signal +
                     " $program; wait $program; }");
  }
  [[nodiscard]] bool exists(const std::string& file) const {
    return std::filesystem::exists(directory_ / file);
  }

  const std::filesystem::path directory_ =
      std::filesystem::path(::testing::TempDir()) / ("coweave-exit-" + std::to_string(::getpid()));
};

struct Kind {
  const char* test;
  int code;  // -1: ended by the signal.
  int signal;
  const char* cause;
  friend std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.test; }
};

class ExitKinds : public Exits, public ::testing::WithParamInterface<Kind> {};

TEST_P(ExitKinds, NeverLookPassedAndReplayToTheSameEnd) {
  if (is_sanitized) GTEST_SKIP() << "built for a sanitizer, which ends the process in its own way";
  const Kind& kind = GetParam();
  const std::string file = "coweave-schedules/Ends." + std::string(kind.test) + "-crash.json";
  const Ended ended = run(std::string("--gtest_filter=Ends.") + kind.test);
  EXPECT_EQ(ended.code, kind.code) << ended.output;
  EXPECT_EQ(ended.signal, kind.signal) << ended.output;
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr(std::string("coweave: ") + kind.cause + " in step 6 of "),
                    HasSubstr("saved: " + file)));
  const bool was_zero = ended.output.find("the exit status is 1 instead of 0") != std::string::npos;
  EXPECT_EQ(was_zero, kind.code == 1) << ended.output;

  const coweave::Schedule saved = coweave::Schedule::load(directory_ / file);
  ASSERT_TRUE(saved.failure);
  EXPECT_EQ(saved.failure->message, kind.cause);
  EXPECT_EQ(saved.failure->step, 5U);
  EXPECT_EQ(saved.trace.steps.size(), 6U);

  std::filesystem::remove(directory_ / file);
  const Ended again = run(std::string("--gtest_filter=Ends.") + kind.test);
  ASSERT_TRUE(exists(file)) << again.output;
  const Ended replayed = run("", "COWEAVE_REPLAY=" + file);
  EXPECT_EQ(replayed.code, kind.code) << replayed.output;
  EXPECT_EQ(replayed.signal, kind.signal) << replayed.output;
  EXPECT_THAT(replayed.output, HasSubstr(" in step 6 of a replay of Ends."));
}

INSTANTIATE_TEST_SUITE_P(
    All, ExitKinds,
    ::testing::Values(Kind{"Exit", 1, 0, "exit() was called"},
                      Kind{"ExitWith256", 1, 0, "exit() was called"},
                      Kind{"ExitAtOnce", 1, 0, "_exit() was called"},
                      Kind{"ExitAtOnceOfC", 1, 0, "_Exit() was called"},
                      Kind{"ExitAtOnceWith7", 7, 0, "_exit() was called"},
                      Kind{"QuickExit", 1, 0, "quick_exit() was called"},
                      Kind{"ExitInThread", 1, 0, "exit() was called on another thread"},
                      Kind{"ExitAtOnceInThread", 1, 0, "_exit() was called on another thread"},
                      Kind{"AbortInThread", -1, SIGABRT, "SIGABRT (abort) on another thread"},
                      Kind{"RaisesSigusr1", -1, SIGUSR1, "SIGUSR1"},
                      Kind{"RaisesSigtrap", -1, SIGTRAP, "SIGTRAP (breakpoint)"},
                      Kind{"BreaksAPipe", -1, SIGPIPE, "SIGPIPE (broken pipe)"},
                      Kind{"IsEndedByItsAlarm", -1, SIGALRM, "SIGALRM (alarm)"}),
    [](const ::testing::TestParamInfo<Kind>& kind) { return std::string(kind.param.test); });

// The status that a handler sets counts as that of a call in the step.
TEST_F(Exits, AreSeenInHandlersOfExits) {
  for (const std::string test : {"ExitWithHandler", "QuickExitWithHandler"}) {
    const Ended ended = run("--gtest_filter=Ends." + test);
    EXPECT_EQ(ended.code, 1) << test << ended.output;
    EXPECT_TRUE(exists("coweave-schedules/Ends." + test + "-crash.json")) << ended.output;
  }
}

TEST_F(Exits, AreSeenInATeardown) {
  const Ended ended = run("--gtest_filter=Ends.ExitInDestructor");
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_TRUE(exists("coweave-schedules/Ends.ExitInDestructor-crash.json")) << ended.output;
}

TEST_F(Exits, AreFailuresAlsoWhereNothingIsSaved) {
  for (const std::string test :
       {"ExitWithoutADirectory", "ExitWhereNothingIsSaved", "ExitInAnExplorationAtExit"}) {
    const Ended ended = run("--gtest_filter=Ends." + test);
    EXPECT_EQ(ended.code, 1) << test << ended.output;
    EXPECT_THAT(ended.output,
                AllOf(HasSubstr("coweave: the exit status is 1 instead of 0: exit() was "
                                "called in step 6 of "),
                      Not(HasSubstr("saved"))));
  }
  EXPECT_FALSE(exists("coweave-schedules"));
}

// The schedule is that of the execution before.
TEST_F(Exits, BetweenTwoExecutionsAreSaidToBeThere) {
  const Ended ended = run("--gtest_filter=Ends.ExitBetweenExecutions");
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_THAT(ended.output,
              ContainsRegex("coweave: exit\\(\\) was called between two executions of "
                            "Ends.ExitBetweenExecutions, after [0-9]+; saved: "));
  EXPECT_TRUE(exists("coweave-schedules/Ends.ExitBetweenExecutions-crash.json"));
}

TEST_F(Exits, OfOthersAreNotTouched) {
  for (const std::string test :
       {"WhoseChildrenExit", "WhoseChildIsTerminated", "AndThenExits", "AndThenExitsAtOnce"}) {
    const Ended ended = run("--gtest_filter=Passes." + test);
    EXPECT_EQ(ended.code, 0) << test << ended.output;
    EXPECT_THAT(ended.output, Not(HasSubstr("coweave: "))) << test;
  }
  EXPECT_FALSE(exists("coweave-schedules"));
}

// The step that raises it is found again; the exploration ends as if another process had sent it.
TEST_F(Exits, BySigtermOfTheProgramLeaveTheScheduleAndEndWith143) {
  const std::string file = "coweave-schedules/Ends.RaisesSigterm-crash.json";
  const Ended ended = run("--gtest_filter=Ends.RaisesSigterm");
  EXPECT_EQ(ended.code, 143) << ended.output;
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("coweave: SIGTERM (termination) in step 6 of "
                              "Ends.RaisesSigterm"),
                    HasSubstr("saved: " + file), HasSubstr("interrupted: SIGTERM after ")));
  EXPECT_EQ(coweave::Schedule::load(directory_ / file).trace.steps.size(), 6U);
  EXPECT_EQ(run("--gtest_filter=Ends.RaisesSigtermTwice").signal, SIGTERM);
}

TEST_F(Exits, BySigtermOfTheProgramAreDeathsWhereNothingIsInterruptible) {
  const Ended ended = run("--gtest_filter=Ends.RaisesSigtermOfItsOwn");
  EXPECT_EQ(ended.signal, SIGTERM) << ended.output;
  EXPECT_TRUE(exists("coweave-schedules/Ends.RaisesSigtermOfItsOwn-crash.json")) << ended.output;
}

TEST_F(Exits, BySigtermFromOutsideEndWithAReport) {
  for (const auto& [signal, code] : {std::pair{"TERM", 143}, std::pair{"HUP", 129}}) {
    const Ended ended = run_and_send("Long.Interruptible", signal, "A=b");
    EXPECT_EQ(ended.code, code) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr(std::string("Long.Interruptible: interrupted: SIG") +
                                        signal + " after "));
  }
  EXPECT_FALSE(exists("coweave-schedules"));  // Nothing is wrong with the schedule under way.
}

TEST_F(Exits, LeaveACheckpointHoweverTheyCome) {
  const auto goes_on = [this] {
    const Ended ended = run("--gtest_filter=Long.GoesOn");
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr(" of them before the checkpoint"));
    std::filesystem::remove(directory_ / "large.checkpoint");
  };
  const Ended terminated = run_and_send("Long.Enumeration", "TERM", "A=b");
  EXPECT_EQ(terminated.code, 143) << terminated.output;
  EXPECT_THAT(terminated.output, Not(HasSubstr("interrupted")));  // It was the end at once.
  goes_on();
  const Ended interrupted = run_and_send("Long.Enumeration", "TERM", "SAMPLE_INTERRUPTIBLE=1");
  EXPECT_THAT(interrupted.output, HasSubstr("SIGTERM after "));
  goes_on();
  const Ended killed =
      run_and_send("Long.Enumeration", "KILL", "SAMPLE_EVERY=1", "large.checkpoint");
  EXPECT_EQ(killed.code, 137) << killed.output;
  goes_on();
  const Ended exited = run("--gtest_filter=Long.Exits");
  EXPECT_EQ(exited.code, 1) << exited.output;
  std::ostringstream text;
  text << std::ifstream(directory_ / "large.checkpoint").rdbuf();
  EXPECT_THAT(text.str(), HasSubstr("\"schedules\":4"));  // 4,9 hundred and some.
  goes_on();
}

}  // namespace
