#include "coweave/report/text/timeline.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "coweave/report/text/text_layout.hpp"
#include "framework/schedule/sample_schedule.hpp"

namespace coweave {
namespace {

using testing::HasSubstr;

std::size_t widest_line(const std::string& text) {
  std::size_t width = 0;
  for (const std::string_view line : split_lines(text))
    width = std::max(width, display_width(line));
  return width;
}

TEST(Timeline, DrawsAColumnForEachTask) {
  EXPECT_EQ(draw_timeline(samples::small(), {.width = 120}),
            R"(test          Account.IsNeverOverdrawn
failure       check at bank.cpp:14
strategy      pct, seed 18446744073709551615, execution 3
await points  operations
deviations    2 in 2 picks

       body                 │ withdraw#1                     │ task 0.2
       ─────────────────────┼────────────────────────────────┼─────────────────────────────────
   1   start                │                                │
   2 *                      │                                │ acquire lock "db" at bank.cpp:12
                            │                                │   takes lock "db" at bank.cpp:12
   3 *                      │                                │ choose 2 of 3 at bank.cpp:13
>> 4                        │ start                          │
                            │   fails a check at bank.cpp:14 │
                            │   ends                         │
     failed: check at bank.cpp:14
     balance >= 0
       it was -60

blocked at the end
  body      gather at bank.cpp:22, since step 1
  task 0.2  acquire bounded semaphore outside/1 at bank.cpp:15, since step 3

* not the pick of the production order
)");
}

TEST(Timeline, LeavesOutTheFileWhereCellsWouldBeBroken) {
  EXPECT_EQ(draw_timeline(samples::small(), {.width = 80, .charset = Charset::ascii}),
            R"(test          Account.IsNeverOverdrawn
failure       check at bank.cpp:14
strategy      pct, seed 18446744073709551615, execution 3
await points  operations
deviations    2 in 2 picks

places like :14 are lines of bank.cpp
       body                 | withdraw#1             | task 0.2
       ---------------------+------------------------+-------------------------
   1   start                |                        |
   2 *                      |                        | acquire lock "db" at :12
                            |                        |   takes lock "db" at :12
   3 *                      |                        | choose 2 of 3 at :13
>> 4                        | start                  |
                            |   fails a check at :14 |
                            |   ends                 |
     failed: check at bank.cpp:14
     balance >= 0
       it was -60

blocked at the end
  body      gather at bank.cpp:22, since step 1
  task 0.2  acquire bounded semaphore outside/1 at bank.cpp:15, since step 3

* not the pick of the production order
)");
}

TEST(Timeline, WrapsCellsInANarrowTerminal) {
  EXPECT_EQ(
      draw_timeline(samples::small(),
                    {.width = 74, .charset = Charset::ascii, .header = false, .epilogue = false}),
      R"(places like :14 are lines of bank.cpp
       body                 | withdraw#1           | task 0.2
       ---------------------+----------------------+----------------------
   1   start                |                      |
   2 *                      |                      | acquire lock "db" at
                            |                      |   :12
                            |                      |   takes lock "db" at
                            |                      |     :12
   3 *                      |                      | choose 2 of 3 at :13
>> 4                        | start                |
                            |   fails a check at   |
                            |     :14              |
                            |   ends               |
)");
}

/// `steps` yields of the body, with the failure in one of them.
Schedule yields(std::uint32_t steps, std::uint32_t failing) {
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

TEST(Timeline, LeavesOutEarlierStepsButNotThoseThatTheFailureNeeds) {
  Schedule schedule = yields(142, 141);
  schedule.explanation.needs = {{9, "step 10: this goes before that"}};
  EXPECT_EQ(draw_timeline(schedule, {.width = 60,
                                     .charset = Charset::ascii,
                                     .header = false,
                                     .most_steps = 4,
                                     .file = "kept/a.json"}),
            R"(          body
          --------------------
          ... 9 earlier steps in kept/a.json
    10 *1 yield
          ... 129 steps
   140    yield
   141    yield
>> 142    yield
     failed: check

it needs this, and passes without
  *1 step 10: this goes before that
)");
}

// Of a file that does not say that later orders were all executed, as older ones do not.
TEST(Timeline, ClaimsTheLastMomentOnlyWhereTheFileSaysSo) {
  Schedule schedule = samples::explained();
  EXPECT_THAT(draw_timeline(schedule),
              HasSubstr("the last moment at which it could still pass is"));
  schedule.explanation.passing->is_last = false;
  const std::string text = draw_timeline(schedule);
  EXPECT_THAT(text, HasSubstr("the latest moment found at which it could still pass is step 3"));
  EXPECT_THAT(text, testing::Not(HasSubstr("the last moment")));
}

TEST(Timeline, MarksEveryDecisionThatHoldsATaskBack) {
  Schedule schedule = yields(8, 7);
  schedule.trace.tasks.push_back({"0.1", "held", {}, false});
  for (std::size_t step = 2; step < 6; ++step) {
    TraceStep& decision = schedule.trace.steps[step];
    decision.ready = {1, 0};
    decision.alternatives = 2;
    decision.pick = 1;
  }
  schedule.explanation.needs = {{2, "step 3: held is held back from here until body is over", 4}};
  const std::string text = draw_timeline(schedule, {.charset = Charset::ascii, .header = false});
  for (const char* const row : {"   3 *1 yield", "   4 *1 yield", "   5 *1 yield", "   6 *  yield"})
    EXPECT_THAT(text, HasSubstr(row));
}

TEST(Timeline, CountsWhatFollowsTheFailure) {
  const std::string text = draw_timeline(
      yields(100, 49), {.width = 60, .charset = Charset::ascii, .header = false, .most_steps = 30});
  // A sixth of the thirty steps follows the failure: 26 to 55.
  EXPECT_THAT(text, testing::AllOf(HasSubstr("... 25 earlier steps\n    26 "),
                                   HasSubstr("\n    55 "), HasSubstr("... 45 later steps\n")));
}

TEST(Timeline, GivesColumnsOnlyToTasksThatAreDrawn) {
  Schedule schedule = yields(40, 39);
  schedule.trace.tasks.push_back({"0.1", "early", {}, false});
  schedule.trace.steps[3].task = 1;
  EXPECT_THAT(draw_timeline(schedule, {.most_steps = 30}), testing::Not(HasSubstr("early")));
  EXPECT_THAT(draw_timeline(schedule, {}), HasSubstr("early"));
}

TEST(Timeline, ListsStepsWhereColumnsDoNotFit) {
  EXPECT_EQ(
      draw_timeline(samples::small(), {.width = 40, .charset = Charset::ascii, .header = false}),
      R"(   1   body: start
   2 * task 0.2: acquire lock "db" at bank.cpp:12; takes lock "db" at bank.cpp:12
   3 * task 0.2: choose 2 of 3 at bank.cpp:13
>> 4   withdraw#1: start; fails a check at bank.cpp:14; ends
     failed: check at bank.cpp:14
     balance >= 0
       it was -60

blocked at the end
  body      gather at bank.cpp:22, since
            step 1
  task 0.2  acquire bounded semaphore
            outside/1 at bank.cpp:15,
            since step 3

* not the pick of the production order
)");
}

TEST(Timeline, ColorsWhatMatters) {
  const std::string text = draw_timeline(samples::small(), {.width = 200, .color = true});
  EXPECT_THAT(text, HasSubstr("\x1b[1;31mcheck at bank.cpp:14\x1b[0m\n"));
  EXPECT_THAT(text, HasSubstr("\n\x1b[1;31m>>\x1b[0m \x1b[1;31m4\x1b[0m"));
  EXPECT_THAT(text, HasSubstr("\x1b[33m*\x1b[0m"));
  EXPECT_THAT(text, HasSubstr("     \x1b[1;31mbalance >= 0\x1b[0m\n"));
}

TEST(Timeline, HasTheSameTextWithoutColors) {
  std::string text = draw_timeline(samples::small(), {.width = 90, .color = true});
  for (std::size_t start = 0; (start = text.find('\x1b', start)) != text.npos;)
    text.erase(start, text.find('m', start) + 1 - start);
  EXPECT_EQ(text, draw_timeline(samples::small(), {.width = 90}));
}

TEST(Timeline, ListsThePicksOfAScheduleWithoutSteps) {
  Schedule schedule;
  schedule.picks = {0, 1, 2};
  schedule.failure = ScheduleFailure{FailureKind::deadlock, "nothing is ready", {}, 7};
  EXPECT_EQ(draw_timeline(schedule, {.charset = Charset::ascii}),
            R"(test          ?
failure       deadlock
strategy      ?, seed 0, execution 0
await points  every
deviations    2 in 3 picks

no steps are recorded; picks: 0 1 2
     failed: deadlock
     nothing is ready
)");
}

TEST(Timeline, KeepsToTheWidth) {
  for (std::size_t width = 74; width < 200; ++width) {
    const std::string text = draw_timeline(samples::small(), {.width = width});
    EXPECT_LE(widest_line(text), width) << text;
  }
}

TEST(Timeline, AlignsWideCharacters) {
  Schedule schedule = samples::small();
  schedule.trace.tasks[0].name = "\u4e16\u754c";
  const std::string text = draw_timeline(schedule, {.width = 120, .header = false});
  std::istringstream lines(text);
  std::string heading;
  std::string rule;
  std::getline(lines, heading);
  std::getline(lines, rule);
  const std::string bar = "\u2502";
  const std::string cross = "\u253C";
  EXPECT_EQ(display_width(heading.substr(0, heading.find(bar))),
            display_width(rule.substr(0, rule.find(cross))));
}

TEST(Timeline, LetsNoControlCharacterThrough) {
  Rng rng(3);
  for (int i = 0; i < 500; ++i) {
    const Schedule schedule = samples::any(rng);
    for (const Charset charset : {Charset::utf8, Charset::ascii}) {
      for (const std::size_t width : {std::size_t{0}, std::size_t{80}, std::size_t{200}}) {
        const std::string text = draw_timeline(schedule, {.width = width, .charset = charset});
        for (const std::string_view line : split_lines(text))
          ASSERT_EQ(printable(line, charset), line);
        ASSERT_TRUE(text.ends_with('\n'));
      }
    }
  }
}

}  // namespace
}  // namespace coweave
