// Runs tests that end their process (crash_samples.cpp) and replays what they leave behind. The
// build defines COWEAVE_CRASH_SAMPLES, and COWEAVE_ASAN_CRASH_SAMPLES where the compiler has
// AddressSanitizer.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <coweave/schedule/schedule.hpp>
#include <csignal>
#include <filesystem>
#include <string>

#include "framework/exploration/process/crash_survival.hpp"

namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

using coweave::test::CrashSurvival;
using coweave::test::Ended;
using coweave::test::is_sanitized;

struct Kind {
  const char* test;
  int signal;
  int code;
  const char* cause;
  friend std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.test; }
};

class CrashKinds : public CrashSurvival, public ::testing::WithParamInterface<Kind> {};

TEST_P(CrashKinds, LeaveAScheduleThatReplaysToTheSameCrash) {
  if (is_sanitized) GTEST_SKIP() << "built for a sanitizer, which ends the process in its own way";
  const Kind& kind = GetParam();
  const std::string file = file_of(kind.test);
  const Ended ended = run("A=b", std::string("--gtest_filter=Crash.") + kind.test);
  EXPECT_EQ(ended.signal, kind.signal) << ended.output;
  EXPECT_EQ(ended.code, kind.code) << ended.output;
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr(std::string("coweave: ") + kind.cause),
                    HasSubstr("in step 6 of Crash." + std::string(kind.test)),
                    HasSubstr("resumed at tests/framework/exploration/process/crash_samples.cpp:"),
                    HasSubstr("saved: " + file + "; replay: COWEAVE_REPLAY=" + file + " /")));

  // Six steps: the body, the starts of the writers, both writers, the body. In production order the
  // second writes last; here it is picked before the first.
  const coweave::Schedule saved = coweave::Schedule::load(directory_ / file);
  EXPECT_EQ(saved.test, std::string("Crash.") + kind.test);
  ASSERT_TRUE(saved.failure);
  EXPECT_EQ(saved.failure->kind, coweave::FailureKind::crash);
  EXPECT_THAT(saved.failure->message, HasSubstr(kind.cause));
  EXPECT_EQ(saved.failure->step, 5U);
  EXPECT_TRUE(saved.failure->place.known());
  EXPECT_EQ(saved.deviations(), 1U);

  const Ended replayed = run("COWEAVE_REPLAY=" + file, "");
  EXPECT_EQ(replayed.signal, kind.signal) << replayed.output;
  EXPECT_EQ(replayed.code, kind.code) << replayed.output;
  EXPECT_THAT(replayed.output,
              AllOf(HasSubstr(std::string("coweave: ") + kind.cause),
                    HasSubstr("in step 6 of a replay of Crash." + std::string(kind.test)),
                    Not(HasSubstr("saved:"))));
  // The five steps before it are drawn, and not the sixth.
  EXPECT_THAT(replayed.output,
              AllOf(HasSubstr("up to the step in which the process ended:"), HasSubstr("write#2"),
                    ContainsRegex("\n +5 "), Not(ContainsRegex("\n +6 "))));

  const Ended cured = run("SAMPLE_CURED=1 COWEAVE_REPLAY=" + file, "");
  EXPECT_EQ(cured.code, 0) << cured.output;
  EXPECT_THAT(cured.output, HasSubstr("does not crash any more"));
}

INSTANTIATE_TEST_SUITE_P(
    All, CrashKinds,
    ::testing::Values(
        Kind{"NullDereference", SIGSEGV, -1, "SIGSEGV"}, Kind{"Abort", SIGABRT, -1, "SIGABRT"},
        Kind{"Terminate", SIGABRT, -1, "SIGABRT"}, Kind{"ThrowInNoexcept", SIGABRT, -1, "SIGABRT"},
        Kind{"StackOverflow", SIGSEGV, -1, "SIGSEGV"}, Kind{"DivisionByZero", SIGFPE, -1, "SIGFPE"},
        Kind{"IllegalInstruction", SIGILL, -1, "SIGILL"}, Kind{"BusError", SIGBUS, -1, "SIGBUS"},
        Kind{"PureVirtualCall", SIGABRT, -1, "SIGABRT"},
        Kind{"FailedAssertion", SIGABRT, -1, "SIGABRT"}, Kind{"DoubleFree", SIGABRT, -1, "SIGABRT"},
        Kind{"SignalSent", SIGFPE, -1, "SIGFPE"}, Kind{"Exit", 0, 7, "exit() was called"},
        Kind{"QuickExit", 0, 7, "quick_exit() was called"}),
    [](const ::testing::TestParamInfo<Kind>& kind) { return std::string(kind.param.test); });

TEST_F(CrashSurvival, LeavesTheHandlerOfTheProgramItsSignal) {
  const Ended ended = run("SAMPLE_HANDLER=1", "--gtest_filter=Crash.HandlerOfTheProgram");
  EXPECT_EQ(ended.code, 42) << ended.output;
  EXPECT_TRUE(exists(file_of("HandlerOfTheProgram")));
}

TEST_F(CrashSurvival, LeavesDeathTestsAlone) {
  for (const std::string style : {"fast", "threadsafe"}) {
    const Ended ended =
        run("A=b", "--gtest_filter=Crash.ExpectedDeath --gtest_death_test_style=" + style);
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_FALSE(exists("coweave-schedules")) << style;
  }
}

TEST_F(CrashSurvival, SavesBothOfNestedExplorations) {
  const Ended ended = run("A=b", "--gtest_filter=Crash.NestedExploration");
  EXPECT_EQ(ended.signal, SIGABRT) << ended.output;
  EXPECT_TRUE(exists("inner/Inner-crash.json"));
  const Ended replayed = run("COWEAVE_REPLAY=" + file_of("NestedExploration"), "");
  EXPECT_EQ(replayed.signal, SIGABRT) << replayed.output;
}

