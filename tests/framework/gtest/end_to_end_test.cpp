// Runs the sample programs (sample_tests.cpp) as a user does: by command line and variables. The
// build defines COWEAVE_SAMPLE_TESTS, built with Coweave's main(), and
// COWEAVE_FOREIGN_SAMPLE_TESTS, built with GoogleTest's.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "coweave/schedule/schedule.hpp"
#include "framework/shell_command.hpp"

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using coweave::test::Ended;

/// A run of a sample program in a directory of its own.
class EndToEnd : public ::testing::Test {
 protected:
  EndToEnd() {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  ~EndToEnd() override { std::filesystem::remove_all(directory_); }

  /// `variables` such as "COWEAVE_SEED=1 A=b".
  [[nodiscard]] Ended run(const std::string& arguments, const std::string& variables = "") const {
    return run_program(COWEAVE_SAMPLE_TESTS, arguments, variables);
  }
  [[nodiscard]] Ended run_foreign(const std::string& arguments,
                                  const std::string& variables = "") const {
    return run_program(COWEAVE_FOREIGN_SAMPLE_TESTS, arguments, variables);
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(directory_ / name).rdbuf();
    return text.str();
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
  }
  /// Saves the failing schedule of a test, with `from` replaced by `to`, as "changed.json".
  void change_schedule(const std::string& test, const std::string& from, const std::string& to) {
    static_cast<void>(run("--gtest_filter=" + test));
    std::string text = read("coweave-schedules/" + test + ".json");
    const std::size_t found = text.find(from);
    ASSERT_NE(found, std::string::npos);
    write("changed.json", text.replace(found, from.size(), to));
  }

  const std::filesystem::path directory_ =
      std::filesystem::path(::testing::TempDir()) /
      ("coweave-" + std::to_string(::getpid()) + "-" +
       ::testing::UnitTest::GetInstance()->current_test_info()->name());

 private:
  [[nodiscard]] Ended run_program(const std::string& program, const std::string& arguments,
                                  const std::string& variables) const {
    const std::string command = "cd '" + directory_.string() +
                                "' && env -u COWEAVE_REPLAY -u COWEAVE_SEED -u COWEAVE_STRATEGY "
                                "-u COWEAVE_BUDGET -u COWEAVE_SCHEDULE_DIR -u GTEST_OUTPUT " +
                                variables + " '" + program + "' " + arguments + " 2>&1";
    return coweave::test::run_in_shell(command);
  }
};

constexpr char lost_update_file[] = "coweave-schedules/Sample.LosesAnUpdate.json";

TEST_F(EndToEnd, PassesWithZero) {
  const Ended ended = run("--gtest_filter=Sample.Passes");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("[       OK ] Sample.Passes"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "coweave-schedules"));
}

TEST_F(EndToEnd, FailsWithOneAndTheReport) {
  const Ended ended = run("--gtest_filter=Sample.LosesAnUpdate");
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("sample_tests.cpp:"), HasSubstr("an update was lost"),
                                  HasSubstr("[  FAILED  ] Sample.LosesAnUpdate")));
  const coweave::Schedule saved = coweave::Schedule::load(directory_ / lost_update_file);
  EXPECT_EQ(saved.test, "Sample.LosesAnUpdate");
  ASSERT_TRUE(saved.failure);
  EXPECT_EQ(saved.failure->kind, coweave::FailureKind::check);
}

TEST_F(EndToEnd, ListsEveryTestForDiscovery) {
  const Ended ended = run("--gtest_list_tests", "COWEAVE_REPLAY=missing.json");
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("Sample.\n  LosesAnUpdate\n  Passes\n"),
                                  HasSubstr("SampleFixture.\n  FailsInItsBody\n  IsShared\n"),
                                  HasSubstr("Small/SampleParameter.\n  FailsForTwo/0"),
                                  HasSubstr("SamplePlain.\n  ExploresByItself\n")));
}

TEST_F(EndToEnd, WritesPropertiesIntoTheXml) {
  static_cast<void>(
      run("--gtest_filter=Sample.LosesAnUpdate:Sample.Passes --gtest_output=xml:a.xml"));
  const std::string xml = read("a.xml");
  EXPECT_THAT(xml, HasSubstr(R"(<property name="schedules" value="6"/>)"));
  EXPECT_THAT(xml, HasSubstr(R"(<property name="verdict" value="exhaustive"/>)"));
  EXPECT_THAT(xml, HasSubstr(R"(<property name="schedule_file" value=""/>)"));
  EXPECT_THAT(xml, HasSubstr(R"(<property name="failing" value="1"/>)"));
  EXPECT_THAT(xml, HasSubstr(R"(<property name="verdict" value="failed"/>)"));
  EXPECT_THAT(xml, HasSubstr(R"(<property name="seed" value="0"/>)"));
  EXPECT_THAT(xml, HasSubstr(std::string(R"(<property name="schedule_file" value=")") +
                             lost_update_file + "\"/>"));
}

