#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>

#include "coweave/exploration/failures/story.hpp"
#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"
#include "coweave/report/export/export.hpp"
#include "coweave/report/export/github.hpp"
#include "coweave/report/html/html.hpp"
#include "coweave/report/text/report_text.hpp"
#include "coweave/report/text/timeline.hpp"

// Whatever a program says, and however much: what is told of it stays readable and bounded.

namespace coweave {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Options brief() { return {.name = "Messages.Test", .compare_await_points = false}; }

Task<> says_much() {
  co_await yield();
  EXPECT_TRUE(false) << std::string(5'000'000, 'x');
}
Task<> says_much_in_two_bytes_each() {
  co_await yield();
  std::string text = "a";
  for (int i = 0; i < 100'000; ++i) text += "\u00e4";
  check(false, text);
}
Task<> fails_often() {
  co_await yield();
  for (int i = 0; i < 20'000; ++i) EXPECT_EQ(i, -1);
}
Task<> fails_often_and_throws() {
  co_await yield();
  for (int i = 0; i < 1'000; ++i) check(i < 0, "number " + std::to_string(i));
  throw std::runtime_error("at the end");
}
Task<> controls() {
  co_await yield();
  EXPECT_TRUE(false)
      << "esc\x1b[31mred\x1b[0m \xff\xfe </script><script>alert(1)</script> \r\n ]]> &";
}

/// Everything that a person or a program reads of a failure.
std::vector<std::string> outputs_of(const Report& report) {
  std::ostringstream text;
  text << report;
  const Failure& failure = report.failures.front();
  const Schedule schedule = with_explanation(failure);
  std::vector<std::string> outputs{text.str(),
                                   to_text(report, {.charset = Charset::ascii}),
                                   to_json(report),
                                   schedule.to_json(),
                                   html_page(schedule),
                                   draw_timeline(schedule),
                                   to_mermaid(schedule),
                                   to_chrome_trace(schedule),
                                   github_summary(report, 1'000'000, nullptr)};
  std::string annotations;
  for (const std::string& line : github_annotations(report, {})) annotations += line + "\n";
  outputs.push_back(std::move(annotations));
  return outputs;
}

TEST(FailureMessage, OfMillionsOfBytesIsCutAndSaysSo) {
  const Report report = explore(says_much, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const std::string& message = report.failures.front().message;
  EXPECT_LT(message.size(), 17'000U);
  EXPECT_THAT(message, AllOf(HasSubstr("Expected: true"), HasSubstr(" more bytes)")));
  for (const std::string& output : outputs_of(report)) EXPECT_LT(output.size(), 200'000U);
}

TEST(FailureMessage, IsCutBehindAWholeCharacter) {
  const Report report = explore(says_much_in_two_bytes_each, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const std::string& message = report.failures.front().message;
  // 1 + 2 n bytes: 16384 would cut the last character, 16383 are kept of 200001.
  EXPECT_THAT(message, testing::EndsWith("\u00e4... (183618 more bytes)"));
  EXPECT_EQ(printable(message), message);
}

TEST(FailureMessage, OfManyFailuresSaysTheFirstOnesAndCountsTheRest) {
  const Report report = explore(fails_often, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const Failure& failure = report.failures.front();
  EXPECT_EQ(failure.also.size(), 16U);  // 15 of 16 that are kept, and how many more.
  EXPECT_EQ(failure.also.back(), "19984 more failures");
  for (const std::string& output : outputs_of(report)) EXPECT_LT(output.size(), 100'000U);
}

TEST(FailureMessage, OfManyFailuresStillSaysHowTheExecutionEnded) {
  const Report report = explore(fails_often_and_throws, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const Failure& failure = report.failures.front();
  EXPECT_EQ(failure.message, "number 0");
  ASSERT_EQ(failure.also.size(), 17U);
  EXPECT_THAT(failure.also[15], HasSubstr("exception: std::runtime_error left the test body"));
  EXPECT_EQ(failure.also[16], "984 more failures");
}

TEST(FailureMessage, ReachesNothingAsAControlCharacter) {
  const Report report = explore(controls, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  for (const std::string& output : outputs_of(report)) {
    EXPECT_TRUE(std::none_of(output.begin(), output.end(), [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return (byte < 0x20 && c != '\n') || byte == 0x7F || byte == 0xFF || byte == 0xFE;
    })) << output;
  }
  std::ostringstream text;
  text << report;
  EXPECT_THAT(text.str(), HasSubstr(R"(esc\x1b[31mred\x1b[0m \xff\xfe </script>)"));
  EXPECT_THAT(html_page(with_explanation(report.failures.front())),
              Not(HasSubstr("<script>alert(1)")));
  EXPECT_TRUE(nlohmann::json::accept(to_json(report)));
}

}  // namespace
}  // namespace coweave