// One cancellation among the picks of the program's own tasks, whoever has made it in the search.
TEST_F(CrashSurvival, SavesWhatAReducedSearchInjected) {
  const std::string file = file_of("InjectedCancellation");
  const Ended ended = run("A=b", "--gtest_filter=Crash.InjectedCancellation");
  EXPECT_EQ(ended.signal, SIGABRT) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("task 'sleeper'); saved: " + file));
  const coweave::Schedule saved = coweave::Schedule::load(directory_ / file);
  EXPECT_EQ(saved.deviations(), 1U);
  EXPECT_EQ(saved.injections.cancellation.at_most, 1U);
  const Ended replayed = run("SAMPLE_REPLAY=" + file, "--gtest_filter=Crash.InjectedCancellation");
  EXPECT_EQ(replayed.signal, SIGABRT) << replayed.output;
  EXPECT_THAT(replayed.output, HasSubstr("task 'sleeper')"));
}

// The report of the crash names the failure that its step found before.
TEST_F(CrashSurvival, TellsTheFailureOfTheSameStep) {
  if (is_sanitized) GTEST_SKIP() << "built for a sanitizer, which ends the process in its own way";
  const Ended ended = run("A=b", "--gtest_filter=Crash.AfterAFailure");
  EXPECT_EQ(ended.signal, SIGABRT) << ended.output;
  EXPECT_THAT(ended.output, AllOf(HasSubstr("; before that the execution failed: "),
                                  HasSubstr("what failed first"),
                                  HasSubstr("saved: coweave-schedules/Crash.AfterAFailure")));
}

// The failure comes first: it is printed, and its schedule is what was saved.
TEST_F(CrashSurvival, TellsTheFailureThatATearDownFollowed) {
  if (is_sanitized) GTEST_SKIP() << "built for a sanitizer, which ends the process in its own way";
  const Ended ended = run("A=b", "--gtest_filter=Crash.InTearDown");
  EXPECT_EQ(ended.signal, SIGABRT) << ended.output;
  const std::string file = "coweave-schedules/Crash.InTearDown.json";
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("SIGABRT"),
                    HasSubstr("while what a failed execution had left was destroyed; the failure: "
                              "deadlock: nothing is ready and 1 task waits at tests/framework/"),
                    HasSubstr("saved: " + file + "; replay: COWEAVE_REPLAY=" + file + " /")));
  EXPECT_FALSE(exists(file_of("InTearDown")));
  const coweave::Schedule saved = coweave::Schedule::load(directory_ / file);
  ASSERT_TRUE(saved.failure);
  EXPECT_EQ(saved.failure->kind, coweave::FailureKind::deadlock);
  const Ended replayed = run("COWEAVE_REPLAY=" + file, "");
  EXPECT_THAT(replayed.output, HasSubstr("the failure: deadlock: "));
}

TEST_F(CrashSurvival, SavesWhereDirectoriesAreMissing) {
  const Ended ended = run("COWEAVE_SCHEDULE_DIR=deep/inside", "--gtest_filter=Crash.Abort");
  EXPECT_EQ(ended.signal, SIGABRT);
  EXPECT_TRUE(exists("deep/inside/Crash.Abort-crash.json")) << ended.output;
}

TEST_F(CrashSurvival, SaysWhyNothingWasSaved) {
  const Ended ended = run("COWEAVE_SCHEDULE_DIR=/proc/none", "--gtest_filter=Crash.Abort");
  EXPECT_EQ(ended.signal, SIGABRT);
  EXPECT_THAT(ended.output, HasSubstr("the schedule was not saved in /proc/none/"));
}

TEST_F(CrashSurvival, TellsAStaleFileFromACure) {
  static_cast<void>(run("A=b", "--gtest_filter=Crash.Abort"));
  coweave::Schedule changed = coweave::Schedule::load(directory_ / file_of("Abort"));
  changed.fingerprint ^= 1U;  // As if the steps had been others.
  changed.save(directory_ / "changed.json");
  const Ended ended = run("SAMPLE_CURED=1 COWEAVE_REPLAY=changed.json", "");
  EXPECT_EQ(ended.code, 3) << ended.output;
}

#ifdef COWEAVE_ASAN_CRASH_SAMPLES
class CrashUnderAsan : public CrashSurvival, public ::testing::WithParamInterface<const char*> {};

TEST_P(CrashUnderAsan, LeavesAScheduleThatReplaysToTheSameStop) {
  const std::string test = GetParam();
  const std::string file = file_of(test);
  const std::string options = "ASAN_OPTIONS=exitcode=23:detect_stack_use_after_return=0 ";
  const Ended ended = run(options, "--gtest_filter=Crash." + test, COWEAVE_ASAN_CRASH_SAMPLES);
  EXPECT_EQ(ended.code, 23) << ended.output;
  EXPECT_THAT(ended.output, AllOf(HasSubstr("AddressSanitizer"), HasSubstr("saved: " + file)));
  ASSERT_TRUE(exists(file));
  const Ended replayed = run(options + "COWEAVE_REPLAY=" + file, "", COWEAVE_ASAN_CRASH_SAMPLES);
  EXPECT_EQ(replayed.code, 23) << replayed.output;
  EXPECT_THAT(replayed.output, AllOf(HasSubstr("AddressSanitizer"),
                                     HasSubstr("in step 6 of a replay of Crash." + test)));
}

INSTANTIATE_TEST_SUITE_P(All, CrashUnderAsan,
                         ::testing::Values("DoubleFree", "UseAfterFree", "NullDereference",
                                           "StackOverflow"),
                         [](const ::testing::TestParamInfo<const char*>& test) {
                           return std::string(test.param);
                         });
#endif

}  // namespace
