// What is kept between two runs of a test program, and what a CI service sees of it: runs
// sample_tests and crash_samples as a user does, and the coweave command on them if it is built.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <coweave/schedule/schedule.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "framework/shell_command.hpp"

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using coweave::test::Ended;

class Keeping : public ::testing::Test {
 protected:
  Keeping() {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  ~Keeping() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] Ended run(const std::string& arguments, const std::string& variables = "A=b",
                          const std::string& program = COWEAVE_SAMPLE_TESTS) const {
    const std::string command =
        "cd '" + directory_.string() +
        "' && ulimit -c 0 && exec env -u COWEAVE_CORPUS -u GITHUB_ACTIONS -u GITHUB_STEP_SUMMARY "
        "-u GTEST_OUTPUT " +
        variables + " '" + program + "' " + arguments + " 2>&1";
    return coweave::test::run_in_shell(command);
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(directory_ / name).rdbuf();
    return text.str();
  }
  [[nodiscard]] bool exists(const std::string& name) const {
    return std::filesystem::exists(directory_ / name);
  }

  const std::filesystem::path directory_ = std::filesystem::path(::testing::TempDir()) /
                                           ("coweave-keeping-" + std::to_string(::getpid()));
};

constexpr char changes_file[] = "coweave-schedules/Sample.Changes.json";

TEST_F(Keeping, FailingSchedulesAreReplayedFirst) {
  static_cast<void>(run("--gtest_filter=Sample.Changes"));
  const std::string saved = read(changes_file);
  ASSERT_FALSE(saved.empty());

  const Ended open = run("--gtest_filter=Sample.Changes");
  EXPECT_EQ(open.code, 1);
  EXPECT_THAT(open.output,
              AllOf(HasSubstr("there was no search"),
                    HasSubstr(std::string("saved before: ") + changes_file + ": open")));

  const Ended fixed = run("--gtest_filter=Sample.Changes", "SAMPLE_VERSION=cured");
  EXPECT_EQ(fixed.code, 0) << fixed.output;
  EXPECT_THAT(fixed.output, HasSubstr("[  coweave ] 1 saved schedule replayed first: passing now"));

  const Ended stale = run("--gtest_filter=Sample.Changes", "SAMPLE_VERSION=other");
  EXPECT_EQ(stale.code, 0) << stale.output;
  EXPECT_THAT(stale.output, HasSubstr(std::string("[  coweave ] the saved schedule ") +
                                      changes_file + " is stale"));
  EXPECT_EQ(read(changes_file), saved);

  const Ended ignored =
      run("--gtest_filter=Sample.Changes --coweave_corpus=ignore", "SAMPLE_VERSION=cured");
  EXPECT_THAT(ignored.output, Not(HasSubstr("replayed first")));
  static_cast<void>(
      run("--gtest_filter=Sample.Changes", "SAMPLE_VERSION=cured COWEAVE_CORPUS=prune"));
  EXPECT_FALSE(exists(changes_file));
}

TEST_F(Keeping, ACrashIsReplayedFirstAndKeptWhenItIsCured) {
  const std::string file = "coweave-schedules/Crash.Abort-crash.json";
  static_cast<void>(run("--gtest_filter=Crash.Abort", "A=b", COWEAVE_CRASH_SAMPLES));
  const std::string saved = read(file);
  const Ended again = run("--gtest_filter=Crash.Abort", "A=b", COWEAVE_CRASH_SAMPLES);
  EXPECT_EQ(again.signal, SIGABRT);
  EXPECT_THAT(again.output, AllOf(HasSubstr("in step 6 of a replay of Crash.Abort from " + file),
                                  Not(HasSubstr("; saved:"))));
  const Ended cured = run("--gtest_filter=Crash.Abort", "SAMPLE_CURED=1", COWEAVE_CRASH_SAMPLES);
  EXPECT_EQ(cured.code, 0) << cured.output;
  EXPECT_THAT(cured.output, HasSubstr("1 saved schedule replayed first: passing now"));
  EXPECT_EQ(read(file), saved);
}

TEST_F(Keeping, CrashesAreNotSavedIfUnwanted) {
  const Ended ended =
      run("--gtest_filter=Crash.Abort", "COWEAVE_CRASHES=off", COWEAVE_CRASH_SAMPLES);
  EXPECT_EQ(ended.signal, SIGABRT);
  EXPECT_FALSE(exists("coweave-schedules"));
}

