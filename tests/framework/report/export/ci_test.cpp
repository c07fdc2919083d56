// What a CI service and a terminal are told: annotations, summaries, progress.

#include <coweave/gtest.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "coweave/report/export/github.hpp"
#include "coweave/report/text/progress_line.hpp"

namespace {

using coweave::Failure;
using coweave::Progress;
using coweave::Report;
using coweave::Task;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

Report failing(const std::string& message) {
  Report report;
  report.test = "Suite.Test, the first: a";
  report.verdict = coweave::Verdict::failed;
  report.verdict_detail = "after 1 schedule";
  Failure failure;
  failure.message = message;
  failure.place = {"dir/a,b:c%.cpp", 12};
  report.failures.push_back(failure);
  return report;
}

TEST(GithubAnnotations, EscapePropertiesAndMessages) {
  EXPECT_THAT(
      coweave::github_annotations(failing("100% wrong:\r\nreally, ::error::"), {"test.cpp", 3}),
      ElementsAre("::error file=dir/a%2Cb%3Ac%25.cpp,line=12,title=Suite.Test%2C the first%3A "
                  "a%3A check failed::100%25 wrong:\\r%0Areally, ::error::%0Aafter 1 schedule"));
}

TEST(GithubAnnotations, StandAtTheTestWhereThePlaceIsUnknown) {
  Report report = failing("deadlock");
  report.failures[0].place = {};
  EXPECT_THAT(coweave::github_annotations(report, {"test.cpp", 3}),
              ElementsAre(StartsWith("::error file=test.cpp,line=3,title=")));
  EXPECT_THAT(coweave::github_annotations(report, {}),
              ElementsAre(StartsWith("::error title=Suite.Test")));
  EXPECT_THAT(coweave::github_annotations(Report{}, {"test.cpp", 3}), IsEmpty());
}

Task<> write(int& value, int written) {
  co_await coweave::yield();
  value = written;
}
Task<> first_comes_last() {
  int value = 0;
  co_await coweave::gather(write(value, 1), write(value, 2));
  coweave::check(value == 2, "the first came last");
}

TEST(GithubAnnotations, MarkTheAwaitsThatDeviate) {
  const Report report = coweave::explore(first_comes_last, {.name = "Suite.Test"});
  const std::vector<std::string> lines = coweave::github_annotations(report, {"test.cpp", 3});
  ASSERT_EQ(lines.size(), 2U);  // One deviation.
  EXPECT_THAT(lines[0],
              AllOf(StartsWith("::error file=tests/framework/report/export/ci_test.cpp,line="),
                    HasSubstr("the first came last")));
  EXPECT_THAT(lines[1],
              AllOf(StartsWith("::warning file=tests/framework/report/export/ci_test.cpp,line="),
                    HasSubstr(" of the failing schedule: write#2 (")));
}

TEST(GithubSummary, HoldsTheStoryAndStaysBelowItsLimit) {
  const Report report = coweave::explore(first_comes_last, {.name = "Suite.Test"});
  const std::string whole = coweave::github_summary(report, 1'000'000);
  EXPECT_THAT(whole, AllOf(StartsWith("### Suite.Test\n\n```text\n"),
                           HasSubstr("the first came last"), EndsWith("```\n\n")));
  for (std::size_t most = 0; most < whole.size(); most += 7) {
    const std::string cut = coweave::github_summary(report, most);
    EXPECT_LE(cut.size(), most);
    if (!cut.empty()) {
      EXPECT_THAT(cut, AllOf(HasSubstr("cut here"), EndsWith("\n```\n\n")));
    }
  }
  EXPECT_EQ(coweave::github_summary(report, whole.size()), whole);
  EXPECT_EQ(coweave::github_summary(Report{}, 1'000), "");
}

TEST(GithubSummary, DrawsWhereThereIsRoom) {
  const Report report = coweave::explore(first_comes_last, {.name = "Suite.Test"});
  const auto drawing = [](const coweave::Schedule& schedule) {
    return "drawing of " + schedule.test;
  };
  const std::string plain = coweave::github_summary(report, 1'000'000);
  const std::string drawn = coweave::github_summary(report, 1'000'000, drawing);
  EXPECT_EQ(drawn, plain + "```mermaid\ndrawing of Suite.Test\n```\n\n");
  EXPECT_EQ(coweave::github_summary(report, drawn.size() - 1, drawing), plain);
}

TEST(GithubSummary, CannotBeLeftByWhatAMessageHolds) {
  const std::string text = coweave::github_summary(failing("```\n````\n# my own heading"), 10'000);
  EXPECT_THAT(text, AllOf(HasSubstr("\n`````text\n"), EndsWith("\n`````\n\n")));
}

Progress sample(std::chrono::nanoseconds elapsed) {
  Progress progress;
  progress.test = "Pool.Closes";
  progress.phase = "bounded";
  progress.schedules = 120'000;
  progress.max_time = std::chrono::seconds(10);
  progress.elapsed = elapsed;
  progress.rate = 40'000.4;
  progress.interleavings = 400'000;
  progress.bound = coweave::CompletedBound{2, 800, true, "production order"};
  return progress;
}

TEST(ProgressText, SaysHowFarItIs) {
  EXPECT_EQ(
      to_string(sample(std::chrono::seconds(3))),
      "Pool.Closes: bounded: 120000 schedules, 40000 a second, 30% of about 4.0e+05, all of at "
      "most 2 deviations, 3 s of 10 s");
  Progress bare;
  EXPECT_EQ(to_string(bare), "exploration: : 0 schedules, 0 a second, 0 s of 0 s");
}

class Output {
 public:
  Output() : file_(std::tmpfile()) {}
  ~Output() { std::fclose(file_); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  [[nodiscard]] std::FILE* file() const { return file_; }
  [[nodiscard]] std::string text() const {
    std::fflush(file_);
    std::rewind(file_);
    std::string text;
    for (int c = 0; (c = std::fgetc(file_)) != EOF;) text += static_cast<char>(c);
    return text;
  }

 private:
  std::FILE* file_;
};

TEST(ProgressLine, IsOneEveryTenSecondsWhereThereIsNoTerminal) {
  const Output output;
  {
    coweave::ProgressLine line(output.file(), 0);
    for (int tenths = 1; tenths <= 250; ++tenths)
      line.show(sample(tenths * std::chrono::milliseconds(100)));
  }
  EXPECT_THAT(output.text(), MatchesRegex("\\[  coweave \\] Pool.*, 10 s of 10 s\n"
                                          "\\[  coweave \\] Pool.*, 20 s of 10 s\n"));
}

TEST(ProgressLine, IsRewrittenOnATerminalAndErased) {
  const Output output;
  {
    coweave::ProgressLine line(output.file(), 20);
    line.show(sample(std::chrono::milliseconds(900)));
    line.show(sample(std::chrono::milliseconds(1'000)));
    line.show(sample(std::chrono::milliseconds(1'100)));
    line.show(sample(std::chrono::milliseconds(1'300)));
  }
  const std::string once = "\r\x1b[KPool.Closes: bounde";  // 19 columns: it does not wrap.
  EXPECT_EQ(output.text(), once + once + "\r\x1b[K");
}

TEST(ProgressLine, LeavesShortRunsAlone) {
  const Output output;
  {
    coweave::ProgressLine line(output.file(), 80);
    line.show(sample(std::chrono::milliseconds(999)));
  }
  EXPECT_EQ(output.text(), "");
  EXPECT_EQ(coweave::terminal_columns(output.file()), 0U);
}

}  // namespace
