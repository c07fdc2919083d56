// Runs the built `coweave` command, without a shell, and looks at what a user sees of it.

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/command.hpp"

namespace coweave {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using tools_test::CoweaveCommand;
using tools_test::Result;

constexpr const char* hint =
    "\nRun coweave --help, or --help behind a subcommand, for the usage.\n";

TEST_F(CoweaveCommand, SaysWhatItCanDo) {
  const Result result = run({"--help"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, AllOf(HasSubstr("show"), HasSubstr("validate"), HasSubstr("replay"),
                                HasSubstr("Exit codes: 0 pass")));
  for (const char* subcommand :
       {"show", "html", "export", "diff", "validate", "replay", "completion"}) {
    const Result help = run({subcommand, "--help"});
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_THAT(help.out, HasSubstr(std::string("Usage: coweave ") + subcommand));
    EXPECT_EQ(help.err, "");
  }
  EXPECT_EQ(run({"--version"}).out, "coweave " COWEAVE_VERSION "\n");
}

TEST_F(CoweaveCommand, AnswersWrongUsageWithOneLineAndAHint) {
  const auto expect_usage = [&](const std::vector<std::string>& arguments, const char* line) {
    const Result result = run(arguments);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(result.err, std::string("coweave: ") + line + hint);
  };
  expect_usage({}, "A subcommand is required");
  expect_usage({"show"}, "FILE is required");
  expect_usage({"validate"}, "FILE is required");
  expect_usage({"show", good(), "--color", "red\x1b"},
               "--color: red\\x1b not in {auto,always,never}");
  expect_usage({"show", good(), "--width", "5"}, "--width: Value 5 not in range 20 to 10000");
  expect_usage({"replay", good()}, "replay: expected -- TEST_BINARY after FILE, found nothing");
  expect_usage({"replay", good(), "--"},
               "replay: expected -- TEST_BINARY after FILE, found nothing");
}

TEST_F(CoweaveCommand, ShowsATimeline) {
  const Result result = run({"show", good()}, {{"COLUMNS", "120"}});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, AllOf(StartsWith("test          Account.IsNeverOverdrawn\n"),
                                HasSubstr("| acquire lock \"db\" at bank.cpp:12\n"),
                                HasSubstr("\n>> 4 "), Not(HasSubstr("\x1b"))));
  EXPECT_EQ(run({"show", good(), "--width", "120"}).out, result.out);
  EXPECT_NE(run({"show", good()}).out, result.out);
}

TEST_F(CoweaveCommand, DrawsLinesWhereTheLocaleHasThem) {
  EXPECT_THAT(run({"show", good()}, {{"LC_ALL", "C.UTF-8"}}).out, HasSubstr(" \u2502 "));
  EXPECT_THAT(run({"show", good()}, {{"LANG", "en_US.utf8"}, {"LC_ALL", "C"}}).out,
              Not(HasSubstr("\u2502")));
}

TEST_F(CoweaveCommand, ColorsOnlyWhereAsked) {
  EXPECT_THAT(run({"show", good(), "--color", "always"}, {{"NO_COLOR", "1"}}).out,
              HasSubstr("\x1b[1;31m"));
  EXPECT_THAT(run({"show", good(), "--color", "never"}).out, Not(HasSubstr("\x1b")));
}

TEST_F(CoweaveCommand, RefusesToShowABadFile) {
  const Result result = run({"show", bad()});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, bad_line());
}

TEST_F(CoweaveCommand, ValidatesFiles) {
  const Result result = run({"validate", good(), good()});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, good() + ": valid\n" + good() + ": valid\n");
}

