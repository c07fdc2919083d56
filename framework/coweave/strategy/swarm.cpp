#include "coweave/strategy/swarm.hpp"

namespace coweave {
namespace {

constexpr std::uint32_t heaviest = 50;

}  // namespace

std::size_t SwarmStrategy::next(const SchedulingPoint& point) {
  weights_.resize(profile().known_tasks());
  for (const auto arrivals = profile().arrivals(); arrived_ < arrivals.size(); ++arrived_)
    weights_[arrivals[arrived_].task] = 1 + rng().below(heaviest);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < point.size(); ++i) sum += weights_[profile().number_at(i)];
  std::uint32_t left = rng().below(sum);
  for (std::size_t i = 0;; ++i) {
    const std::uint32_t weight = weights_[profile().number_at(i)];
    if (left < weight) return i;
    left -= weight;
  }
}

StrategyRecipe swarm() {
  return {"swarm", [](std::uint64_t seed) { return std::make_unique<SwarmStrategy>(seed); }};
}

}  // namespace coweave
