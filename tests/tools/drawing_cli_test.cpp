// The subcommands that draw, compare and complete: what a user sees of them.

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
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

class DrawingCommand : public CoweaveCommand {
 protected:
  [[nodiscard]] std::string path(const char* name) const { return (directory_ / name).string(); }
  [[nodiscard]] std::string explained() const {
    samples::explained().save(path("explained.json"));
    return path("explained.json");
  }
  [[nodiscard]] std::string long_one() const {
    Schedule schedule = samples::small();
    schedule.trace.steps.insert(schedule.trace.steps.begin(), 142, schedule.trace.steps[0]);
    schedule.trace.blocked.clear();
    schedule.failure->step = 145;
    schedule.save(path("long.json"));
    return path("long.json");
  }
  /// What bash does with a script and the words of a command line; the words that it offers.
  [[nodiscard]] Result complete(const std::string& shell,
                                const std::vector<std::string>& words) const {
    std::ofstream(path("completion")) << run({"completion", shell}).out;
    std::string script = "source '" + path("completion") + "'; COMP_WORDS=(";
    for (const std::string& word : words) script += "'" + word + "' ";
    script += "); COMP_CWORD=" + std::to_string(words.size() - 1) +
              "; _coweave; printf '%s\\n' \"${COMPREPLY[@]}\"";
    return run_program({"/bin/bash", "-c", script});
  }
};

TEST_F(DrawingCommand, ShowDrawsThirtyStepsAndSaysWhereTheOthersAre) {
  const std::string file = long_one();
  const Result some = run({"show", file, "--width", "200"});
  EXPECT_EQ(some.exit_code, 0);
  EXPECT_THAT(some.out, HasSubstr("... 116 earlier steps in " + file + " (--all draws them)\n"));
  EXPECT_THAT(some.out,
              AllOf(Not(HasSubstr("\n   116")), HasSubstr("\n   117"), HasSubstr("\n>> 146")));
  const Result all = run({"show", file, "--all", "--width", "200"});
  EXPECT_THAT(all.out, AllOf(Not(HasSubstr("earlier steps")), HasSubstr("\n     1")));
  EXPECT_THAT(run({"show", file, "--steps", "10", "--width", "200"}).out,
              HasSubstr("... 136 earlier steps in "));
}

TEST_F(DrawingCommand, ShowMarksAndTellsWhatTheFailureNeeds) {
  const Result result = run({"show", explained(), "--width", "150"});
  EXPECT_THAT(result.out, HasSubstr("\n   2 *1 "));
  EXPECT_THAT(result.out,
              HasSubstr("it needs this, and passes without\n  *1 step 2: task 0.2 (acquire lock "));
  EXPECT_THAT(result.out,
              HasSubstr("the last moment at which it could still pass is step 3\n"
                        "  fails with:  task 0.2 (choose 2 of 3 at bank.cpp:13)\n"
                        "  passes with: audit (acquire bounded semaphore outside/1)\n"));
}

TEST_F(DrawingCommand, HtmlWritesAPageBesideTheSchedule) {
  const Result result = run({"html", explained()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, path("explained.html") + "\n");
  EXPECT_THAT(text_of(path("explained.html")), StartsWith("<!doctype html>"));
  EXPECT_EQ(run({"html", explained(), "-o", path("sub/other.html")}).exit_code, 0);
  EXPECT_EQ(text_of(path("sub/other.html")), text_of(path("explained.html")));
  EXPECT_EQ(run({"html", explained(), "--output", "-"}).out, text_of(path("explained.html")));
}

TEST_F(DrawingCommand, HtmlHasTheSourceLinesOfADirectory) {
  std::ofstream(path("bank.cpp")) << std::string(11, '\n') << "co_await the_lock.acquire();\n";
  EXPECT_THAT(run({"html", good(), "--source", directory_.string(), "-o", "-"}).out,
              HasSubstr("co_await the_lock.acquire();"));
  EXPECT_THAT(run({"html", good(), "-o", "-"}).out, Not(HasSubstr("the_lock")));
}

TEST_F(DrawingCommand, HtmlHarmsNoFile) {
  EXPECT_EQ(run({"html", bad()}).err, bad_line());
  EXPECT_FALSE(fs::exists(path("bad.html")));
  const Result result = run({"html", good(), "-o", directory_.string()});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, directory_.string() + ": expected a regular file, found a directory\n");
}