TEST_F(Keeping, GithubSeesAnnotationsAndASummary) {
  const Ended ended = run("--gtest_filter=Sample.LosesAnUpdate:Sample.Passes",
                          "GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=summary.md");
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output,
              HasSubstr("\n::error file=tests/framework/gtest/sample_tests.cpp,line="));
  EXPECT_THAT(read("summary.md"),
              AllOf(HasSubstr("### Sample.LosesAnUpdate\n"), HasSubstr("an update was lost"),
                    Not(HasSubstr("Sample.Passes"))));
  EXPECT_THAT(run("--gtest_filter=Sample.LosesAnUpdate").output, Not(HasSubstr("::error")));
}

TEST_F(Keeping, GithubSeesAtMostTenAnnotations) {
  const Ended ended =
      run("--gtest_filter=Sample.LosesAnUpdate --gtest_repeat=13 "
          "--coweave_corpus=ignore",
          "GITHUB_ACTIONS=true");
  std::size_t errors = 0;
  for (std::size_t at = 0; (at = ended.output.find("\n::error ", at)) != std::string::npos; ++at)
    ++errors;
  EXPECT_EQ(errors, 10U);
}

TEST_F(Keeping, ChecksPointsGoOnInTheNextProcess) {
  const std::string arguments =
      "--gtest_filter=Sample.IsLarge --coweave_strategy=exhaustive --coweave_budget=50 "
      "--coweave_checkpoint=state --gtest_output=xml:a.xml";
  static_cast<void>(run(arguments));
  EXPECT_TRUE(exists("state/Sample.IsLarge.checkpoint"));
  static_cast<void>(run(arguments));
  EXPECT_THAT(read("a.xml"), HasSubstr(R"(name="schedules" value="100")"));
}

TEST_F(Keeping, DrawsAFailureWhereItIsAsked) {
  const Ended plain = run("--gtest_filter=Sample.Changes");
  EXPECT_THAT(plain.output, Not(HasSubstr("page: ")));
  EXPECT_FALSE(exists("coweave-schedules/Sample.Changes.html"));

  const Ended beside = run("--gtest_filter=Sample.Changes", "COWEAVE_HTML=1");
  EXPECT_EQ(beside.code, 1);
  EXPECT_THAT(beside.output,
              HasSubstr("[  coweave ] page: coweave-schedules/Sample.Changes.html\n"));
  EXPECT_THAT(read("coweave-schedules/Sample.Changes.html"),
              AllOf(HasSubstr("<title>Sample.Changes fails"), HasSubstr("</html>")));

  const Ended apart = run(std::string("--coweave_html=pages --coweave_replay=") + changes_file);
  EXPECT_EQ(apart.code, 1);
  EXPECT_THAT(apart.output, HasSubstr("[  coweave ] page: pages/Sample.Changes.html\n"));
  EXPECT_THAT(read("pages/Sample.Changes.html"), HasSubstr("</html>"));

  // A directory that cannot be: the failure is told all the same.
  const Ended refused =
      run(std::string("--gtest_filter=Sample.Changes --coweave_html=") + changes_file + "/pages");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.output, AllOf(HasSubstr("[  coweave ] the page was not written: "),
                                    HasSubstr("check failed at ")));
}

TEST_F(Keeping, AReplayCanBeSimplifiedAndExplained) {
  static_cast<void>(run("--gtest_filter=Sample.LosesInOtherOrder --coweave_strategy=random",
                        "SAMPLE_SHRINK=off"));
  const std::string file = "coweave-schedules/Sample.LosesInOtherOrder.json";
  const coweave::Schedule found = coweave::Schedule::load(directory_ / file);
  ASSERT_GT(found.deviations(), 1U);
  const std::string before = read(file);

  const Ended explained = run("--coweave_explain=on --coweave_replay=" + file);
  EXPECT_EQ(explained.code, 1);
  EXPECT_THAT(explained.output, HasSubstr("the last moment at which it could still pass"));
  EXPECT_EQ(read(file), before);

  const Ended simplified = run("--coweave_simplify=simple.json --coweave_replay=" + file);
  EXPECT_EQ(simplified.code, 1);
  EXPECT_THAT(simplified.output, HasSubstr("needs 1 deviation from production order (found with"));
  EXPECT_EQ(coweave::Schedule::load(directory_ / "simple.json").deviations(), 1U);
  EXPECT_EQ(read(file), before);
  const Ended replayed = run("--coweave_replay=simple.json");
  EXPECT_EQ(replayed.code, 1);
  EXPECT_THAT(replayed.output, HasSubstr("the first came last"));
}

