#include "coweave/report/export/export.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "coweave/core/rng.hpp"
#include "coweave/diagnosis/diagnosis.hpp"
#include "framework/schedule/sample_schedule.hpp"

namespace coweave {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// Chrome trace events.

/// What the format asks of every event, and Perfetto of what belongs together; whatever the
/// schedule.
void expect_well_formed(const Json& trace) {
  ASSERT_TRUE(trace.at("traceEvents").is_array());
  std::map<std::uint64_t, int> flows;  // Starts less ends, by id.
  std::map<std::string, int> held;
  std::map<std::pair<int, int>, std::vector<std::pair<std::uint64_t, std::uint64_t>>> slices;
  std::set<std::pair<int, int>> named;
  for (const Json& event : trace.at("traceEvents")) {
    const std::string phase = event.at("ph");
    ASSERT_THAT(std::string("MXsfbei"), HasSubstr(phase));
    ASSERT_TRUE(event.at("name").is_string());
    const int pid = event.at("pid");
    ASSERT_GE(pid, 1);
    if (phase == "M") {
      if (event.at("name") == "thread_name") {
        named.emplace(pid, event.at("tid").get<int>());
        EXPECT_TRUE(event.at("args").at("name").is_string());
      }
      continue;
    }
    ASSERT_TRUE(event.at("ts").is_number_unsigned()) << event;
    ASSERT_TRUE(event.at("cat").is_string());
    const int tid = event.at("tid");
    EXPECT_TRUE(named.count({pid, tid})) << "a thread without a name: " << event;
    const std::uint64_t start = event.at("ts");
    if (phase == "X")
      slices[{pid, tid}].emplace_back(start, start + event.at("dur").get<std::uint64_t>());
    if (phase == "s") ++flows[event.at("id")];
    if (phase == "f") {
      --flows[event.at("id")];
      EXPECT_EQ(event.at("bp"), "e");
    }
    if (phase == "b") ++held[event.at("id")];
    if (phase == "e") --held[event.at("id")];
    if (phase == "i") {
      EXPECT_THAT(event.at("s").get<std::string>(), testing::AnyOf("g", "t"));
    }
  }
  for (const auto& [id, open] : flows) EXPECT_EQ(open, 0) << "flow " << id;
  for (const auto& [id, open] : held) EXPECT_EQ(open, 0) << "held " << id;
  for (auto& [thread, list] : slices) {
    std::sort(list.begin(), list.end());
    for (std::size_t i = 1; i < list.size(); ++i)
      EXPECT_LE(list[i - 1].second, list[i].first) << "slices of one thread overlap";
  }
  for (const Json& event : trace.at("traceEvents")) {
    if (event.at("ph") != "f" && event.at("ph") != "s") continue;
    const std::uint64_t at = event.at("ts");
    const auto& there = slices[{event.at("pid").get<int>(), event.at("tid").get<int>()}];
    EXPECT_TRUE(
        std::any_of(there.begin(), there.end(),
                    [at](const auto& slice) { return slice.first <= at && at < slice.second; }))
        << "a flow outside of the slices: " << event;
  }
}

TEST(ChromeTrace, HasASliceForEachStepAndAThreadForEachTask) {
  const Json trace = Json::parse(to_chrome_trace(samples::small()));
  expect_well_formed(trace);
  std::vector<std::string> slices;
  std::vector<std::string> threads;
  for (const Json& event : trace.at("traceEvents")) {
    if (event.at("ph") == "X" && event.at("cat") != "blocked") slices.push_back(event.at("name"));
    if (event.at("name") == "thread_name") threads.push_back(event.at("args").at("name"));
  }
  EXPECT_EQ(slices, (std::vector<std::string>{"start", "acquire lock \"db\"", "choose", "start"}));
  EXPECT_EQ(threads, (std::vector<std::string>{"body", "withdraw#1", "task 0.2"}));
}

TEST(ChromeTrace, LeadsFromASpawnToTheFirstStep) {
  const Json trace = Json::parse(to_chrome_trace(samples::small()));
  // The body (thread 1) spawns both in step 1; their first steps are 4 (thread 2) and 2 (thread 3).
  std::vector<std::pair<int, std::uint64_t>> ends;
  for (const Json& event : trace.at("traceEvents"))
    if (event.at("ph") == "f") ends.emplace_back(event.at("tid"), event.at("ts"));
  EXPECT_THAT(ends, testing::ElementsAre(testing::Pair(2, 3'001), testing::Pair(3, 1'001)));
}

TEST(ChromeTrace, MarksTheFailureTheNeedsAndWhatIsHeld) {
  const Json trace = Json::parse(to_chrome_trace(samples::explained()));
  expect_well_formed(trace);
  std::vector<std::string> marks;
  std::vector<std::string> held;
  std::set<int> processes;
  for (const Json& event : trace.at("traceEvents")) {
    if (event.at("ph") == "i") marks.push_back(event.at("name"));
    if (event.at("ph") == "b") held.push_back(event.at("name"));
    processes.insert(event.at("pid").get<int>());
  }
  EXPECT_THAT(marks, testing::ElementsAre(testing::StartsWith("needed: step 2"),
                                          testing::StartsWith("check failed: balance")));
  // In the failing execution, and in the passing one.
  EXPECT_EQ(held, (std::vector<std::string>(2, "task 0.2 holds lock \"db\"")));
  EXPECT_EQ(processes, (std::set<int>{1, 2}));
}

TEST(ChromeTrace, IsWellFormedWhateverTheSchedule) {
  Rng rng(3);
  for (int i = 0; i < 500; ++i) {
    Schedule schedule = samples::any(rng);
    // A task that is blocked makes no step afterwards; the others of this sample know no such rule.
    schedule.trace.blocked.clear();
    ASSERT_NO_FATAL_FAILURE(expect_well_formed(Json::parse(to_chrome_trace(schedule)))) << i;
    ASSERT_FALSE(HasFailure()) << i << "\n" << schedule.to_json();
  }
}

// Mermaid.

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// The part of Mermaid's grammar that is used, with texts of harmless characters and entities only.
void expect_mermaid(const std::string& text) {
  static const std::string word =
      R"((?:[A-Za-z0-9 _.()/+*=!'\[\]|~^$?-]|[\x80-\xff]|#[0-9]+;|<br/>|,)*)";
  static const std::regex participant("  participant (t[0-9]+|none) as " + word);
  static const std::regex note("  Note over t[0-9]+(,t[0-9]+)?: " + word);
  static const std::regex arrow("  t[0-9]+(->>|-\\)|-x)t[0-9]+: " + word);
  static const std::regex box(R"(  rect rgba\(220, 60, 50, 0\.25\)|  end)");
  const std::vector<std::string> lines = lines_of(text);
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.front(), "sequenceDiagram");
  for (std::size_t i = 1; i < lines.size(); ++i)
    EXPECT_TRUE(std::regex_match(lines[i], participant) || std::regex_match(lines[i], note) ||
                std::regex_match(lines[i], arrow) || std::regex_match(lines[i], box))
        << "line " << i << ": " << lines[i];
}

