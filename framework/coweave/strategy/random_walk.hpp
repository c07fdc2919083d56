#pragma once

#include "coweave/core/rng.hpp"
#include "coweave/strategy/strategy.hpp"

namespace coweave {

/// Uniform random walk: each ready task, and each value of a choice, is equally likely. Guarantee: an
/// execution of k decisions among at most n ready tasks follows any given schedule with probability at
/// least n^-k. Execution r depends on (seed, r) alone.
class RandomWalkStrategy final : public Strategy {
 public:
  explicit RandomWalkStrategy(std::uint64_t seed) : seed_(seed), rng_(seed) {}

  /// Always true: a random strategy never runs out.
  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    rng_ = Rng(execution_seed(seed_, number));
    return true;
  }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    return rng_.below(static_cast<std::uint32_t>(point.size()));
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return rng_.below(alternatives);
  }

 private:
  std::uint64_t seed_;
  Rng rng_;
};

/// For Options::strategy. The seed is Options::seed.
[[nodiscard]] StrategyRecipe random_walk();

}  // namespace coweave
