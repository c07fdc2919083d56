#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "bug_catalog.hpp"
#include "coweave/diagnosis/diagnosis.hpp"
#include "coweave/exploration/failures/story.hpp"
#include "coweave/gtest.hpp"
#include "coweave/report/text/report_text.hpp"

// What is told of the fifteen bugs of README.md, byte for byte in tests/golden/bugs; and that the
// story, the drawing of the interleaving apart, names the lines that a reviewer would point at.

namespace {

using coweave::Failure;
using coweave::FailureKind;
using coweave::Report;

/// A line of a program by what it says; `nth` of those that say so.
struct CodeLine {
  std::string_view file;
  std::string_view text;
  std::size_t nth = 1;
};

struct Story {
  std::string_view bug;
  FailureKind kind;
  std::size_t deviations;  // The column d of README.md.
  std::vector<CodeLine> lines;
};
void PrintTo(const Story& story, std::ostream* out) { *out << story.bug; }

constexpr std::string_view a01 = "a01_shared_counter.hpp";
constexpr std::string_view a02 = "a02_disconnect_during_broadcast.hpp";
constexpr std::string_view a03 = "a03_over_released_semaphore.hpp";
constexpr std::string_view a04 = "a04_coalesced_event.hpp";
constexpr std::string_view a05 = "a05_connection_state.hpp";
constexpr std::string_view a06 = "a06_lost_lock_wakeup.hpp";
constexpr std::string_view a07 = "a07_lock_granted_twice.hpp";
constexpr std::string_view a08 = "a08_semaphore_barging.hpp";
constexpr std::string_view a09 = "a09_semaphore_stuck.hpp";
constexpr std::string_view a10 = "a10_lost_notification.hpp";
constexpr std::string_view a11 = "a11_lost_queue_item.hpp";
constexpr std::string_view a12 = "a12_single_waiter_slot.hpp";
constexpr std::string_view a13 = "a13_reply_left_on_connection.hpp";
constexpr std::string_view a14 = "a14_connection_limit.hpp";
constexpr std::string_view a15 = "a15_pool_fills_twice.hpp";
constexpr std::string_view actors = "actors.hpp";

const std::array<Story, 15> stories{{
    // The await between the read and the write.
    {"A01", FailureKind::check, 0, {{a01, "co_await io()"}}},
    // A send is collected, then the disconnector runs, then that send.
    {"A02", FailureKind::exception, 0, {{a02, "sends.push_back(coweave::spawn(send"}}},
    // The release without an acquire, and the await inside the section.
    {"A03", FailureKind::check, 1, {{a03, "permits.release()", 2}, {a03, "co_await io()"}}},
    // The set that wakes nobody, and the wait that never ends.
    {"A04",
     FailureKind::check,
     1,
     {{a04, "triggered.set()"}, {a04, "co_await state->triggered.wait()"}}},
    // The wait that is not repeated, and the await between the two notifications.
    {"A05",
     FailureKind::check,
     0,
     {{a05, "co_await connection.changed.wait()"}, {a05, "co_await io()"}}},
    // The release (in the step from A's await), the cancellation, the sleep that ends by it.
    {"A06",
     FailureKind::deadlock,
     0,
     {{a06, "co_await io()"}, {actors, "target.cancel()"}, {a06, "co_await woken.wait()"}}},
    // The sleep that two are woken from, and the section that both are in.
    {"A07", FailureKind::check, 1, {{a07, "co_await woken.wait()"}, {a07, "co_await io()"}}},
    // The round in which the other one arrives.
    {"A08", FailureKind::check, 0, {{a08, "co_await io()"}}},
    {"A09",
     FailureKind::deadlock,
     0,
     {{a09, "co_await io()"}, {a09, "waiter.cancel()"}, {a09, "co_await woken.wait()"}}},
    {"A10",
     FailureKind::check,
     1,
     {{actors, "target.cancel()"}, {a10, "co_await notified.wait()"}}},
    {"A11",
     FailureKind::check,
     1,
     {{a11, "co_await io()"}, {actors, "target.cancel()"}, {a11, "co_await getter.served.wait()"}}},
    // The pause lasts over the await of the socket; both senders come from theirs.
    {"A12", FailureKind::exception, 2, {{a12, "co_await io()"}, {a12, "co_await io()", 2}}},
    // Cancelled between the request and its reply.
    {"A13", FailureKind::check, 1, {{a13, "co_await io()"}}},
    // The wait that is not repeated, and the connection that the newcomer has.
    {"A14", FailureKind::check, 0, {{a14, "co_await woken.wait()"}, {a14, "co_await io()", 2}}},
    // The put that waits for room, and the second task that fills the pool.
    {"A15",
     FailureKind::deadlock,
     0,
     {{a15, "co_await woken.wait()"}, {a15, "spawn(use(pool), \"T3\")"}}},
}};

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

/// "a01_shared_counter.hpp:14"; empty if there is no such line.
std::string place_of(const CodeLine& line) {
  std::ifstream in(std::filesystem::path(COWEAVE_PROGRAMS_DIR) / line.file);
  std::size_t number = 0;
  std::size_t seen = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (text.find(line.text) != text.npos && ++seen == line.nth)
      return std::string(line.file) + ":" + std::to_string(number);
  }
  return {};
}

