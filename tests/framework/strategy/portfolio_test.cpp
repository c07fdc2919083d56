#include "coweave/strategy/portfolio.hpp"

#include <numeric>

#include "coweave/gtest.hpp"
#include "framework/strategy/distribution.hpp"
#include "framework/strategy/recorded_picks.hpp"
#include "programs/strategies.hpp"

namespace coweave {
namespace {

using test::Picks;
using test::SimulatedProgram;
using test::steps_of_its_own;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;

std::uint32_t sum_of(const PortfolioStrategy& strategy) {
  return std::accumulate(strategy.shares().begin(), strategy.shares().end(), 0U);
}

TEST(Portfolio, BeginsWithTheSharesOfSixteen) {
  const PortfolioStrategy strategy(1);
  EXPECT_THAT(strategy.shares(), ElementsAre(5, 4, 1, 1, 1, 2, 1, 1));
  EXPECT_EQ(PortfolioStrategy::name_of(0), "pos");
  EXPECT_EQ(PortfolioStrategy::name_of(4), "pct 10");
}

TEST(Portfolio, GivesEveryStrategyAtLeastOneExecutionOfACycle) {
  PortfolioStrategy strategy(1);
  SimulatedProgram program({steps_of_its_own(4), steps_of_its_own(4), steps_of_its_own(4)});
  for (std::uint64_t number = 1; number <= 1'000; ++number) {
    static_cast<void>(program.run(strategy, number));
    ASSERT_EQ(sum_of(strategy), PortfolioStrategy::cycle);
    ASSERT_THAT(strategy.shares(), Each(Ge(1U)));
  }
}

// 12!/(4!)^3 = 34,650 schedules. PCT of depth 2 reaches few of them, 3! * 12 at most: it stops
// finding new ones, and its share stays at the least. What samples evenly gets more than at first.
TEST(Portfolio, MovesTheSharesToWhatFindsNewSchedules) {
  PortfolioStrategy strategy(1);
  SimulatedProgram program({steps_of_its_own(4), steps_of_its_own(4), steps_of_its_own(4)}, false);
  std::array<std::uint64_t, PortfolioStrategy::strategies> shares{};
  for (std::uint64_t number = 1; number <= 3'200; ++number) {
    static_cast<void>(program.run(strategy, number));
    for (std::size_t i = 0; i < shares.size(); ++i) shares[i] += strategy.shares()[i];
  }
  const auto average = [&shares](std::size_t i) { return static_cast<double>(shares[i]) / 3'200; };
  EXPECT_LT(average(2), 1.2);               // pct 2
  EXPECT_GT(average(7), 1.9);               // urw, from 1
  EXPECT_GT(average(5), average(2) + 0.7);  // random
}

TEST(Portfolio, SaysHowMuchIsUnseen) {
  const auto body = []() -> Task<> {
    const auto one_yield = []() -> Task<> { co_await yield(); };
    co_await gather(one_yield(), one_yield());
  };
  const Report report = explore(body, {.strategy = portfolio(), .max_schedules = 500});
  // 4!/(2! 2!) = 6; of 499 samples none is of a schedule that was seen once: 1/499, not 0.
  EXPECT_THAT(
      report.verdict_detail,
      testing::StartsWith("500 schedules; 6 distinct of 499 random schedules, the next is new with "
                          "probability 0.003 (Good-Turing); a bug of depth 3 was missed"));
}

// Two steps that touch different objects commute: of the six orders of {x}{x} against {y}{y} only
// one class.
TEST(Portfolio, CountsClassesWhereStepsAreReported) {
  const auto writes = [](std::uint64_t object) {
    return test::SimulatedTask{{{{{object, true}}}, {{{object, true}}}}};
  };
  PortfolioStrategy apart(1);
  SimulatedProgram of_two_objects({writes(1), writes(2)});
  PortfolioStrategy together(1);
  SimulatedProgram of_one_object({writes(1), writes(1)});
  for (std::uint64_t number = 1; number <= 200; ++number) {
    static_cast<void>(of_two_objects.run(apart, number));
    static_cast<void>(of_one_object.run(together, number));
  }
  EXPECT_EQ(apart.classes().classes(), 1U);
  EXPECT_EQ(together.classes().classes(), 6U);
}

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}
Task<> spawner(int times) {
  const TaskHandle<> child = spawn(yields(times));
  co_await yields(1);
  co_await child;
}
Task<> with_spawns() {
  static_cast<void>(choose(3));
  co_await gather(spawner(2), yields(3), spawner(1));
}

// Every random strategy that ships.
class RandomStrategies : public testing::TestWithParam<std::string_view> {};
// Those that share a profile of the program, which the first execution measures.
class ProfiledStrategies : public testing::TestWithParam<std::string_view> {};

std::vector<Picks> executions_of(const StrategyRecipe& recipe, std::uint64_t seed,
                                 std::uint64_t executions) {
  return test::picks_of_exploration(with_spawns, recipe,
                                    {.seed = seed, .max_schedules = executions});
}

TEST_P(RandomStrategies, GiveTheSameSchedulesForTheSameSeed) {
  const StrategyRecipe recipe = strategy_named(GetParam());
  EXPECT_EQ(executions_of(recipe, 5, 300), executions_of(recipe, 5, 300));
  EXPECT_NE(executions_of(recipe, 5, 300), executions_of(recipe, 6, 300));
}

TEST_P(RandomStrategies, GiveTheSameFirstSchedulesHoweverManyFollow) {
  const StrategyRecipe recipe = strategy_named(GetParam());
  const std::vector<Picks> all = executions_of(recipe, 5, 200);
  for (const std::uint64_t some : {1U, 2U, 17U, 60U}) {
    const std::vector<Picks> first = executions_of(recipe, 5, some);
    ASSERT_EQ(first.size(), some);
    EXPECT_TRUE(std::equal(first.begin(), first.end(), all.begin()));
  }
}

TEST_P(ProfiledStrategies, BeginInProductionOrderAndChooseEveryValue) {
  const std::vector<Picks> all = executions_of(strategy_named(GetParam()), 5, 200);
  EXPECT_THAT(all.front(), Each(0U));
  std::array<int, 3> values{};
  for (const Picks& picks : all) ++values.at(picks.at(0));
  for (const int times : values) EXPECT_NEAR(times, 67, 5 * 7);  // sigma = sqrt(200 * 2/9)
}

std::vector<std::string_view> random_strategies() {
  std::vector<std::string_view> names;
  for (const auto& [name, sort] : programs::shipped_strategies)
    if (sort == programs::StrategySort::random) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, RandomStrategies, testing::ValuesIn(random_strategies()));
INSTANTIATE_TEST_SUITE_P(All, ProfiledStrategies,
                         testing::Values("pct:depth=3", "pos", "urw", "surw", "swarm",
                                         "portfolio"));

// Weights w and v from 1 to 50, uniform: a of two tasks with a step each is first with probability
// E[w / (w + v)] = 1/2. That a's two steps are both before b's one: E[(w / (w + v))^2], which is
// 0.3065 by summation, and not the 1/4 of the uniform walk.
TEST(Swarm, DrawsOneWeightForAWholeExecution) {
  double expected = 0;
  for (int w = 1; w <= 50; ++w)
    for (int v = 1; v <= 50; ++v) expected += std::pow(static_cast<double>(w) / (w + v), 2) / 2'500;
  const test::Counts counts = test::sample(
      SimulatedProgram({steps_of_its_own(2), steps_of_its_own(1)}), swarm(), 1, 40'000);
  const double sigma = std::sqrt(40'000 * expected * (1 - expected));
  EXPECT_NEAR(static_cast<double>(counts.at("aab")), 40'000 * expected, 5 * sigma);
  EXPECT_NEAR(static_cast<double>(counts.at("baa")), 20'000, 5 * 100);
  EXPECT_GT(expected, 0.28);
}

}  // namespace
}  // namespace coweave
