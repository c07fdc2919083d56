#include "coweave/strategy/registry.hpp"

#include <array>

#include "coweave/core/error.hpp"
#include "coweave/strategy/exhaustive.hpp"
#include "coweave/strategy/production.hpp"
#include "coweave/strategy/random_walk.hpp"

namespace coweave {
namespace {

constexpr std::array<StrategyRecipe (*)(), 3> shipped{exhaustive, production, random_walk};

}  // namespace

StrategyRecipe strategy_named(std::string_view name) {
  if (name == "default") return {};
  for (const auto make : shipped)
    if (StrategyRecipe recipe = make(); recipe.name() == name) return recipe;
  throw Error("strategy: expected one of " + strategy_names() + "; found \"" + std::string(name) +
              "\"");
}

std::string strategy_names() {
  std::string names = "default";
  for (const auto make : shipped) names += ", " + make().name();
  return names;
}

}  // namespace coweave