TEST_F(Keeping, NothingIsSavedOfAReplayThatPasses) {
  static_cast<void>(run("--gtest_filter=Sample.Changes"));
  const Ended ended =
      run(std::string("--coweave_simplify=simple.json --coweave_replay=") + changes_file,
          "SAMPLE_VERSION=cured");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_FALSE(exists("simple.json"));
}

#ifdef COWEAVE_CLI
TEST_F(Keeping, TheCommandShrinksAndExplains) {
  static_cast<void>(run("--gtest_filter=Sample.LosesInOtherOrder --coweave_strategy=random",
                        "SAMPLE_SHRINK=off"));
  const std::string file = "coweave-schedules/Sample.LosesInOtherOrder.json";
  const std::string program = std::string(" -- '") + COWEAVE_SAMPLE_TESTS + "'";
  const Ended explained = run("explain " + file + program, "A=b", COWEAVE_CLI);
  EXPECT_EQ(explained.code, 1) << explained.output;
  EXPECT_THAT(explained.output, HasSubstr("the last moment at which it could still pass"));
  const Ended shrunk = run("shrink " + file + " -o simple.json" + program, "A=b", COWEAVE_CLI);
  EXPECT_EQ(shrunk.code, 1) << shrunk.output;
  EXPECT_EQ(coweave::Schedule::load(directory_ / "simple.json").deviations(), 1U);
  static_cast<void>(run("shrink " + file + program, "A=b", COWEAVE_CLI));
  EXPECT_EQ(coweave::Schedule::load(directory_ / file).deviations(), 1U);
}

TEST_F(Keeping, TheCommandListsAndPrunesACorpus) {
  static_cast<void>(run("--gtest_filter=Sample.Changes:Sample.LosesAnUpdate"));
  std::ofstream(directory_ / "coweave-schedules" / "notes.json") << "mine";
  const std::string program = std::string(" -- '") + COWEAVE_SAMPLE_TESTS + "'";
  const Ended names = run("corpus list coweave-schedules", "A=b", COWEAVE_CLI);
  EXPECT_EQ(names.code, 0);
  EXPECT_THAT(names.output, AllOf(HasSubstr(std::string(changes_file) +
                                            "  Sample.Changes of sample_tests: check failed at "
                                            "tests/"),
                                  HasSubstr("unreadable  coweave-schedules/notes.json: ")));
  const Ended states =
      run("corpus list coweave-schedules" + program, "SAMPLE_VERSION=cured", COWEAVE_CLI);
  EXPECT_THAT(states.output, AllOf(HasSubstr(std::string("fixed  ") + changes_file),
                                   HasSubstr("open  coweave-schedules/Sample.LosesAnUpdate.json")));

  const Ended kept =
      run("corpus prune coweave-schedules" + program, "SAMPLE_VERSION=cured", COWEAVE_CLI);
  EXPECT_EQ(kept.code, 0) << kept.output;
  EXPECT_TRUE(exists(changes_file));
  static_cast<void>(
      run("corpus prune --fixed coweave-schedules" + program, "SAMPLE_VERSION=other", COWEAVE_CLI));
  EXPECT_FALSE(exists(changes_file));  // Stale.
  EXPECT_TRUE(exists("coweave-schedules/Sample.LosesAnUpdate.json"));
  EXPECT_EQ(read("coweave-schedules/notes.json"), "mine");

  EXPECT_EQ(run("corpus prune coweave-schedules", "A=b", COWEAVE_CLI).code, 2);
  EXPECT_EQ(run("corpus list missing", "A=b", COWEAVE_CLI).code, 2);
  EXPECT_EQ(run("corpus prune coweave-schedules -- /no/such/program", "A=b", COWEAVE_CLI).code, 2);
  EXPECT_TRUE(exists("coweave-schedules/Sample.LosesAnUpdate.json"));
}
#endif

TEST_F(Keeping, AnInterruptedRunEndsWith130AndSaysHowFarItCame) {
  const Ended ended = run("--gtest_filter=Sample.IsInterrupted:SampleZ.*");
  EXPECT_EQ(ended.code, 130) << ended.output;
  EXPECT_THAT(ended.output, AllOf(HasSubstr("Sample.IsInterrupted: interrupted: SIGINT after "),
                                  HasSubstr("[  FAILED  ] Sample.IsInterrupted"),
                                  HasSubstr("[  SKIPPED ] SampleZ.ComesAfterIt")))
      << ended.output;
}

}  // namespace