/// All that is told in sentences.
std::string told(const Failure& failure) {
  std::string text = to_string(failure.place) + "\n";
  for (const std::string& line : coweave::diagnose(failure.schedule)) text += line + "\n";
  for (const std::string& line : failure.explanation.needs) text += line + "\n";
  for (const std::string& line : failure.explanation.tried) text += line + "\n";
  if (const auto& passing = failure.explanation.passing)
    text += passing->failing + "\n" + passing->passing + "\n" + passing->between + "\n";
  return text;
}

class BugStory : public ::testing::TestWithParam<Story> {};

TEST_P(BugStory, IsShortTrueAndNamesTheLines) {
  const Story& story = GetParam();
  const auto bug =
      std::find_if(programs::bugs.begin(), programs::bugs.end(),
                   [&](const programs::NamedBug& named) { return named.name == story.bug; });
  ASSERT_NE(bug, programs::bugs.end());
  coweave::Options options;
  options.await_points = coweave::AwaitPoints::suspending;  // The model of README.md.
  options.name = "Bugs." + std::string(story.bug);
  options.source_root = {};
  const Report report = coweave::explore(bug->buggy, options);
  ASSERT_THAT(report, coweave::FailsWith(story.kind));
  const Failure& failure = report.failures.front();
  EXPECT_EQ(failure.schedule.deviations(), story.deviations);
  const std::string text = told(failure);
  for (const CodeLine& line : story.lines) {
    const std::string place = place_of(line);
    ASSERT_FALSE(place.empty()) << line.file << " says nowhere: " << line.text;
    EXPECT_TRUE(text.find(place + " ") != text.npos || text.find(place + "\n") != text.npos ||
                text.find(place + ")") != text.npos || text.find(place + ",") != text.npos)
        << place << " is not named in\n"
        << text;
  }

  std::ostringstream found;
  found << report;
  const std::filesystem::path golden =
      std::filesystem::path(COWEAVE_GOLDEN_DIR) / "bugs" / (std::string(story.bug) + ".txt");
  const char* const update = std::getenv("COWEAVE_UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") {
    std::filesystem::create_directories(golden.parent_path());
    std::ofstream(golden, std::ios::binary) << found.str();
    return;
  }
  const std::string expected = read(golden);
  EXPECT_TRUE(found.str() == expected) << golden << "\n--- expected:\n"
                                       << expected << "--- found:\n"
                                       << found.str();
}

INSTANTIATE_TEST_SUITE_P(Of, BugStory, ::testing::ValuesIn(stories),
                         [](const ::testing::TestParamInfo<Story>& story) {
                           return std::string(story.param.bug);
                         });

}  // namespace
