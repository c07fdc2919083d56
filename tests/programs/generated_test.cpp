#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>

#include "coweave/gtest.hpp"
#include "generated_program.hpp"

namespace {

using coweave::AwaitPoints;
using coweave::Failure;
using coweave::Options;
using coweave::Report;
using coweave::Schedule;
using programs::generated::generate;
using programs::generated::Program;
using programs::generated::run_program;

/// A directory of this process, gone at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory()
      : path_(std::filesystem::temp_directory_path() /
              ("coweave-generated-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A random walk through the program of that number; the AwaitPoints change with the number.
Options walk(std::uint64_t number, std::uint64_t schedules) {
  Options options;
  options.strategy = coweave::random_walk();
  options.seed = number;
  options.max_schedules = schedules;
  options.max_steps = 1'000;
  options.keep_going = true;
  options.shrink.max_executions = 0;
  options.compare_await_points = false;
  options.await_points = static_cast<AwaitPoints>(number % 3);
  options.name = "Generated." + std::to_string(number);
  return options;
}

std::string text_of(const Report& report) {
  std::ostringstream text;
  text << report;
  return text.str();
}

/// The failure of a replay is that of `schedule`, by the same steps.
void expect_same_failure(const Report& replayed, const Failure& failure) {
  ASSERT_EQ(replayed.failures.size(), 1U) << text_of(replayed);
  const Failure& found = replayed.failures.front();
  EXPECT_EQ(found.kind, failure.kind);
  EXPECT_EQ(found.message, failure.message);
  EXPECT_EQ(found.place, failure.place);
  EXPECT_EQ(found.also, failure.also);
  EXPECT_EQ(found.schedule.trace, failure.schedule.trace);
  EXPECT_EQ(found.schedule.picks, failure.schedule.picks);
  EXPECT_EQ(found.schedule.fingerprint, failure.schedule.fingerprint);
  EXPECT_EQ(found.schedule.failure, failure.schedule.failure);
}

using Kinds = std::map<coweave::FailureKind, std::uint64_t>;

/// Saves, loads and replays `wanted` failing schedules of generated programs. Each is another one:
/// of another program, or of another kind or place. Tells how many of each kind there were.
template <class OptionsOf>
void survive(std::uint64_t wanted, OptionsOf options_of, Kinds& kinds) {
  const TemporaryDirectory directory;
  std::uint64_t checked = 0;
  for (std::uint64_t number = 1; checked < wanted; ++number) {
    const Program program = generate(number);
    const auto body = [&program] { return run_program(program); };
    const Report report = coweave::explore(body, options_of(number));
    for (const Failure& failure : report.failures) {
      const auto file = directory.path() / (std::to_string(checked % 100) + ".json");
      failure.schedule.save(file);
      const Schedule loaded = Schedule::load(file);
      ASSERT_EQ(loaded, failure.schedule) << "program " << number;
      expect_same_failure(coweave::replay(body, loaded), failure);

      Schedule picks_only = loaded;
      picks_only.trace = {};
      expect_same_failure(coweave::replay(body, picks_only), failure);
      ASSERT_FALSE(::testing::Test::HasFailure()) << "program " << number;
      ++kinds[failure.kind];
      ++checked;
    }
  }
}

TEST(GeneratedPrograms, TenThousandFailingSchedulesSurviveSaveLoadAndReplay) {
  Kinds kinds;
  survive(
      10'000, [](std::uint64_t number) { return walk(number, 20); }, kinds);
  // The generator reaches these, and no internal kind.
  EXPECT_GT(kinds[coweave::FailureKind::check], 100U);
  EXPECT_GT(kinds[coweave::FailureKind::deadlock], 1'000U);
  EXPECT_GT(kinds[coweave::FailureKind::misuse], 1'000U);
  EXPECT_EQ(kinds[coweave::FailureKind::nondeterminism], 0U);
  EXPECT_EQ(kinds[coweave::FailureKind::uncontrolled], 0U);
  for (const auto& [kind, count] : kinds)
    RecordProperty(std::string(to_string(kind)), std::to_string(count));
}

// The same with all that can happen besides the steps of tasks.
TEST(GeneratedPrograms, FailingSchedulesWithInjectionsSurviveToo) {
  const auto options_of = [](std::uint64_t number) {
    Options options = walk(number, 20);
    options.inject_cancellation.at_most = static_cast<std::uint32_t>(number % 3);
    options.inject_wakeups = static_cast<std::uint32_t>(number / 3 % 3);
    options.timers = number % 2 == 0 ? coweave::TimerOrder::any : coweave::TimerOrder::when_idle;
    return options;
  };
  Kinds kinds;
  survive(3'000, options_of, kinds);
  EXPECT_EQ(kinds[coweave::FailureKind::nondeterminism], 0U);
  EXPECT_EQ(kinds[coweave::FailureKind::uncontrolled], 0U);
}

void expect_same_report(const Report& first, const Report& second) {
  EXPECT_EQ(text_of(first), text_of(second));
  EXPECT_EQ(first.schedules, second.schedules);
  EXPECT_EQ(first.failing, second.failing);
  EXPECT_EQ(first.steps, second.steps);
  ASSERT_EQ(first.failures.size(), second.failures.size());
  for (std::size_t i = 0; i < first.failures.size(); ++i)
    EXPECT_EQ(first.failures[i].schedule, second.failures[i].schedule);
}

TEST(GeneratedPrograms, ExploredTwiceGiveIdenticalReports) {
  for (std::uint64_t number = 1; number <= 1'000; ++number) {
    const Program program = generate(number);
    const auto body = [&program] { return run_program(program); };
    const Options options = walk(number, 50);
    expect_same_report(coweave::explore(body, options), coweave::explore(body, options));
    ASSERT_FALSE(::testing::Test::HasFailure()) << "program " << number;
  }
}

// The enumeration visits each schedule once: a random walk finds no failure that it has not.
TEST(GeneratedPrograms, EnumerationFindsEveryKindOfFailureThatARandomWalkFinds) {
  std::uint64_t enumerated = 0;
  for (std::uint64_t number = 1; number <= 200; ++number) {
    const Program program = generate(number);
    const auto body = [&program] { return run_program(program); };
    Options options = walk(number, 20'000);
    options.strategy = coweave::exhaustive();
    const Report all = coweave::explore(body, options);
    if (!all.verdict_detail.starts_with("every interleaving")) continue;
    ++enumerated;
    const Report some = coweave::explore(body, walk(number, 100));
    for (const Failure& failure : some.failures) {
      const bool is_known =
          std::any_of(all.failures.begin(), all.failures.end(), [&failure](const Failure& known) {
            return known.kind == failure.kind && known.place == failure.place;
          });
      EXPECT_TRUE(is_known) << "program " << number << ": " << failure.message;
    }
  }
  EXPECT_GT(enumerated, 100U);
}

}  // namespace
