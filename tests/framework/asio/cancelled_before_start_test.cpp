// Runs cancelled_before_start_samples.cpp, whose process dies in one order of an unmodified
// coroutine of Boost.Asio, and replays what it leaves behind. The build defines
// COWEAVE_ASIO_SAMPLES.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/version.hpp>
#include <coweave/schedule/schedule.hpp>
#include <csignal>
#include <filesystem>
#include <string>

#include "framework/shell_command.hpp"

namespace {

using coweave::test::Ended;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AsioCancelledBeforeStart : public ::testing::Test {
 protected:
  AsioCancelledBeforeStart() { std::filesystem::create_directories(directory_); }
  ~AsioCancelledBeforeStart() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] Ended run(const std::string& arguments,
                          const std::string& variables = "A=b") const {
    return coweave::test::run_in_shell("cd '" + directory_.string() +
                                       "' && ulimit -c 0 && exec env " + variables +
                                       " '" COWEAVE_ASIO_SAMPLES "' " + arguments + " 2>&1");
  }

  const std::filesystem::path directory_ = std::filesystem::path(::testing::TempDir()) /
                                           ("coweave-asio-cancelled-" + std::to_string(::getpid()));
};

TEST_F(AsioCancelledBeforeStart, EndsTheProcessAndLeavesAScheduleThatEndsItAgain) {
  if (BOOST_ASIO_VERSION != 102600) GTEST_SKIP() << "a bug of Boost.Asio 1.81";
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "built for a sanitizer, which ends the process in its own way";
#endif
  const std::string test = "AsioCancelled.BeforeItsFirstStep";
  const std::string file = "coweave-schedules/" + test + "-crash.json";
  const Ended found = run("--gtest_filter=" + test);
  EXPECT_EQ(found.signal, SIGABRT) << found.output;
  EXPECT_THAT(found.output, AllOf(HasSubstr("co_await: Operation canceled"),
                                  HasSubstr("coweave: SIGABRT (abort) in step 4 of " + test),
                                  HasSubstr("saved: " + file)));

  // Production order starts the session first; the schedule cancels it first.
  const coweave::Schedule saved = coweave::Schedule::load(directory_ / file);
  EXPECT_EQ(saved.test, test);
  ASSERT_TRUE(saved.failure);
  EXPECT_EQ(saved.failure->kind, coweave::FailureKind::crash);
  EXPECT_EQ(saved.failure->step, 3U);
  EXPECT_EQ(saved.deviations(), 1U);

  const Ended replayed = run("", "COWEAVE_REPLAY=" + file);
  EXPECT_EQ(replayed.signal, SIGABRT) << replayed.output;
  EXPECT_THAT(replayed.output,
              AllOf(HasSubstr("co_await: Operation canceled"),
                    HasSubstr("in step 4 of a replay of " + test), Not(HasSubstr("saved:"))));
}

TEST_F(AsioCancelledBeforeStart, DoesNotWhereItHasStarted) {
  const Ended ended = run("--gtest_filter=-*.BeforeItsFirstStep");
  EXPECT_EQ(ended.code, 0) << ended.output;
}

}  // namespace