TEST_F(EndToEnd, SkipsInGoogleTest) {
  const Ended ended = run("--gtest_filter=Sample.SkipsItself");
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("[  SKIPPED ] Sample.SkipsItself"), HasSubstr("not today")));
}

TEST_F(EndToEnd, CapturesParameterisedAndFixtureTests) {
  const Ended ended = run("--gtest_filter=*SampleParameter*:SampleFixture*");
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("[       OK ] Small/SampleParameter.FailsForTwo/0"),
                                  HasSubstr("[  FAILED  ] Small/SampleParameter.FailsForTwo/1"),
                                  HasSubstr("[  FAILED  ] SampleFixture.FailsInItsBody"),
                                  HasSubstr("[       OK ] SampleFixture.IsShared")));
}

TEST_F(EndToEnd, TakesSettingsFromFlagsAndVariables) {
  const Ended by_flags =
      run("--gtest_filter=Sample.IsLarge --gtest_output=xml:a.xml --coweave_seed=9 "
          "--coweave_strategy=random --coweave_budget=25,1m");
  EXPECT_EQ(by_flags.code, 0) << by_flags.output;
  EXPECT_THAT(read("a.xml"), AllOf(HasSubstr(R"(name="seed" value="9")"),
                                   HasSubstr(R"(name="schedules" value="25")"),
                                   HasSubstr(R"(name="verdict" value="sampled")")));
  const Ended by_variables = run("--gtest_filter=Sample.IsLarge --gtest_output=xml:b.xml",
                                 "COWEAVE_SEED=9 COWEAVE_STRATEGY=random COWEAVE_BUDGET=25");
  EXPECT_EQ(by_variables.code, 0) << by_variables.output;
  EXPECT_THAT(read("b.xml"), AllOf(HasSubstr(R"(name="seed" value="9")"),
                                   HasSubstr(R"(name="schedules" value="25")")));
}

TEST_F(EndToEnd, DoesNotPassAnEnumerationThatABudgetEnds) {
  const Ended ended =
      run("--gtest_filter=Sample.IsLarge --coweave_strategy=exhaustive --coweave_budget=25");
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("[  FAILED  ] Sample.IsLarge"));
}

TEST_F(EndToEnd, LeavesExplicitExplorationsAlone) {
  const Ended ended = run("--gtest_filter=SamplePlain.*",
                          "COWEAVE_SEED=9 COWEAVE_STRATEGY=random COWEAVE_BUDGET=2");
  EXPECT_EQ(ended.code, 0) << ended.output;
}

TEST_F(EndToEnd, SavesWhereItIsTold) {
  static_cast<void>(run("--gtest_filter=Sample.LosesAnUpdate", "COWEAVE_SCHEDULE_DIR=deep/inside"));
  EXPECT_TRUE(std::filesystem::exists(directory_ / "deep/inside/Sample.LosesAnUpdate.json"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "coweave-schedules"));
}

TEST_F(EndToEnd, ReplaysAFileAndOnlyItsTest) {
  static_cast<void>(run("--gtest_filter=Sample.LosesAnUpdate"));
  for (const Ended& ended : {run("", std::string("COWEAVE_REPLAY=") + lost_update_file),
                             run(std::string("--coweave_replay=") + lost_update_file)}) {
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.output, AllOf(HasSubstr("Running 1 test from 1 test suite"),
                                    HasSubstr("an update was lost"),
                                    HasSubstr("[  FAILED  ] Sample.LosesAnUpdate")));
  }
}

TEST_F(EndToEnd, RecordsTheReplayInTheXml) {
  static_cast<void>(run("--gtest_filter=Sample.LosesAnUpdate"));
  static_cast<void>(
      run(std::string("--gtest_output=xml:a.xml --coweave_replay=") + lost_update_file));
  EXPECT_THAT(read("a.xml"),
              AllOf(HasSubstr(R"(name="schedules" value="1")"),
                    HasSubstr(R"(name="failing" value="1")"), HasSubstr(lost_update_file)));
}

TEST_F(EndToEnd, SkipsOtherTestsUnderAReplayThatAFilterWidens) {
  static_cast<void>(run("--gtest_filter=Sample.LosesAnUpdate"));
  const Ended ended = run(std::string("--gtest_filter=Sample.LosesAnUpdate:Sample.Passes "
                                      "--coweave_replay=") +
                          lost_update_file);
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("only Sample.LosesAnUpdate is replayed"),
                                  HasSubstr("[  SKIPPED ] Sample.Passes"),
                                  HasSubstr("[  FAILED  ] Sample.LosesAnUpdate")));
}