TEST_F(DrawingCommand, ExportWritesChromeEventsAndMermaid) {
  const Result chrome = run({"export", "--format=chrome", good()});
  EXPECT_EQ(chrome.exit_code, 0);
  EXPECT_TRUE(nlohmann::json::parse(chrome.out).at("traceEvents").is_array());
  const Result mermaid = run({"export", "--format", "mermaid", good(), "-o", path("a.mmd")});
  EXPECT_EQ(mermaid.out, "");
  EXPECT_THAT(text_of(path("a.mmd")), StartsWith("sequenceDiagram\n"));
  EXPECT_EQ(run({"export", "--format=chrome", bad()}).err, bad_line());
  EXPECT_THAT(run({"export", good()}).err, StartsWith("coweave: --format is required\n"));
  EXPECT_THAT(run({"export", "--format=svg", good()}).err,
              StartsWith("coweave: --format: svg not in {chrome,mermaid}\n"));
}

TEST_F(DrawingCommand, DiffSaysWhereTheyPartInItsExitCode) {
  const Result same = run({"diff", good(), good()});
  EXPECT_EQ(same.exit_code, 0);
  EXPECT_THAT(same.out, HasSubstr("all 4 steps are the same\n"));
  const Result other = run({"diff", good(), long_one()});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.out, HasSubstr("step 2 differs:\n"));
  EXPECT_EQ(run({"diff", good(), bad()}).err, bad_line());
  EXPECT_EQ(run({"diff", good(), bad()}).exit_code, 2);
  EXPECT_THAT(run({"diff", good()}).err, StartsWith("coweave: OTHER is required\n"));
}

TEST_F(DrawingCommand, CompletesSubcommandsOptionsAndValuesInBash) {
  EXPECT_EQ(complete("bash", {"coweave", "va"}).out, "validate\n");
  EXPECT_THAT(complete("bash", {"coweave", ""}).out,
              AllOf(HasSubstr("show\n"), HasSubstr("html\n"), HasSubstr("completion\n"),
                    HasSubstr("--version\n")));
  EXPECT_EQ(complete("bash", {"coweave", "show", "--w"}).out, "--width\n");
  EXPECT_EQ(complete("bash", {"coweave", "show", "--color", ""}).out, "auto\nalways\nnever\n");
  EXPECT_EQ(complete("bash", {"coweave", "show", "--color", "=", "n"}).out, "never\n");
  EXPECT_EQ(complete("bash", {"coweave", "export", "--format", "c"}).out, "chrome\n");
  EXPECT_EQ(complete("bash", {"coweave", "completion", ""}).out, "bash\nzsh\n");
}

TEST_F(DrawingCommand, CompletesSchedulesAndPrograms) {
  std::ofstream(path("notes.txt")) << "";
  const std::string start = directory_.string() + "/";
  EXPECT_EQ(complete("bash", {"coweave", "show", start + "go"}).out, good() + "\n");
  EXPECT_THAT(complete("bash", {"coweave", "html", "--all", start}).out, Not(HasSubstr("notes")));
  EXPECT_EQ(complete("bash", {"coweave", "replay", good(), "--", start + "no"}).out,
            path("notes.txt") + "\n");
}

TEST_F(DrawingCommand, CompletesInZsh) {
  if (!fs::exists("/usr/bin/zsh")) GTEST_SKIP() << "no zsh here";
  std::ofstream(path("_coweave")) << run({"completion", "zsh"}).out;
  // compadd and _files say what they are asked, in place of a terminal.
  const std::string script =
      "compdef() { :; }; compset() { :; }; source '" + path("_coweave") +
      "'; compadd() { shift; print -l -- $@; }; _files() { print files $@; }; "
      "_command_names() { print commands; }; ask() { words=(\"$@\"); "
      "CURRENT=$#; _coweave; }; ";
  const auto ask = [&](const std::string& words) {
    const Result result = run_program({"/usr/bin/zsh", "-f", "-c", script + "ask " + words});
    EXPECT_EQ(result.err, "");
    return result.out;
  };
  EXPECT_THAT(ask("coweave ''"), AllOf(HasSubstr("show\n"), HasSubstr("diff\n")));
  EXPECT_EQ(ask("coweave show --color ''"), "auto\nalways\nnever\n");
  EXPECT_THAT(ask("coweave html --"), HasSubstr("--source\n"));
  EXPECT_EQ(ask("coweave completion ''"), "bash\nzsh\n");
  EXPECT_EQ(ask("coweave show ''"), "files -g *.json\n");
  EXPECT_EQ(ask("coweave replay a.json -- ''"), "commands\nfiles\n");
}

}  // namespace
}  // namespace coweave
