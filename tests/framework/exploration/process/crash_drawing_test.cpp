// What a crash leaves behind can be shown, drawn, exported, compared and explained
// (crash_samples.cpp). The build defines COWEAVE_CRASH_SAMPLES and COWEAVE_CLI.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <coweave/schedule/schedule.hpp>
#include <csignal>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "framework/exploration/process/crash_survival.hpp"

namespace {

using coweave::OperationKind;
using coweave::Schedule;
using coweave::TraceStep;
using coweave::test::Ended;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class CrashDrawing : public coweave::test::CrashSurvival {
 protected:
  [[nodiscard]] Schedule find(const std::string& test) const {
    const Ended ended = run("A=b", "--gtest_filter=Crash." + test);
    EXPECT_THAT(ended.output, HasSubstr("saved: " + file_of(test)));
    return Schedule::load(directory_ / file_of(test));
  }
  [[nodiscard]] std::string read(const std::string& file) const {
    std::ostringstream text;
    text << std::ifstream(directory_ / file).rdbuf();
    return text.str();
  }
};

std::vector<std::string> names_of(const Schedule& schedule) {
  std::vector<std::string> names;
  for (const coweave::TraceTask& task : schedule.trace.tasks) names.push_back(task.name);
  return names;
}

TEST_F(CrashDrawing, SavesTheStepsAndWhichExecutionItWas) {
  const Schedule saved = find("Abort");
  // The production order passes; the search by deviations comes to the other order of the writers.
  EXPECT_EQ(saved.strategy, "bounded");
  EXPECT_GE(saved.execution, 2U);
  EXPECT_EQ(saved.program, "crash_samples");
  EXPECT_THAT(names_of(saved), ElementsAre("body", "write#1", "write#2"));
  // The body, the starts of the writers, both writers, the body.
  std::vector<OperationKind> operations;
  for (const TraceStep& step : saved.trace.steps) operations.push_back(step.operation);
  EXPECT_THAT(operations,
              ElementsAre(OperationKind::start, OperationKind::start, OperationKind::start,
                          OperationKind::yield, OperationKind::yield, OperationKind::gather));
  EXPECT_EQ(saved.trace.steps.back().task, 0U);
  EXPECT_FALSE(saved.trace.steps.back().knows_ready());
  EXPECT_EQ(Schedule::from_json(saved.to_json(), "text"), saved);
}

// What the handler writes of tasks, objects and places is what a recorded execution has.
TEST_F(CrashDrawing, NamesTasksAndObjectsAsATraceDoes) {
  const Schedule saved = find("WithObjects");
  ASSERT_EQ(
      run("A=b",
          "shrink " + file_of("WithObjects") + " -o whole.json -- '" + COWEAVE_CRASH_SAMPLES "'",
          COWEAVE_CLI)
          .code,
      1);
  const Schedule whole = Schedule::load(directory_ / "whole.json");
  ASSERT_EQ(whole.picks, saved.picks);
  ASSERT_EQ(whole.trace.steps.size(), saved.trace.steps.size());
  EXPECT_EQ(whole.trace.tasks, saved.trace.tasks);
  EXPECT_EQ(whole.trace.objects, saved.trace.objects);
  ASSERT_FALSE(saved.trace.objects.empty());
  for (std::size_t i = 0; i < saved.trace.steps.size(); ++i) {
    TraceStep step = whole.trace.steps[i];
    step.ready.clear();
    step.effects.clear();
    EXPECT_EQ(step, saved.trace.steps[i]) << i;
  }
  EXPECT_TRUE(whole.trace.steps.front().knows_ready());
  // What only one of the two knows is no difference.
  EXPECT_THAT(run("A=b", "diff " + file_of("WithObjects") + " whole.json", COWEAVE_CLI).output,
              Not(HasSubstr("differ")));
}

TEST_F(CrashDrawing, IsWhatTheCommandsDraw) {
  const Schedule saved = find("Abort");
  const std::string file = file_of("Abort");
  const Ended shown = run("A=b", "show " + file, COWEAVE_CLI);
  EXPECT_THAT(shown.output, AllOf(HasSubstr("write#2"), HasSubstr("6 "), HasSubstr("SIGABRT")));
  const Ended page = run("A=b", "html " + file + " -o page.html", COWEAVE_CLI);
  EXPECT_EQ(page.code, 0) << page.output;
  EXPECT_THAT(read("page.html"), HasSubstr("\"write#2\""));
  for (const std::string format : {"chrome", "mermaid"}) {
    const Ended exported = run("A=b", "export " + file + " --format " + format, COWEAVE_CLI);
    EXPECT_EQ(exported.code, 0) << exported.output;
    EXPECT_THAT(exported.output, AllOf(HasSubstr("yield"), HasSubstr("gather"))) << format;
  }
  EXPECT_EQ(run("A=b", "validate " + file, COWEAVE_CLI).output, file + ": valid\n");
  EXPECT_EQ(run("A=b", "diff " + file + " " + file, COWEAVE_CLI).code, 0);
}

TEST_F(CrashDrawing, IsExplainedByExecutionsInOtherProcesses) {
  static_cast<void>(find("Abort"));
  const std::string program = std::string(" -- '") + COWEAVE_CRASH_SAMPLES + "'";
  const Ended explained = run("A=b", "explain " + file_of("Abort") + program, COWEAVE_CLI);
  EXPECT_EQ(explained.signal, 0) << explained.output;
  EXPECT_EQ(explained.code, 1) << explained.output;
  EXPECT_THAT(
      explained.output,
      AllOf(HasSubstr("the process ends in step 6, the last one"),
            HasSubstr("it needs this, and passes without:"),
            HasSubstr("write#2 (yield at tests/framework/exploration/process/crash_samples.cpp:"),
            HasSubstr("the last moment at which it could still pass is step "),
            HasSubstr("interleaving: 6 steps")));
  const Ended cured = run("SAMPLE_CURED=1", "explain " + file_of("Abort") + program, COWEAVE_CLI);
  EXPECT_EQ(cured.code, 0) << cured.output;
  EXPECT_THAT(cured.output,
              AllOf(HasSubstr("does not crash any more"), Not(HasSubstr("it needs"))));
}

}  // namespace