TEST_F(EndToEnd, PassesAReplayOfWhatIsCured) {
  static_cast<void>(run("--gtest_filter=Sample.Changes"));
  const Ended ended =
      run("--coweave_replay=coweave-schedules/Sample.Changes.json", "SAMPLE_VERSION=cured");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("replay"));  // Its report is printed all the same.
}

TEST_F(EndToEnd, EndsADivergedReplayWithThree) {
  static_cast<void>(run("--gtest_filter=Sample.Changes"));
  const Ended ended =
      run("--coweave_replay=coweave-schedules/Sample.Changes.json", "SAMPLE_VERSION=other");
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.output, HasSubstr("[  FAILED  ] Sample.Changes"));
}

TEST_F(EndToEnd, RejectsAFileOfAnotherProgram) {
  change_schedule("Sample.LosesAnUpdate", "Sample.LosesAnUpdate", "Sample.IsGone");
  const Ended ended = run("", "COWEAVE_REPLAY=changed.json");
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.output,
            "changed.json: expected the schedule of a test of this program, found that of "
            "\"Sample.IsGone\"\n");
}

TEST_F(EndToEnd, SaysThatAPlainTestIsNotReplayed) {
  change_schedule("Sample.LosesAnUpdate", "Sample.LosesAnUpdate", "SamplePlain.ExploresByItself");
  const Ended ended = run("", "COWEAVE_REPLAY=changed.json");
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.output,
              HasSubstr("changed.json: \"SamplePlain.ExploresByItself\" was not replayed"));
}

TEST_F(EndToEnd, RejectsBadFilesInOneLine) {
  write("truncated.json", "{\"format\": ");
  for (const std::string file : {"truncated.json", "missing.json"}) {
    const Ended ended = run("", "COWEAVE_REPLAY=" + file);
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.output, AllOf(StartsWith(file), ::testing::EndsWith("\n")));
    EXPECT_EQ(std::count(ended.output.begin(), ended.output.end(), '\n'), 1) << ended.output;
  }
}

TEST_F(EndToEnd, RejectsBadUsageInOneLine) {
  const Ended flag = run("--coweave_sede=1");
  EXPECT_EQ(flag.code, 2);
  EXPECT_THAT(flag.output, StartsWith("flags: expected one of --coweave_replay="));
  const Ended variable = run("", "COWEAVE_BUDGET=lots");
  EXPECT_EQ(variable.code, 2);
  EXPECT_THAT(variable.output, StartsWith("COWEAVE_BUDGET: expected a number of schedules"));
  EXPECT_EQ(std::count(variable.output.begin(), variable.output.end(), '\n'), 1);
}

TEST_F(EndToEnd, PrintsItsHelpAfterThatOfGoogleTest) {
  const Ended ended = run("--help", "COWEAVE_BUDGET=lots");
  EXPECT_EQ(ended.code, 0);
  const std::size_t googletest = ended.output.find("--gtest_filter");
  const std::size_t coweave = ended.output.find("--coweave_budget=");
  ASSERT_NE(googletest, std::string::npos);
  ASSERT_NE(coweave, std::string::npos);
  EXPECT_LT(googletest, coweave);
}

TEST_F(EndToEnd, WorksUnderAForeignMain) {
  const Ended failing = run_foreign("--gtest_filter=Sample.LosesAnUpdate:SampleFixture.*");
  EXPECT_EQ(failing.code, 1);
  EXPECT_THAT(failing.output, HasSubstr("an update was lost"));
  const Ended replayed =
      run_foreign("--gtest_filter=Sample.*", std::string("COWEAVE_REPLAY=") + lost_update_file);
  EXPECT_EQ(replayed.code, 1);
  EXPECT_THAT(replayed.output, AllOf(HasSubstr("[  SKIPPED ] Sample.Passes"),
                                     HasSubstr("[  FAILED  ] Sample.LosesAnUpdate")));
}

TEST_F(EndToEnd, FailsTestsUnderAForeignMainIfAFileOrAVariableIsBad) {
  const Ended file = run_foreign("--gtest_filter=Sample.Passes", "COWEAVE_REPLAY=missing.json");
  EXPECT_EQ(file.code, 1);
  EXPECT_THAT(file.output, AllOf(HasSubstr("missing.json"), Not(HasSubstr("C++ exception"))));
  const Ended variable = run_foreign("--gtest_filter=Sample.Passes", "COWEAVE_SEED=x");
  EXPECT_EQ(variable.code, 1);
  EXPECT_THAT(variable.output, HasSubstr("COWEAVE_SEED: expected a number"));
}

}  // namespace
