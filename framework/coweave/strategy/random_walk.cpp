#include "coweave/strategy/random_walk.hpp"

#include <algorithm>

namespace coweave {

std::size_t RandomWalkStrategy::pick_with_injections(const SchedulingPoint& point) {
  const std::size_t now = point.history().size();
  const auto draw = [this](std::size_t from) {
    return from + rng_.below(static_cast<std::uint32_t>(2 * longest_ + 2));
  };
  if (next_injection_ == undrawn) next_injection_ = draw(0);
  // Where nothing is ready, the first entry is to let time pass.
  const std::size_t regular = std::max<std::size_t>(point.size() - point.injections(), 1);
  const std::size_t injections = point.size() - regular;
  if (injections == 0 || now < next_injection_)
    return regular == 1 ? 0 : rng_.below(static_cast<std::uint32_t>(regular));
  next_injection_ = draw(now + 1);
  return regular + rng_.below(static_cast<std::uint32_t>(injections));
}

StrategyRecipe random_walk() {
  return {"random", [](std::uint64_t seed) { return std::make_unique<RandomWalkStrategy>(seed); }};
}

}  // namespace coweave