TEST_F(CoweaveCommand, ValidatesTheOthersBesideABadFile) {
  const Result result = run({"validate", bad(), good(), directory_.string(), "missing"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, bad_line() + good() + ": valid\n" + directory_.string() +
                            ": expected a regular file, found a directory\n" +
                            "missing: cannot be read: No such file or directory\n");
}

/// What a program does that begins a replay.
const std::string replays = "echo > \"$COWEAVE_REPLAY_STARTED\"; ";

TEST_F(CoweaveCommand, ReplayStartsTheTestOfTheSchedule) {
  const Result result =
      run({"replay", good(), "--", "sh", "-c",
           replays + "echo \"$COWEAVE_REPLAY\"; for a; do echo \"$a\"; done; exit 3", "sh", "[a,b]",
           "--", "show"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.out, good() + "\n[a,b]\n--\nshow\n--gtest_filter=Account.IsNeverOverdrawn\n");
  EXPECT_EQ(result.err, "");
}

TEST_F(CoweaveCommand, ReplayNamesTheScheduleAbsolutely) {
  const fs::path relative = fs::relative(good());
  const Result result =
      run({"replay", relative.string(), "--", "sh", "-c", "echo $COWEAVE_REPLAY"});
  EXPECT_TRUE(result.out.starts_with('/')) << result.out;
}

TEST_F(CoweaveCommand, ReplayKeepsTheFilterOfTheUser) {
  const Result result =
      run({"replay", good(), "--", "sh", "-c", "echo \"$@\"", "sh", "--gtest_filter=A.B"});
  EXPECT_EQ(result.out, "--gtest_filter=A.B\n");
}

TEST_F(CoweaveCommand, ReplayFiltersOnlyByNamesOfGoogleTest) {
  for (const char* name : {"plain", "*.*", "A.B:C.D", "-A.B", ""}) {
    Schedule schedule = samples::small();
    schedule.test = name;
    schedule.save(good());
    EXPECT_EQ(run({"replay", good(), "--", "sh", "-c", "echo \"$#\"", "sh"}).out, "0\n") << name;
  }
}

TEST_F(CoweaveCommand, SaysThatTheProgramReplaysNothing) {
  const std::string line = ": expected it to replay " + good() +
                           ", found that it ended without a replay: it is no test binary with "
                           "Coweave, or the test is filtered out\n";
  for (const std::string program : {"true", "false"}) {
    for (const std::string subcommand : {"replay", "shrink", "explain"}) {
      const Result result = run({subcommand, good(), "--", program});
      EXPECT_EQ(result.exit_code, 2) << subcommand << program;
      EXPECT_EQ(result.err, program + line);
    }
  }
  // One that says itself why it refuses, and one that has replayed.
  EXPECT_EQ(run({"replay", good(), "--", "sh", "-c", "exit 2"}).err, "");
  const Result replayed = run({"replay", good(), "--", "sh", "-c", replays});
  EXPECT_EQ(replayed.exit_code, 0);
  EXPECT_EQ(replayed.err, "");
  // No signal is a pass either.
  EXPECT_THAT(run({"replay", good(), "--", "sh", "-c", "kill -9 $$"}).err, HasSubstr("sh" + line));
}

TEST_F(CoweaveCommand, ReplayEndsByTheSignalOfTheProgram) {
  const Result result = run({"replay", good(), "--", "sh", "-c", replays + "kill -SEGV $$"});
  EXPECT_EQ(result.exit_code, -1);
  EXPECT_EQ(result.signal, SIGSEGV);
  EXPECT_EQ(result.err, "");
}

TEST_F(CoweaveCommand, LeavesNoFileBehindAReplay) {
  const std::string files = (directory_ / "temporary").string();
  fs::create_directories(files);
  static_cast<void>(run({"replay", good(), "--", "true"}, {{"TMPDIR", files}}));
  EXPECT_TRUE(fs::is_empty(files));
}

TEST_F(CoweaveCommand, ListsWhatTheProgramDoesNotReplayAsOther) {
  const std::string corpus = (directory_ / "corpus").string();
  Schedule schedule = samples::small();
  schedule.save(corpus + "/a.json");
  schedule.program = "another_test";
  schedule.save(corpus + "/b.json");
  const std::string script = "case $COWEAVE_REPLAY in *a.json) " + replays + ";; *) exit 0;; esac";
  const Result listed = run({"corpus", "list", corpus, "--", "sh", "-c", script});
  EXPECT_EQ(listed.exit_code, 0) << listed.err;
  EXPECT_THAT(
      listed.out,
      AllOf(HasSubstr("fixed  " + corpus + "/a.json  Account.IsNeverOverdrawn: "),
            HasSubstr("other  " + corpus + "/b.json  Account.IsNeverOverdrawn of another_test: ")));
  // What it has not replayed is not deleted, whatever it ended with.
  const Result pruned = run({"corpus", "prune", "--fixed", corpus, "--", "sh", "-c", script});
  EXPECT_EQ(pruned.exit_code, 0) << pruned.err;
  EXPECT_FALSE(fs::exists(corpus + "/a.json"));
  EXPECT_TRUE(fs::exists(corpus + "/b.json"));
  const Result none = run({"corpus", "prune", "--fixed", corpus, "--", "true"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_EQ(none.err,
            "true: expected it to replay 1 schedule, found that it replays none: see coweave "
            "replay\n");
  EXPECT_TRUE(fs::exists(corpus + "/b.json"));
}

TEST_F(CoweaveCommand, ReplaySaysWhyItCannotStart) {
  Result result = run({"replay", good(), "--", "/no/such/program"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, "/no/such/program: cannot be started: No such file or directory\n");
  result = run({"replay", bad(), "--", "true"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, bad_line());
}

}  // namespace
}  // namespace coweave