TEST(Mermaid, DrawsStepsAndWhoSpawnedWhom) {
  const std::string text = to_mermaid(samples::explained());
  expect_mermaid(text);
  EXPECT_EQ(text, R"(sequenceDiagram
  participant t0 as body
  participant t1 as withdraw#35;1
  participant t2 as task 0.2
  Note over t0: 1 start
  t0-)t1: spawns
  t0-)t2: spawns
  Note over t2: 2 *1 acquire lock #34;db#34;<br/>bank.cpp#58;12<br/>takes lock #34;db#34;
  Note over t2: 3 * choose 2 of 3<br/>bank.cpp#58;13
  rect rgba(220, 60, 50, 0.25)
  Note over t1: 4 start<br/>fails a check<br/>ends<br/>check failed
  end
  Note over t0: waits#58; gather<br/>bank.cpp#58;22
  Note over t2: waits#58; acquire bounded semaphore outside/1<br/>bank.cpp#58;15
)");
}

TEST(Mermaid, EscapesWhateverTheNames) {
  Rng rng(4);
  for (int i = 0; i < 500; ++i) {
    expect_mermaid(to_mermaid(samples::any(rng)));
    ASSERT_FALSE(HasFailure()) << i;
  }
  Schedule schedule = samples::small();
  schedule.trace.tasks[1].name = "a;b\n%%{init: {}}%% ``` <script> end";
  const std::string text = to_mermaid(schedule);
  expect_mermaid(text);
  EXPECT_THAT(text, Not(HasSubstr("%%")));
  EXPECT_THAT(text, Not(HasSubstr("```")));
}

Schedule long_schedule(std::uint32_t steps, std::uint32_t failing) {
  Schedule schedule;
  schedule.trace.tasks = {{"0", "body", {}, false}};
  schedule.trace.steps.resize(steps);
  for (TraceStep& step : schedule.trace.steps) {
    step.operation = OperationKind::yield;
    step.ready = {0};
  }
  schedule.failure = ScheduleFailure{FailureKind::check, "", {}, failing};
  return schedule;
}

TEST(Mermaid, KeepsFortyStepsAndCountsTheOthers) {
  Schedule schedule = long_schedule(152, 151);
  const auto steps_of = [](const std::string& text) {
    const std::vector<std::string> lines = lines_of(text);
    return std::count_if(lines.begin(), lines.end(),
                         [](const std::string& line) { return line.find("yield") != line.npos; });
  };
  std::string text = to_mermaid(schedule, {.file = "a b.json"});
  EXPECT_EQ(steps_of(text), 40);
  EXPECT_THAT(text, HasSubstr("  Note over t0: ... 112 earlier steps in a b.json\n"));
  // A step that the failure needs is kept, whatever lies between: 152 - 39 is 113, and 10 and 102.
  schedule.explanation.needs = {{10, "step 11"}};
  text = to_mermaid(schedule);
  EXPECT_EQ(steps_of(text), 40);
  EXPECT_THAT(text, HasSubstr(": ... 10 earlier steps\n"));
  EXPECT_THAT(text, HasSubstr(": 11 *1 yield"));
  EXPECT_THAT(text, HasSubstr(": ... 102 steps\n"));
  // Of what follows the failure a few are enough: 40 / 6.
  text = to_mermaid(long_schedule(200, 100));
  EXPECT_EQ(steps_of(text), 40);
  EXPECT_THAT(text, HasSubstr(": ... 67 earlier steps\n"));
  EXPECT_THAT(text, HasSubstr(": ... 93 later steps\n"));
  EXPECT_EQ(steps_of(to_mermaid(schedule, {.most_steps = 0})), 152);
}

}  // namespace
}  // namespace coweave
