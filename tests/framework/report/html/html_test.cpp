#include "coweave/report/html/html.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "coweave/core/error.hpp"
#include "coweave/core/rng.hpp"
#include "framework/schedule/sample_schedule.hpp"

// What a page holds; tests/browser operates it.

namespace coweave {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

/// The text between the tags of the data, which nothing within may end.
std::string data_text(const std::string& page) {
  const std::string open = "<script type=\"application/json\" id=\"data\">";
  const std::size_t start = page.find(open);
  if (start == page.npos) return "";
  const std::size_t end = page.find("</script", start);
  return page.substr(start + open.size(), end - start - open.size());
}

Json data_of(const Schedule& schedule, const HtmlOptions& options = {}) {
  return Json::parse(data_text(html_page(schedule, options)));
}

class HtmlPage : public testing::Test {
 protected:
  HtmlPage()
      : directory_(fs::path(testing::TempDir()) / ("coweave_html." + std::to_string(::getpid()))) {
    fs::remove_all(directory_);
    fs::create_directories(directory_ / "root/src");
  }
  ~HtmlPage() override { fs::remove_all(directory_); }

  void write(const std::string& file, const std::string& text) const {
    std::ofstream(directory_ / file, std::ios::binary) << text;
  }
  /// The sources in a page of a schedule whose first step is at `file`:`line`.
  [[nodiscard]] Json sources_at(const std::string& file, std::uint32_t line) const {
    Schedule schedule;
    schedule.trace.tasks = {{"0", "body", {}, false}};
    TraceStep step;
    step.ready = {0};
    step.place = {file, line};
    schedule.trace.steps = {step};
    HtmlOptions options;
    options.source_root = directory_ / "root";
    return data_of(schedule, options).at("sources");
  }

