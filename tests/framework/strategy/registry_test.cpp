#include "coweave/strategy/registry.hpp"

#include <gmock/gmock.h>

#include <string>

#include "coweave/core/error.hpp"

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

TEST(Registry, ListsTheNames) {
  EXPECT_EQ(strategy_names(), "default, exhaustive, production, random");
}

TEST(Registry, GivesTheStrategyOfEachName) {
  for (const std::string name : {"exhaustive", "production", "random"}) {
    const StrategyRecipe recipe = strategy_named(name);
    EXPECT_EQ(recipe.name(), name);
    EXPECT_FALSE(recipe.empty());
    EXPECT_NE(recipe.make(1), nullptr);
  }
}

TEST(Registry, GivesTheEmptyRecipeForTheDefaultPlan) {
  EXPECT_TRUE(strategy_named("default").empty());
}

TEST(Registry, RefusesOtherNamesAndSaysWhichThereAre) {
  EXPECT_EQ(error_of("randm"),
            "strategy: expected one of default, exhaustive, production, random; found \"randm\"");
  EXPECT_THAT(error_of(""), testing::EndsWith("found \"\""));
  EXPECT_THAT(error_of("Random"), testing::EndsWith("found \"Random\""));
  EXPECT_THAT(error_of("random "), testing::EndsWith("found \"random \""));
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
