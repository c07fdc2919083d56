#include "coweave/strategy/production.hpp"

namespace coweave {

StrategyRecipe production() {
  return {"production", [](std::uint64_t) { return std::make_unique<ProductionStrategy>(); }};
}

}  // namespace coweave
