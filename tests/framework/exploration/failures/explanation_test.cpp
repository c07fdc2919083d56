#include <cstdint>
#include <string>
#include <string_view>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

// Why a schedule fails: told only as far as executions prove it.

namespace coweave {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Options brief() { return {.strategy = exhaustive(), .compare_await_points = false}; }

Task<> opens(bool& is_open) {
  co_await yield();
  is_open = true;
}
Task<> passes(bool& is_open) {
  co_await yield();
  co_await yield();
  check(is_open, "closed");
}

Task<> gate() {
  bool is_open = false;
  co_await gather(opens(is_open), passes(is_open));
}

// It fails if all three steps of `passes` come before the second of `opens`, which is held back for
// two decisions more than in production order. Each of them alone is harmless: one order, one line.
TEST(Explanation, TellsOfATaskThatIsHeldBackFromWhereUntilWhere) {
  const Report report = explore(gate, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const Failure& failure = report.failures.front();
  EXPECT_TRUE(failure.is_minimal);
  EXPECT_EQ(failure.schedule.deviations(), 2U);
  EXPECT_THAT(failure.explanation.needs,
              ElementsAre(AllOf(HasSubstr("opens#1 ("), HasSubstr("is held back from here until "),
                                HasSubstr("passes#1 ("), HasSubstr("is over (step 5)"))));
}

Task<> appends(std::string& order, char name) {
  co_await yield();
  order += name;
}

Task<> in_order(std::string_view bad) {
  std::string order;
  co_await gather(appends(order, 'a'), appends(order, 'b'), appends(order, 'c'),
                  appends(order, 'd'));
  check(order != bad, "a bad order");
}
Task<> in_two_swapped_pairs() { return in_order("badc"); }
Task<> with_the_first_one_last() { return in_order("bcda"); }

// Two tasks have to be passed over, each once: that is two orders.
TEST(Explanation, TellsTheOrdersThatTheFailureNeeds) {
  const Report report = explore(in_two_swapped_pairs, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const Failure& failure = report.failures.front();
  EXPECT_EQ(failure.schedule.deviations(), 2U);
  ASSERT_EQ(failure.explanation.needs.size(), 2U) << report;
  for (const std::string& need : failure.explanation.needs)
    EXPECT_THAT(need, AllOf(HasSubstr("appends#"), HasSubstr(" goes before appends#"),
                            testing::Not(HasSubstr("held back"))));
}

TEST(Explanation, NamesTheTasksForWhichOneIsHeldBack) {
  const Report report = explore(with_the_first_one_last, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  EXPECT_THAT(report.failures.front().explanation.needs,
              ElementsAre(AllOf(HasSubstr("appends#1 ("),
                                HasSubstr("is held back from here, while appends#2, appends#3 and "
                                          "appends#4 go on, until appends#4 ("))))
      << report;
}

Task<> fails_in_production_order() {
  int turn = 0;
  const auto first = [&]() -> Task<> {
    check(turn++ == 1, "first");
    co_return;
  };
  const auto second = [&]() -> Task<> {
    ++turn;
    co_return;
  };
  co_await gather(first(), second());
}

TEST(Explanation, NeedsNothingWhereProductionOrderFailsButTellsWhatPasses) {
  const Report report = explore(fails_in_production_order, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const Explanation& explanation = report.failures.front().explanation;
  EXPECT_THAT(explanation.needs, IsEmpty());
  ASSERT_TRUE(explanation.passing.has_value());
  EXPECT_EQ(explanation.passing->step, 1U);  // After the start of the body.
  EXPECT_THAT(explanation.passing->failing, HasSubstr("lambda#1 ("));
  EXPECT_THAT(explanation.passing->passing, HasSubstr("lambda#2 ("));
}

// The neighbour passes, and shares its beginning with what fails.
TEST(Explanation, NamesAPassingScheduleThatReplays) {
  const Report report = explore(gate, brief());
  ASSERT_TRUE(report.failed());
  const Failure& failure = report.failures.front();
  ASSERT_TRUE(failure.explanation.passing.has_value());
  const PassingNeighbour& passing = *failure.explanation.passing;
  EXPECT_THAT(replay(gate, passing.schedule), Passes());
  const auto& failing_steps = failure.schedule.trace.steps;
  const auto& passing_steps = passing.schedule.trace.steps;
  ASSERT_LT(passing.step, failing_steps.size());
  for (std::size_t step = 0; step < passing.step; ++step)
    EXPECT_EQ(failing_steps[step], passing_steps[step]) << step;
  EXPECT_NE(failing_steps[passing.step].pick, passing_steps[passing.step].pick);
}

Task<> waits(Event& event) { co_await event.wait(); }
Task<> cancelled_in_vain() {
  Event event;
  const TaskHandle<> waiter = spawn(waits(event), "waiter");
  co_await yield();
  event.set();
  try {
    co_await waiter;
  } catch (const CancelledError&) {
    check(false, "cancelled");
  }
}

TEST(Explanation, NamesTheInjection) {
  Options options = brief();
  options.inject_cancellation.at_most = 1;
  const Report report = explore(cancelled_in_vain, options);
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  EXPECT_THAT(report.failures.front().explanation.needs,
              ElementsAre(HasSubstr("waiter is cancelled (injected)")));
}

// Whichever way it goes it fails: there is nothing to tell.
TEST(Explanation, IsSilentWhereNothingPasses) {
  const auto always = []() -> Task<> {
    check(false, "always");
    bool is_open = false;
    co_await gather(opens(is_open), opens(is_open));
  };
  const Report report = explore(always, brief());
  ASSERT_TRUE(report.failed());
  EXPECT_THAT(report.failures.front().explanation.needs, IsEmpty());
  EXPECT_FALSE(report.failures.front().explanation.passing.has_value());
}

Task<> withdraw(Shared<int>& balance, int amount) {
  const int seen = balance.read();
  co_await yield();
  balance.write(seen - amount);
}

Task<> two_withdrawals() {
  Shared<int> balance(100, "balance");
  co_await gather(withdraw(balance, 10), withdraw(balance, 20));
  check(balance.read() == 70, "an update was lost");
}

TEST(Explanation, NamesTheWriteBetweenAReadAndAWrite) {
  const Report report = explore(two_withdrawals, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  ASSERT_TRUE(report.failures.front().explanation.passing.has_value());
  const std::string& between = report.failures.front().explanation.passing->between;
  EXPECT_THAT(
      between,
      testing::MatchesRegex(
          "withdraw#[12] writes \"balance\" at .*explanation_test.cpp:[0-9]+ .step "
          "[34]. between the read at .*explanation_test.cpp:[0-9]+ .step [23]. and the write "
          "at .*explanation_test.cpp:[0-9]+ .step [45]. of withdraw#[12]"));
}

Task<> untracked_increment(int& counter) {
  const int seen = counter;
  co_await yield();
  counter = seen + 1;
}

Task<> untracked() {
  int counter = 0;
  co_await gather(untracked_increment(counter), untracked_increment(counter));
  check(counter == 2, "an update was lost");
}

TEST(Explanation, SaysNoMoreThanTheOrderWhereValuesAreNotTracked) {
  const Report report = explore(untracked, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  ASSERT_TRUE(report.failures.front().explanation.passing.has_value());
  EXPECT_THAT(report.failures.front().explanation.passing->between,
              HasSubstr(" comes between steps "));
}

}  // namespace
}  // namespace coweave