  fs::path directory_;
};

TEST_F(HtmlPage, IsWholeAndAsksForNothing) {
  const std::string page = html_page(samples::explained());
  EXPECT_THAT(page, testing::StartsWith("<!doctype html>\n"));
  EXPECT_THAT(page, testing::EndsWith("</html>\n"));
  EXPECT_THAT(page, HasSubstr("Content-Security-Policy\" content=\"default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("<title>Account.IsNeverOverdrawn fails - Coweave</title>"));
  for (const char* outside : {"http://", "https://", " src=", "@import", "url(h"}) {
    std::string rest = page;
    // The name of a namespace is no address.
    for (std::size_t at; (at = rest.find("\"http://www.w3.org/2000/svg\"")) != rest.npos;)
      rest.erase(at, 28);
    EXPECT_THAT(rest, Not(HasSubstr(outside)));
  }
  EXPECT_THAT(page, Not(HasSubstr("{{")));
}

TEST_F(HtmlPage, HasTheStepsOfBothExecutions) {
  const Schedule schedule = samples::explained();
  const Json data = data_of(schedule);
  EXPECT_EQ(data.at("test"), schedule.test);
  EXPECT_EQ(data.at("failure").at("kind"), "check failed");
  EXPECT_EQ(data.at("failure").at("message"), "balance >= 0\n  it was -60");
  ASSERT_EQ(data.at("runs").size(), 2U);
  EXPECT_EQ(data.at("runs")[0].at("steps").size(), 4U);
  EXPECT_EQ(data.at("runs")[1].at("steps").size(), 3U);
  EXPECT_EQ(data.at("parting"), 2);
  EXPECT_EQ(data.at("needs")[0].at("step"), 1);
  EXPECT_EQ(data.at("notes").size(), 1U);
  const Json& acquire = data.at("runs")[0].at("steps")[1];
  EXPECT_EQ(data.at("texts")[acquire.at("o").get<std::size_t>()], "acquire lock \"db\"");
  EXPECT_EQ(data.at("places")[acquire.at("p").get<std::size_t>()], Json({"bank.cpp", 12}));
  EXPECT_EQ(acquire.at("k"), Json({1, 2}));
  const Json& choice = data.at("runs")[0].at("steps")[2];
  EXPECT_EQ(data.at("texts")[choice.at("o").get<std::size_t>()], "choose 2 of 3");
  EXPECT_EQ(data.at("runs")[0].at("held")[0].at("to"), Json());  // To the end.
}

TEST_F(HtmlPage, TakesNothingForMarkup) {
  Schedule schedule = samples::small();
  schedule.test = "</title><script>alert(1)</script>{{style}}";
  schedule.trace.tasks[1].name =
      "</script><script>alert(2)</script><!-- {{data}} \x1b \u202e \u2028";
  schedule.failure->message = "</SCRIPT >\n]]>&amp;\\u003c";
  HtmlOptions options;
  options.schedule_file = "it's \"</script>\".json";
  const std::string page = html_page(schedule, options);
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
  EXPECT_THAT(page, Not(HasSubstr("\u202e")));
  const Json data = Json::parse(data_text(page));
  EXPECT_EQ(data.at("failure").at("message"), "</SCRIPT >\n]]>&amp;\\u003c");
  EXPECT_EQ(data.at("replay"), "coweave replay 'it'\\''s \"</script>\".json' -- TEST_BINARY");
  // Each element that scripts are in is one of the template's: styles, data, script.
  std::size_t ends = 0;
  for (std::size_t at = page.find("</script"); at != page.npos; at = page.find("</script", at + 1))
    ++ends;
  EXPECT_EQ(ends, 2U);
}

TEST_F(HtmlPage, IsMadeOfAnySchedule) {
  Rng rng(6);
  for (int i = 0; i < 300; ++i) {
    const Schedule schedule = samples::any(rng);
    const Json data = data_of(schedule, {.most_steps = 1 + rng.below(5)});
    ASSERT_EQ(data.at("runs")[0].at("total"), schedule.trace.steps.size());
  }
}

TEST_F(HtmlPage, HasTheLinesAroundAPlace) {
  std::string text;
  for (int line = 1; line <= 30; ++line) text += "line " + std::to_string(line) + "\n";
  write("root/src/a.cpp", text);
  const Json sources = sources_at("src/a.cpp", 10);
  ASSERT_EQ(sources.at("src/a.cpp").size(), 1U);
  EXPECT_EQ(sources.at("src/a.cpp")[0].at("first"), 6);
  EXPECT_EQ(sources.at("src/a.cpp")[0].at("lines").size(), 9U);  // Four on each side.
  EXPECT_EQ(sources.at("src/a.cpp")[0].at("lines")[4], "line 10");
  EXPECT_EQ(sources_at("src/a.cpp", 1).at("src/a.cpp")[0].at("lines").size(), 5U);
  EXPECT_EQ(sources_at("src/a.cpp", 1'000), Json::object());
}

TEST_F(HtmlPage, TidiesSourceLines) {
  write("root/src/a.cpp", "\tx\x1b[31m\r\n" + std::string(1'000, 'y') + "\n\xff\n");
  const Json lines = sources_at("src/a.cpp", 2).at("src/a.cpp")[0].at("lines");
  EXPECT_EQ(lines[0], "    x\\x1b[31m");
  EXPECT_EQ(lines[1].get<std::string>().size(), 244U);  // 240 and " ...".
  EXPECT_EQ(lines[2], "\\xff");
}

TEST_F(HtmlPage, ReadsNothingOutsideOfTheRoot) {
  write("secret.cpp", "secret\n");
  fs::create_symlink(directory_ / "secret.cpp", directory_ / "root/src/link.cpp");
  fs::create_directories(directory_ / "root2");
  write("root2/secret.cpp", "secret\n");
  for (const std::string& file :
       {std::string("../secret.cpp"), (directory_ / "secret.cpp").string(),
        std::string("src/../../secret.cpp"), std::string("src/link.cpp"),
        std::string("../root2/secret.cpp"), std::string("src"), std::string(""),
        std::string("no.cpp"), std::string("a\0b", 3), std::string("/dev/zero")})
    EXPECT_EQ(sources_at(file, 1), Json::object()) << file;
}

Schedule long_schedule(std::uint32_t steps, std::uint32_t failing) {
  Schedule schedule;
  schedule.trace.tasks = {{"0", "body", {}, false}};
  schedule.trace.steps.resize(steps);
  for (TraceStep& step : schedule.trace.steps) step.ready = {0};
  schedule.failure = ScheduleFailure{FailureKind::check, "", {}, failing};
  return schedule;
}

TEST_F(HtmlPage, HoldsTheStepsUpToTheFailureWhereNotAllFit) {
  const auto window = [](const Schedule& schedule, const HtmlOptions& options) {
    const Json run = data_of(schedule, options).at("runs")[0];
    return std::pair(run.at("first").get<int>(), run.at("steps").size());
  };
  EXPECT_EQ(window(long_schedule(100, 99), {.most_steps = 100}), std::pair(0, std::size_t{100}));
  EXPECT_EQ(window(long_schedule(101, 100), {.most_steps = 100}), std::pair(1, std::size_t{100}));
  // A tenth of them follows the failure: steps 501 - 90 to 511.
  EXPECT_EQ(window(long_schedule(1'000, 500), {.most_steps = 100}),
            std::pair(411, std::size_t{100}));
  EXPECT_EQ(window(long_schedule(1'000, 3), {.most_steps = 100}), std::pair(0, std::size_t{100}));
  EXPECT_EQ(window(long_schedule(1'000, 3), {.first_step = 950, .most_steps = 100}),
            std::pair(950, std::size_t{50}));
  EXPECT_EQ(window(long_schedule(10, 3), {.first_step = 5'000, .most_steps = 100}),
            std::pair(10, std::size_t{0}));
}

TEST_F(HtmlPage, IsWrittenWholeWithItsDirectory) {
  const fs::path file = directory_ / "new/page.html";
  write_html(file, samples::small());
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  EXPECT_EQ(text.str(), html_page(samples::small()));
  EXPECT_THROW(write_html(directory_, samples::small()), Error);
}

TEST_F(HtmlPage, OfAFailureHasItsExplanation) {
  Failure failure;
  failure.schedule = samples::small();
  failure.found_with = 9;
  failure.explanation.needs = {"step 2: a goes before b"};
  failure.explanation.need_steps = {1};
  failure.evidence = {{AwaitPoints::suspending, AwaitPointsEvidence::Answer::absent, 20}};
  failure.schedule_file = "kept/a.json";
  const fs::path file = directory_ / "page.html";
  write_html(file, failure);
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  const Json data = Json::parse(data_text(text.str()));
  EXPECT_EQ(data.at("needs")[0].at("text"), "step 2: a goes before b");
  EXPECT_EQ(data.at("notes"),
            Json({"2 deviations from production order (found with 9)",
                  "AwaitPoints::suspending (asyncio's rule): it does not exist (in none of all 20 "
                  "schedules)"}));
  EXPECT_EQ(data.at("replay"), "coweave replay kept/a.json -- TEST_BINARY");
}

}  // namespace
}  // namespace coweave
