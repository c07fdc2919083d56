#include "coweave/strategy/registry.hpp"

#include <gmock/gmock.h>

#include <string>

#include "coweave/core/error.hpp"
#include "programs/strategies.hpp"

namespace coweave {
namespace {

std::string error_of(std::string_view name) {
  try {
    static_cast<void>(strategy_named(name));
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Registry, ListsTheNamesOfTheStrategiesThatAllTestsRun) {
  std::string names = "default";
  for (const programs::ShippedStrategy& shipped : programs::shipped_strategies)
    names += ", " + std::string(shipped.name.substr(0, shipped.name.find(':')));
  EXPECT_EQ(strategy_names(), names);
}

TEST(Registry, GivesTheStrategyOfEachName) {
  for (const programs::ShippedStrategy& shipped : programs::shipped_strategies) {
    const StrategyRecipe recipe = strategy_named(shipped.name);
    EXPECT_EQ(recipe.name(), shipped.name);
    EXPECT_FALSE(recipe.empty());
    EXPECT_NE(recipe.make(1), nullptr);
  }
}

TEST(Registry, GivesTheEmptyRecipeForTheDefaultPlan) {
  EXPECT_TRUE(strategy_named("default").empty());
}

TEST(Registry, RefusesOtherNamesAndSaysWhichThereAre) {
  EXPECT_EQ(error_of("randm"),
            "strategy: expected one of " + strategy_names() + ", found \"randm\"");
  EXPECT_THAT(error_of(""), testing::EndsWith("found \"\""));
  EXPECT_THAT(error_of("Random"), testing::EndsWith("found \"Random\""));
  EXPECT_THAT(error_of("random "), testing::EndsWith("found \"random \""));
}

TEST(Registry, ReadsParameters) {
  EXPECT_EQ(strategy_named("pct").name(), "pct:depth=3");
  EXPECT_EQ(strategy_named("pct:depth=5").name(), "pct:depth=5");
  EXPECT_EQ(strategy_named("bounded:deviations=2").name(), "bounded:deviations=2");
  EXPECT_EQ(strategy_named("bounded:base=completion").name(), "bounded:base=completion");
  EXPECT_EQ(strategy_named("bounded:base=completion,deviations=0").name(),
            "bounded:deviations=0,base=completion");
  EXPECT_EQ(strategy_named("bounded:base=production").name(), "bounded");
}

TEST(Registry, RefusesBadParametersInOneLine) {
  EXPECT_EQ(error_of("pct:depth=0"),
            "strategy: pct: expected depth=NUMBER from 1 to 1000, found \"depth=0\"");
  EXPECT_EQ(error_of("pct:dept=3"),
            "strategy: pct: expected depth=NUMBER from 1 to 1000, found \"dept=3\"");
  for (const std::string bad : {"depth=", "depth=x", "depth=1001", "depth=-1", "depth=3 "})
    EXPECT_EQ(error_of("pct:" + bad),
              "strategy: pct: expected depth=NUMBER from 1 to 1000, found \"" + bad + "\"");
  for (const std::string bad : {"depth", "=3", "depth=3,", ",depth=3", "depth=3,,"})
    EXPECT_THAT(error_of("pct:" + bad),
                testing::StartsWith("strategy: pct: expected parameters as KEY=VALUE"));
  EXPECT_EQ(error_of("pct:depth=3,depth=4"),
            "strategy: pct: expected depth once, found \"depth=4\"");
  EXPECT_EQ(error_of("bounded:base=lifo"),
            "strategy: bounded: expected base=production or base=completion, found \"base=lifo\"");
  EXPECT_EQ(error_of("pos:depth=3"), "strategy: pos: expected no parameters, found \"depth=3\"");
  EXPECT_THAT(error_of("pct:"), testing::StartsWith("strategy: expected one of"));
  EXPECT_THAT(error_of("default:"), testing::StartsWith("strategy: expected one of"));
}

TEST(Registry, MakesAStrategyOfItsOwnEachTime) {
  const StrategyRecipe recipe = strategy_named("exhaustive");
  const std::unique_ptr<Strategy> first = recipe.make(0);
  const std::unique_ptr<Strategy> second = recipe.make(0);
  EXPECT_NE(first, second);
  EXPECT_TRUE(first->begin_execution(1));
  EXPECT_EQ(first->choose(2), 0U);
  EXPECT_TRUE(first->begin_execution(2));
  EXPECT_EQ(first->choose(2), 1U);
  EXPECT_TRUE(second->begin_execution(1));
  EXPECT_EQ(second->choose(2), 0U);
}

}  // namespace
}  // namespace coweave
