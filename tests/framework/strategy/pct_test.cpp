#include "coweave/strategy/pct.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "coweave/gtest.hpp"
#include "framework/strategy/distribution.hpp"

namespace coweave {
namespace {

using test::chi_square;
using test::chi_square_bound;
using test::Counts;
using test::Probabilities;
using test::sample;
using test::SimulatedProgram;
using test::steps_of_its_own;
using testing::HasSubstr;

SimulatedProgram two_of_two() {
  return SimulatedProgram({steps_of_its_own(2), steps_of_its_own(2)});
}

// Without change points each order of the tasks, one after the other, has 1/3!.
TEST(Pct, OfDepthOneRunsTasksToCompletionInEveryOrder) {
  const Probabilities expected{{"aabbcc", 1. / 6}, {"aaccbb", 1. / 6}, {"bbaacc", 1. / 6},
                               {"bbccaa", 1. / 6}, {"ccaabb", 1. / 6}, {"ccbbaa", 1. / 6}};
  SimulatedProgram program({steps_of_its_own(2), steps_of_its_own(2), steps_of_its_own(2)});
  EXPECT_LT(chi_square(sample(std::move(program), pct({.depth = 1}), 1, 30'000), expected),
            chi_square_bound(expected));
}

// Production order a b a b decides three times; then b is alone: k = 3. If a is above b (1/2), a
// change at decision 1, 2, 3 (1/3 each) gives bbaa, abba, aabb; if below, aabb, baab, bbaa.
TEST(Pct, OfDepthTwoHasTheProbabilitiesOfOneChangePoint) {
  const Probabilities expected{
      {"aabb", 2. / 6}, {"bbaa", 2. / 6}, {"abba", 1. / 6}, {"baab", 1. / 6}};
  EXPECT_LT(chi_square(sample(two_of_two(), pct({.depth = 2}), 1, 30'000), expected),
            chi_square_bound(expected));
}

// abab: a above b (1/2), changes at decisions 2 and 3 of 3 (1/3), and that of decision 3 the lower
// one (1/2): 1/12. If the later change always were the lower one, it would be 1/6, and what needs
// the other order were out of reach.
TEST(Pct, OfDepthThreeLowersToEitherOrder) {
  const Counts counts = sample(two_of_two(), pct({.depth = 3}), 1, 36'000);
  const double sigma = std::sqrt(36'000 * 1. / 12 * 11 / 12);
  EXPECT_NEAR(static_cast<double>(counts.at("abab")), 3'000, 5 * sigma);
  EXPECT_NEAR(static_cast<double>(counts.at("baba")), 3'000, 5 * sigma);
}

/// The n-th step of a task stands before the m-th of another.
bool is_before(const std::string& order, char first, int n, char second, int m) {
  int a = 0;
  int b = 0;
  for (const char task : order) {
    if (task == first && ++a == n) return b < m;
    if (task == second) ++b;
  }
  return false;
}

// Every bug of depth 2 of two tasks of four steps beside a third: b's step m between a's steps n
// and n + 1. k is what the production order has: 12 steps, of which the last has nobody beside
// it: 11. An execution has to show it with probability at least 1 / (3 * 11); that the number of
// 20,000 is five sigma below that is out of the question.
TEST(Pct, KeepsItsGuaranteeForEveryBugOfDepthTwo) {
  SimulatedProgram program({steps_of_its_own(4), steps_of_its_own(4), steps_of_its_own(4)});
  const Counts counts = sample(std::move(program), pct({.depth = 2}), 7, 20'000);
  const double expected = 20'000 / (3. * 11);
  for (int n = 1; n < 4; ++n) {
    for (int m = 1; m <= 4; ++m) {
      double hits = 0;
      for (const auto& [order, count] : counts)
        if (is_before(order, 'a', n, 'b', m) && is_before(order, 'b', m, 'a', n + 1))
          hits += static_cast<double>(count);
      EXPECT_GE(hits, expected - 5 * std::sqrt(expected)) << n << " " << m;
    }
  }
}

// Depth 3: a's step 2 before b's n-th, that before a's step 3, and a's step 3 before b's next one.
TEST(Pct, KeepsItsGuaranteeForBugsOfDepthThree) {
  SimulatedProgram program({steps_of_its_own(4), steps_of_its_own(4), steps_of_its_own(2)});
  // 10 steps, 9 decisions in production order: c's two are done early, then a and b alternate.
  const Counts counts = sample(std::move(program), pct({.depth = 3}), 11, 60'000);
  const double expected = 60'000 / (3. * 9 * 9);
  for (int n = 1; n < 4; ++n) {
    double hits = 0;
    for (const auto& [order, count] : counts)
      if (is_before(order, 'a', 2, 'b', n) && is_before(order, 'b', n, 'a', 3) &&
          is_before(order, 'a', 3, 'b', n + 1))
        hits += static_cast<double>(count);
    EXPECT_GE(hits, expected - 5 * std::sqrt(expected)) << n;
  }
}

std::string words(Strategy& strategy) {
  return describe(strategy.capabilities().assurance().value());
}

TEST(Pct, SaysWhatItMayHaveMissed) {
  const std::unique_ptr<Strategy> strategy = pct({.depth = 2}).make(1);
  SimulatedProgram program = two_of_two();
  static_cast<void>(program.run(*strategy, 1));
  EXPECT_EQ(words(*strategy),
            "a bug of depth 2 was missed with probability at most 1 (2 tasks, 3 decisions)");
  for (std::uint64_t number = 2; number <= 11; ++number)
    static_cast<void>(program.run(*strategy, number));
  // (1 - 1/(2 * 3))^10 = 0.1615...
  EXPECT_EQ(words(*strategy),
            "a bug of depth 2 was missed with probability at most 0.162 (2 tasks, 3 decisions)");
  // A longer program: what was executed with the old k promises nothing.
  SimulatedProgram longer({steps_of_its_own(3), steps_of_its_own(3)});
  static_cast<void>(longer.run(*strategy, 12));
  EXPECT_THAT(words(*strategy), HasSubstr("probability at most 1 ("));
}

// (1 - 1/2)^20000 is too small for a double, and yet not 0.
TEST(Pct, IsNeverCertain) {
  const std::unique_ptr<Strategy> strategy = pct({.depth = 1}).make(1);
  SimulatedProgram program = two_of_two();
  for (std::uint64_t number = 1; number <= 20'001; ++number)
    static_cast<void>(program.run(*strategy, number));
  EXPECT_THAT(words(*strategy), HasSubstr("probability at most 1e-300 ("));
}

TEST(Pct, RefusesOtherDepths) {
  EXPECT_THROW(static_cast<void>(pct({.depth = 0})), Error);
  EXPECT_THROW(static_cast<void>(pct({.depth = 1'001})), Error);
  EXPECT_EQ(pct({.depth = 1'000}).name(), "pct:depth=1000");
}

Task<> polls(bool& flag) {
  while (!flag) co_await yield();
}
Task<> sets(bool& flag) {
  co_await yield();
  flag = true;
}
Task<> polling() {
  bool flag = false;
  co_await gather(polls(flag), polls(flag), sets(flag));
}

// Whoever polls at the highest priority must not poll for ever: no false livelock. Such an
// execution is longer than the k of the guarantee, of which nothing is claimed then.
TEST(Pct, LetsGoOfAPollingLoop) {
  const Report report = explore(polling, {.strategy = pct({.depth = 3}), .max_schedules = 2'000});
  EXPECT_EQ(report.failing, 0U);
  EXPECT_THAT(report.verdict_detail, testing::Not(HasSubstr("was missed")));
}

Task<> increment(int& counter) {
  const int seen = counter;
  co_await yield();
  counter = seen + 1;
}
Task<> waits_before_increment(int& counter) {
  co_await yield();
  co_await yield();
  co_await yield();
  co_await increment(counter);
}
Task<> lost_update() {
  int counter = 0;
  co_await gather(increment(counter), waits_before_increment(counter));
  check(counter == 2, "an increment was lost");
}

// Depth 2, passes in production order. n = 3 with the body, k = 4 at most 1/12 per execution: 500
// executions miss it with probability (11/12)^500 < 1e-18.
TEST(Pct, FindsALostUpdateAtEverySeed) {
  EXPECT_FALSE(explore(lost_update, {.strategy = production()}).failed());
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    EXPECT_TRUE(
        explore(lost_update, {.strategy = pct({.depth = 2}), .seed = seed, .max_schedules = 500})
            .failed());
}

}  // namespace
}  // namespace coweave
