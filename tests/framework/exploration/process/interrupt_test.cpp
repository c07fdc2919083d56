// SIGINT ends explorations; each test in a process of its own, since it ends all that come after
// it.

#include <unistd.h>

#include <coweave/gtest.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

using coweave::Options;
using coweave::Report;
using coweave::Task;
using coweave::Verdict;

int executions = 0;
int interrupt_at = 0;

Task<> yields() {
  for (int i = 0; i < 6; ++i) co_await coweave::yield();
}
Task<> large() {
  if (++executions == interrupt_at) ::raise(SIGINT);
  co_await coweave::gather(yields(), yields(), yields(), yields());
}

[[noreturn]] void end(bool is_right, const Report& report) {
  std::fprintf(stderr, "%s: %s\n", std::string(to_string(report.verdict)).c_str(),
               report.verdict_detail.c_str());
  std::exit(is_right ? 0 : 1);
}

Options options() {
  Options options;
  options.max_schedules = 1'000'000'000;
  options.max_time = std::chrono::minutes(2);
  options.interruptible = true;
  return options;
}

TEST(Interrupt, EndsWithWhatWasCompleted) {
  EXPECT_EXIT(
      {
        interrupt_at = 20'000;
        const Report report = coweave::explore(large, options());
        end(report.verdict == Verdict::interrupted && report.schedules >= 19'000 &&
                report.failures.empty(),
            report);
      },
      ::testing::ExitedWithCode(0),
      "interrupted: SIGINT after [0-9]+ schedules; every interleaving of at most [0-9]+ "
      "deviations? "
      "from production order: [0-9]+ schedules");
}

TEST(Interrupt, EndsTheProcessTheSecondTime) {
  EXPECT_EXIT(
      {
        interrupt_at = 1;
        const auto twice = []() -> Task<> {
          ::raise(SIGINT);
          ::raise(SIGINT);
          co_await yields();
        };
        end(false, coweave::explore(twice, options()));
      },
      ::testing::KilledBySignal(SIGINT), "");
}

TEST(Interrupt, IsLeftToOthersUnlessAskedFor) {
  EXPECT_EXIT(
      {
        interrupt_at = 10;
        Options plain = options();
        plain.interruptible = false;
        end(false, coweave::explore(large, plain));
      },
      ::testing::KilledBySignal(SIGINT), "");
}

TEST(Interrupt, GivesTheSignalBack) {
  EXPECT_EXIT(
      {
        Options few = options();
        few.max_schedules = 10;
        static_cast<void>(coweave::explore(large, few));
        ::raise(SIGINT);
        std::exit(0);
      },
      ::testing::KilledBySignal(SIGINT), "");
}

TEST(Interrupt, LeavesACheckpointToGoOnFrom) {
  const std::string file = std::string(::testing::TempDir()) + "/coweave-interrupted-" +
                           std::to_string(::getpid()) + ".checkpoint";
  EXPECT_EXIT(
      {
        interrupt_at = 5'000;
        Options enumeration = options();
        enumeration.strategy = coweave::exhaustive();
        enumeration.checkpoint = file;
        const Report report = coweave::explore(large, enumeration);
        end(report.verdict == Verdict::interrupted && std::filesystem::exists(file), report);
      },
      ::testing::ExitedWithCode(0), "to be continued from ");
  Options enumeration = options();
  enumeration.strategy = coweave::exhaustive();
  enumeration.checkpoint = file;
  enumeration.max_schedules = 1'000;
  const Report report = coweave::explore(large, enumeration);
  EXPECT_GE(report.schedules, 5'900U);
  std::filesystem::remove(file);
}

TEST(Progress, IsToldTenTimesASecond) {
  Options watched = options();
  watched.strategy = coweave::exhaustive();
  watched.max_time = std::chrono::milliseconds(350);
  watched.name = "Suite.Test";
  std::vector<coweave::Progress> told;
  std::string phase;  // What a Progress says is gone after the call.
  watched.progress = [&](const coweave::Progress& progress) {
    told.push_back(progress);
    phase = progress.phase;
  };
  const Report report = coweave::explore(large, watched);
  ASSERT_GE(told.size(), 1U);
  EXPECT_LE(told.size(), 4U);
  EXPECT_EQ(phase, "exhaustive");
  EXPECT_EQ(told.back().max_schedules, 1'000'000'000U);
  EXPECT_GT(told.back().schedules, 0U);
  EXPECT_LE(told.back().schedules, report.schedules);
  EXPECT_GT(told.back().rate, 0.0);
  EXPECT_GT(told.back().interleavings, static_cast<double>(report.schedules));
}

TEST(Progress, NamesTheDeepestBoundThatIsComplete) {
  Options watched = options();
  watched.strategy = coweave::bounded();
  watched.max_time = std::chrono::milliseconds(250);
  std::optional<coweave::CompletedBound> bound;
  watched.progress = [&bound](const coweave::Progress& progress) { bound = progress.bound; };
  static_cast<void>(coweave::explore(large, watched));
  ASSERT_TRUE(bound);
  EXPECT_GT(bound->schedules, 0U);
}

}  // namespace
