#include "coweave/exploration/report.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>

#include "coweave/exploration/failures/story.hpp"
#include "coweave/gtest.hpp"
#include "coweave/report/text/report_text.hpp"
#include "framework/report/golden_programs.hpp"

// Whole reports, compared byte for byte with tests/golden: see the README there.

namespace coweave {
namespace {

using testing::HasSubstr;
using testing::Not;

/// File names without their directories: the texts do not depend on where the sources lie.
Options options_for(std::string_view name) {
  return {.name = "Golden." + std::string(name), .source_root = {}};
}

template <class Value>
std::string text_of(const Value& value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

bool is_update() {
  const char* const update = std::getenv("COWEAVE_UPDATE_GOLDEN");
  return update != nullptr && std::string_view(update) == "1";
}

/// `found` is what tests/golden/`file` holds; or, when updating, becomes it.
void expect_golden(std::string_view file, const std::string& found) {
  const std::filesystem::path path = std::filesystem::path(COWEAVE_GOLDEN_DIR) / file;
  if (is_update()) {
    std::ofstream(path, std::ios::binary) << found;
    return;
  }
  std::ifstream in(path, std::ios::binary);
  ASSERT_TRUE(in) << "cannot read " << path << "; COWEAVE_UPDATE_GOLDEN=1 writes it";
  const std::string expected = text_of(in.rdbuf());
  EXPECT_TRUE(found == expected) << path << "\n--- expected:\n"
                                 << expected << "--- found:\n"
                                 << found;
}

TEST(GoldenReport, OfAnOverdraftWithItsDeviations) {
  const Report report = explore(golden::overdraft, options_for("overdraft"));
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  EXPECT_GT(report.failures.front().schedule.deviations(), 0U);
  expect_golden("overdraft.txt", text_of(report));
}

// The schedule file names the version of Coweave that wrote it; all else is compared as it is.
TEST(GoldenSchedule, OfAnOverdraft) {
  const Report report = explore(golden::overdraft, options_for("overdraft"));
  ASSERT_TRUE(report.failed());
  const Schedule schedule = with_explanation(report.failures.front());  // As it is saved.
  std::string json = schedule.to_json();
  const std::string version = nlohmann::json::parse(json).at("coweave").get<std::string>();
  const std::string member = "\"coweave\": \"" + version + "\"";
  ASSERT_NE(json.find(member), std::string::npos);
  json.replace(json.find(member), member.size(), "\"coweave\": \"0.0.0\"");
  expect_golden("overdraft.json", json);
  EXPECT_EQ(Schedule::from_json(json, "golden"), schedule);
}

TEST(GoldenReport, OfALockOrderDeadlockWithHoldersAndCycle) {
  const Report report = explore(golden::lock_order_deadlock, options_for("lock_order_deadlock"));
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  EXPECT_THAT(text_of(report), HasSubstr("cycle: transfer#1 waits for transfer#2 waits for"));
  expect_golden("lock_order_deadlock.txt", text_of(report));
}

TEST(GoldenReport, OfAnOverReleasedSemaphoreSuspectsTheStrayTaskOnly) {
  const Report report =
      explore(golden::over_released_semaphore, options_for("over_released_semaphore"));
  ASSERT_THAT(report, FailsWith(FailureKind::misuse));
  EXPECT_THAT(text_of(report), HasSubstr("suspect: stray releases"));
  EXPECT_THAT(text_of(report), Not(HasSubstr("suspect: user")));
  expect_golden("over_released_semaphore.txt", text_of(report));
}

TEST(GoldenReport, OfALeakedTask) {
  const Report report = explore(golden::leaked_task, options_for("leaked_task"));
  ASSERT_THAT(report, FailsWith(FailureKind::leaked_task));
  expect_golden("leaked_task.txt", text_of(report));
}

TEST(GoldenReport, OfAnExplorationThatPasses) {
  const Report report = explore(golden::overdraft_cured, options_for("overdraft_cured"));
  ASSERT_THAT(report, PassesExhaustively());
  expect_golden("exhaustively_passing.txt", text_of(report));
}

TEST(ReportJson, HasWhatTheReportHas) {
  const Report report = explore(golden::overdraft, options_for("overdraft"));
  const nlohmann::json json = nlohmann::json::parse(to_json(report));
  EXPECT_EQ(json.at("format"), "coweave-report");
  EXPECT_EQ(json.at("version"), 1);
  EXPECT_EQ(json.at("test"), "Golden.overdraft");
  EXPECT_EQ(json.at("verdict"), "failed");
  EXPECT_EQ(json.at("verdict_detail"), report.verdict_detail);
  EXPECT_EQ(json.at("strategy"), "default");
  EXPECT_EQ(json.at("seed"), 0);
  EXPECT_EQ(json.at("await_points"), "every");
  EXPECT_EQ(json.at("schedules"), report.schedules);
  EXPECT_EQ(json.at("failing"), 1);
  EXPECT_EQ(json.at("pruned"), 0);
  EXPECT_EQ(json.at("steps"), report.steps);
  EXPECT_TRUE(json.at("warnings").empty());
  ASSERT_EQ(json.at("failures").size(), 1U);
  const nlohmann::json& failure = json.at("failures").at(0);
  EXPECT_EQ(failure.at("kind"), "check");
  EXPECT_EQ(failure.at("message"), "overdrawn");
  EXPECT_EQ(failure.at("place").at("file"), "golden_programs.hpp");
  EXPECT_EQ(failure.at("place").at("line"), report.failures.front().place.line);
  EXPECT_EQ(failure.at("count"), 1);
  EXPECT_EQ(failure.at("await_points").size(), 3U);
  EXPECT_EQ(failure.at("await_points").at(0).at("answer"), "found");
  EXPECT_EQ(failure.at("schedule_file"), "");
  const Schedule schedule = Schedule::from_json(failure.at("schedule").dump(), "report");
  EXPECT_EQ(schedule, report.failures.front().schedule);
}

TEST(ReportJson, OfAPassingExplorationHasNoFailures) {
  const Report report = explore(golden::overdraft_cured, options_for("overdraft_cured"));
  const nlohmann::json json = nlohmann::json::parse(to_json(report));
  EXPECT_EQ(json.at("verdict"), "exhaustive");
  EXPECT_TRUE(json.at("failures").empty());
}

// Names and messages are the program's: whatever bytes they hold, the JSON parses.
TEST(ReportJson, ParsesWhateverTheProgramSays) {
  Report report = explore(golden::overdraft, options_for("overdraft"));
  ASSERT_TRUE(report.failed());
  report.failures.front().message = "a \"quote\", a\nline, and \xff";
  report.warnings.emplace_back("\xc3");
  EXPECT_TRUE(nlohmann::json::accept(to_json(report)));
}

TEST(ReportText, IsLaidOutForATerminal) {
  const Report report = explore(golden::overdraft, options_for("overdraft"));
  EXPECT_EQ(to_text(report, {}), text_of(report));
  const std::string ascii = to_text(report, {.width = 82, .charset = Charset::ascii});
  std::istringstream lines(ascii);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }))
        << line;
    if (line.find('|') != line.npos) {
      EXPECT_LE(line.size(), 82U) << line;
    }
  }
  EXPECT_THAT(ascii, HasSubstr("-+-"));
  EXPECT_THAT(to_text(report, {.width = 100}), HasSubstr("\u2502"));
}

}  // namespace
}  // namespace coweave
