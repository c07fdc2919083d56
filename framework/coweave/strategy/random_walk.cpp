#include "coweave/strategy/random_walk.hpp"

namespace coweave {

StrategyRecipe random_walk() {
  return {"random", [](std::uint64_t seed) { return std::make_unique<RandomWalkStrategy>(seed); }};
}

}  // namespace coweave
