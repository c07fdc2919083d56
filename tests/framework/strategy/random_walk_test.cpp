#include "coweave/strategy/random_walk.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"
#include "framework/strategy/recorded_picks.hpp"

namespace coweave {
namespace {

using test::Picks;

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}
Task<> two_of_one_step() { co_await gather(yields(0), yields(0)); }
Task<> three_of_two_steps() { co_await gather(yields(1), yields(1), yields(1)); }

std::vector<Picks> walk(Task<> (*body)(), std::uint64_t seed, std::uint64_t executions) {
  return test::picks_of_exploration(body, random_walk(),
                                    {.seed = seed, .max_schedules = executions});
}

TEST(RandomWalk, GivesTheSameSchedulesForTheSameSeed) {
  EXPECT_EQ(walk(three_of_two_steps, 5, 500), walk(three_of_two_steps, 5, 500));
}

TEST(RandomWalk, GivesOtherSchedulesForAnotherSeed) {
  EXPECT_NE(walk(three_of_two_steps, 5, 50), walk(three_of_two_steps, 6, 50));
}

// The 6!/(2!)^3 = 90 schedules have probabilities of at least (1/3)^4 (1/2)^1, one in 162. That one
// of them is missed by 3,000 executions has probability below 90 (161/162)^3000 < 1e-6; the seed is
// fixed.
TEST(RandomWalk, ReachesEverySchedule) {
  std::map<Picks, int> seen;
  for (const Picks& picks : walk(three_of_two_steps, 1, 3'000)) ++seen[picks];
  EXPECT_EQ(seen.size(), 90U);
}

// Two schedules, each with probability 1/2: of 10,000 executions 5,000 are expected, sigma is 50.
TEST(RandomWalk, TakesEachReadyTaskEquallyOften) {
  int deviations = 0;
  for (const Picks& picks : walk(two_of_one_step, 1, 10'000)) {
    ASSERT_EQ(picks.size(), 1U);
    deviations += picks.front() == 1 ? 1 : 0;
  }
  EXPECT_NEAR(deviations, 5'000, 5 * 50);
}

Task<> chooses_of_five() {
  static_cast<void>(choose(5));
  co_return;
}

// 2,000 are expected of each value; sigma = sqrt(10000 * 0.2 * 0.8) = 40.
TEST(RandomWalk, TakesEachValueOfAChoiceEquallyOften) {
  std::array<int, 5> seen{};
  for (const Picks& picks : walk(chooses_of_five, 1, 10'000)) ++seen.at(picks.at(0));
  for (const int times : seen) EXPECT_NEAR(times, 2'000, 5 * 40);
}

// Same on every machine and compiler: the first ten decisions among 2, 3, ..., 11 of seed 1.
TEST(RandomWalk, HasKnownDecisions) {
  RandomWalkStrategy strategy(1);
  const auto decisions = [&strategy](std::uint64_t number) {
    Picks values;
    EXPECT_TRUE(strategy.begin_execution(number));
    for (std::uint32_t n = 2; n <= 11; ++n) values.push_back(strategy.choose(n));
    return values;
  };
  EXPECT_EQ(decisions(1), (Picks{0, 0, 2, 1, 2, 0, 5, 4, 4, 6}));
  EXPECT_EQ(decisions(2), (Picks{0, 0, 0, 3, 1, 6, 7, 7, 5, 0}));
  EXPECT_EQ(decisions(1'000'000), (Picks{1, 1, 2, 1, 5, 0, 6, 3, 0, 5}));
}

TEST(RandomWalk, HasKnownSchedules) {
  EXPECT_EQ(walk(three_of_two_steps, 1, 4),
            (std::vector<Picks>{{0, 0, 1, 0, 0}, {0, 0, 0, 2, 0}, {1, 2, 0, 1}, {0, 2, 1, 0, 1}}));
}

// So that execution r can be repeated without the r - 1 before it.
TEST(RandomWalk, MakesAnExecutionFromItsNumberAndTheSeedAlone) {
  const auto decisions = [](RandomWalkStrategy& strategy, std::uint64_t number, int how_many) {
    Picks values;
    EXPECT_TRUE(strategy.begin_execution(number));
    for (int i = 0; i < how_many; ++i) values.push_back(strategy.choose(1'000));
    return values;
  };
  RandomWalkStrategy one_by_one(9);
  for (std::uint64_t number = 1; number <= 6; ++number)
    static_cast<void>(decisions(one_by_one, number, static_cast<int>(7 * number)));
  RandomWalkStrategy at_once(9);
  EXPECT_EQ(decisions(one_by_one, 7, 20), decisions(at_once, 7, 20));
}

TEST(RandomWalk, NeverRunsOut) {
  RandomWalkStrategy strategy(0);
  EXPECT_TRUE(strategy.begin_execution(1));
  EXPECT_TRUE(strategy.begin_execution(~std::uint64_t{0}));
  EXPECT_FALSE(strategy.capabilities().is_exhausted());
}

TEST(RandomWalk, TakesItsSeedFromTheOptions) {
  const Report report =
      explore(three_of_two_steps, {.strategy = random_walk(), .seed = 77, .max_schedules = 10});
  EXPECT_EQ(report.seed, 77U);
  EXPECT_EQ(report.strategy, "random");
}

}  // namespace
}  // namespace coweave
