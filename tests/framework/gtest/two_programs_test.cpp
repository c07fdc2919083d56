// Two programs whose tests have the same names share a directory (two_programs.cpp). The build
// defines COWEAVE_FIRST_PROGRAM, COWEAVE_SECOND_PROGRAM and, if it is built, COWEAVE_CLI.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <coweave/schedule/schedule.hpp>
#include <filesystem>
#include <string>

#include "framework/shell_command.hpp"

namespace {

using coweave::Schedule;
using coweave::test::Ended;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* loses = "--gtest_filter=Both.LosesAnUpdate";
constexpr const char* file_of_first = "coweave-schedules/Both.LosesAnUpdate.json";
constexpr const char* file_of_second = "coweave-schedules/Both.LosesAnUpdate-2.json";

class TwoPrograms : public ::testing::Test {
 protected:
  TwoPrograms() { std::filesystem::create_directories(directory_); }
  ~TwoPrograms() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] Ended run(const std::string& program, const std::string& arguments) const {
    return coweave::test::run_in_shell("cd '" + directory_.string() + "' && ulimit -c 0 && '" +
                                       program + "' " + arguments + " 2>&1");
  }
  [[nodiscard]] Ended run_first(const std::string& arguments) const {
    return run(COWEAVE_FIRST_PROGRAM, arguments);
  }
  [[nodiscard]] Ended run_second(const std::string& arguments) const {
    return run(COWEAVE_SECOND_PROGRAM, arguments);
  }
  [[nodiscard]] Schedule load(const std::string& file) const {
    return Schedule::load(directory_ / file);
  }
  [[nodiscard]] bool exists(const std::string& file) const {
    return std::filesystem::exists(directory_ / file);
  }

  const std::filesystem::path directory_ =
      std::filesystem::path(::testing::TempDir()) / ("coweave-two-" + std::to_string(::getpid()));
};

TEST_F(TwoPrograms, KeepTheirSchedulesApart) {
  for (const std::string corpus : {"", " --coweave_corpus=ignore"}) {
    EXPECT_EQ(run_first(loses + corpus).code, 1);
    const std::string first = load(file_of_first).to_json();
    EXPECT_EQ(load(file_of_first).program, "first_program");
    const Ended second = run_second(loses + corpus);
    EXPECT_EQ(second.code, 1);
    EXPECT_THAT(second.output, AllOf(HasSubstr(file_of_second), Not(HasSubstr("stale"))));
    EXPECT_EQ(load(file_of_second).program, "second_program");
    EXPECT_EQ(load(file_of_first).to_json(), first);
    // Each replays its own, and the other's is left alone.
    EXPECT_THAT(run_first(loses).output, HasSubstr(std::string("saved before: ") + file_of_first));
    EXPECT_THAT(run_second(loses).output,
                AllOf(HasSubstr(std::string("saved before: ") + file_of_second),
                      Not(HasSubstr(std::string("saved before: ") + file_of_first))));
    EXPECT_FALSE(exists("coweave-schedules/Both.LosesAnUpdate-3.json"));
  }
}

TEST_F(TwoPrograms, KeepTheirCrashesApart) {
  for (const std::string corpus : {"", " --coweave_corpus=ignore"}) {
    std::filesystem::remove_all(directory_ / "coweave-schedules");
    static_cast<void>(run_first("--gtest_filter=Both.Ends" + corpus));
    static_cast<void>(run_second("--gtest_filter=Both.Ends" + corpus));
    EXPECT_EQ(load("coweave-schedules/Both.Ends-crash.json").program, "first_program");
    EXPECT_EQ(load("coweave-schedules/Both.Ends-crash-2.json").program, "second_program");
  }
}

// As files are that were saved before the program was written down.
TEST_F(TwoPrograms, ReplayAFileThatNamesNone) {
  static_cast<void>(run_first(loses));
  Schedule old = load(file_of_first);
  old.program.clear();
  old.save(directory_ / file_of_first);
  EXPECT_THAT(run_first(loses).output, HasSubstr("an earlier run saved fails"));
  EXPECT_EQ(run_first(std::string("--coweave_replay=") + file_of_first).code, 1);
}

TEST_F(TwoPrograms, KeepTheirCheckpointsApart) {
  const std::string arguments =
      "--gtest_filter=Both.IsLong --coweave_budget=50 "
      "--coweave_checkpoint=points";
  for (int piece = 0; piece < 2; ++piece) {
    EXPECT_THAT(run_first(arguments).output, HasSubstr("points/Both.IsLong.checkpoint"));
    EXPECT_THAT(run_second(arguments).output, HasSubstr("points/Both.IsLong-2.checkpoint"));
  }
}

#ifdef COWEAVE_CLI
TEST_F(TwoPrograms, AreToldApartByTheCommand) {
  static_cast<void>(run_first(loses));
  static_cast<void>(run_second(loses));
  const std::string list = "corpus list coweave-schedules";
  EXPECT_THAT(run(COWEAVE_CLI, list).output,
              AllOf(HasSubstr("Both.LosesAnUpdate of first_program: "),
                    HasSubstr("Both.LosesAnUpdate of second_program: ")));
  const Ended first = run(COWEAVE_CLI, list + " -- '" COWEAVE_FIRST_PROGRAM "'");
  EXPECT_EQ(first.code, 0);
  EXPECT_THAT(first.output, AllOf(HasSubstr(std::string("open  ") + file_of_first),
                                  HasSubstr(std::string("other  ") + file_of_second)));
  const Ended pruned = run(
      COWEAVE_CLI, "corpus prune --fixed coweave-schedules -- env '" COWEAVE_SECOND_PROGRAM "'");
  EXPECT_EQ(pruned.code, 0);
  EXPECT_THAT(pruned.output, HasSubstr(std::string("open  ") + file_of_second));
  EXPECT_TRUE(exists(file_of_first));
}
#endif

}  // namespace
