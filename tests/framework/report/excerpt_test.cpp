#include <cstddef>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "coweave/exploration/failures/story.hpp"
#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"
#include "coweave/report/selection.hpp"

// Of a long schedule an excerpt is drawn, and what the text beside it names is in it.

namespace coweave {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;

std::string text_of(const Report& report) {
  std::ostringstream text;
  text << report;
  return std::move(text).str();
}

/// The numbers of the steps that are drawn: "  >> 12 *1 ...".
std::vector<std::size_t> drawn_in(const std::string& text) {
  std::vector<std::size_t> steps;
  const std::regex row("^ {2}(>>|  ) +([0-9]+) [ *]");
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (std::regex_search(line, found, row)) steps.push_back(std::stoul(found[2]));
  }
  return steps;
}

/// Every step that the text names is drawn.
void expect_named_is_drawn(const std::string& text) {
  const std::vector<std::size_t> drawn = drawn_in(text);
  ASSERT_FALSE(drawn.empty()) << text;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    for (const std::size_t step : steps_named_in(line))
      EXPECT_THAT(drawn, testing::Contains(step + 1)) << line << "\n\n" << text;
}

TEST(StepsNamedIn, FindsThemInSentences) {
  EXPECT_THAT(steps_named_in("step 3: withdraw#1 (yield at a.cpp:9) goes before"), ElementsAre(2));
  EXPECT_THAT(steps_named_in("b waits: acquire lock at a.cpp:9, since step 12; held by a at "
                             "a.cpp:2, since step 4"),
              ElementsAre(11, 3));
  EXPECT_THAT(steps_named_in("x comes between steps 2 and 14 of y"), ElementsAre(1, 13));
  EXPECT_THAT(steps_named_in("steps 2 to 9, steps 1, 2 and 3"), ElementsAre(1, 8, 0, 1, 2));
  EXPECT_THAT(steps_named_in("in 8 steps, step 0, the step limit, stepwise 3, step x"), IsEmpty());
}

struct State {
  bool is_set = false;
};
Task<> sets_late(State& state, int yields) {
  for (int i = 0; i < yields; ++i) co_await yield();
  state.is_set = true;
}
Task<> must_be_early(State& state) {
  co_await yield();
  check(!state.is_set, "too late");
}
/// Fails where must_be_early is held back, from its first or its second step, for 40 steps.
Task<> one_held_back() {
  State state;
  co_await gather(must_be_early(state), sets_late(state, 40));
}

// In production order the two go in turn. The failure needs that the one stands at the head of the
// queue while the other makes the rest of its 41 steps: one order, and one line.
TEST(Excerpt, SaysOfATaskThatIsHeldBackOnceFromWhereUntilWhere) {
  const Report report =
      explore(one_held_back, {.strategy = exhaustive(), .compare_await_points = false});
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const Failure& failure = report.failures.front();
  EXPECT_GT(failure.schedule.deviations(), 30U);
  ASSERT_THAT(failure.explanation.needs, SizeIs(1)) << report;
  EXPECT_THAT(failure.explanation.needs.front(),
              MatchesRegex("step [0-9]+: must_be_early#1 \\(.*\\) is held back from here until "
                           "sets_late#1 \\(yield at .*\\) is over \\(step [0-9]+\\)"));
  const std::string text = text_of(report);
  EXPECT_THAT(
      text, AllOf(HasSubstr("it needs this, and passes without"), Not(HasSubstr("each of these"))));
  expect_named_is_drawn(text);
  // All decisions of that order are marked with its number in a drawing of all steps.
  const Schedule schedule = with_explanation(failure);
  ASSERT_THAT(schedule.explanation.needs, SizeIs(1));
  EXPECT_THAT(steps_of(schedule.trace, schedule.explanation.needs.front()),
              SizeIs(failure.schedule.deviations()));
}

TEST(Excerpt, OfAHeldBackTaskComesBackFromItsFile) {
  const Report report =
      explore(one_held_back, {.strategy = exhaustive(), .compare_await_points = false});
  ASSERT_TRUE(report.failed());
  const Schedule schedule = with_explanation(report.failures.front());
  EXPECT_GT(schedule.explanation.needs.front().last_step, schedule.explanation.needs.front().step);
  ASSERT_TRUE(schedule.explanation.passing.has_value());
  EXPECT_TRUE(schedule.explanation.passing->is_last);
  EXPECT_EQ(Schedule::from_json(schedule.to_json(), "saved"), schedule);
}

Task<> waits(Event& event) { co_await event.wait(); }
Task<> takes(Lock& lock) { co_await lock.acquire(); }
Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}
/// Waits that begin long before the end, and a lost wake-up in the first steps.
Task<> waits_since_long_ago() {
  Event pulse("pulse");
  Lock lock("kept");
  pulse.set();
  pulse.clear();
  const TaskHandle<> waiter = spawn(waits(pulse), "waiter");
  const TaskHandle<> keeper = spawn(takes(lock), "keeper");
  const TaskHandle<> second = spawn(takes(lock), "second");
  const TaskHandle<> busy = spawn(yields(90), "busy");
  co_await busy;
  co_await waiter;
  co_await second;
}

TEST(Excerpt, HasTheStepsThatADeadlockNames) {
  const Report report =
      explore(waits_since_long_ago, {.max_schedules = 3, .compare_await_points = false});
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  const std::string text = text_of(report);
  EXPECT_THAT(text, AllOf(HasSubstr("waiter waits:"), HasSubstr("second waits:")));
  EXPECT_LT(drawn_in(text).size(), 45U);  // Still an excerpt.
  expect_named_is_drawn(text);
}

Task<> changes(Shared<int>& value) {
  value.write(value.read() + 1);
  co_return;
}
Task<> relies_on(Shared<int>& value) {
  const int seen = value.read();
  for (int i = 0; i < 50; ++i) co_await yield();
  check(value.read() == seen, "changed meanwhile");
}
/// The change and the failure lie far apart.
Task<> changed_long_ago() {
  Shared<int> value(0, "value");
  co_await gather(relies_on(value), changes(value));
}

TEST(Excerpt, HasTheStepsThatTheExplanationNames) {
  const Report report =
      explore(changed_long_ago, {.max_schedules = 3, .compare_await_points = false});
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  expect_named_is_drawn(text_of(report));
}

Task<> for_ever(Event& event) {
  while (true) {
    co_await yield();
    if (event.is_set()) co_return;
  }
}
Task<> livelock() {
  Event never("never");
  co_await gather(for_ever(never), for_ever(never), yields(30));
}

TEST(Excerpt, HasTheStepsThatALivelockNames) {
  const Report report =
      explore(livelock, {.max_schedules = 1, .max_steps = 400, .compare_await_points = false});
  ASSERT_THAT(report, FailsWith(FailureKind::livelock));
  expect_named_is_drawn(text_of(report));
}

}  // namespace
}  // namespace coweave
