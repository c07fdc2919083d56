#pragma once

#include <cstdint>
#include <memory>

#include "coweave/strategy/randomized.hpp"
#include "coweave/strategy/step_weights.hpp"

namespace coweave {

/// Uniform random walk over interleavings: draws a ready task in proportion to the steps that it
/// still has, descendants included, as the executions before have shown them. Guarantee: where
/// those counts are right and no task waits for another, every interleaving is equally likely.
/// Source: Zhao, Wolff, Mathur, Roychoudhury, "Selectively Uniform Concurrency Testing", ASPLOS
/// 2025. Deviation: counts are running maxima by stable task, not given.
class UrwStrategy final : public RandomizedStrategy {
 public:
  explicit UrwStrategy(std::uint64_t seed, std::shared_ptr<detail::ProgramProfile> shared = nullptr)
      : RandomizedStrategy(seed, std::move(shared)) {}

 private:
  void begin(std::uint64_t number) override;
  /// O(ready tasks).
  [[nodiscard]] std::size_t next(const SchedulingPoint& point) override;

  detail::StepWeights weights_;
  std::size_t followed_ = 0;  // Steps of this execution.
};

/// For Options::strategy.
[[nodiscard]] StrategyRecipe urw();

}  // namespace coweave
