#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "coweave/strategy/randomized.hpp"

namespace coweave {

/// Partial-order sampling: each step gets a random priority when its task becomes ready, the
/// highest steps, and then the ready steps that conflict with it draw anew. What a ready step is
/// going to touch is predicted from the executions before: by task and number of the step. A wrong
/// prediction changes probabilities, never what is possible. Where the exploration does not track
/// what steps touch, every step may conflict with every other, and the picks are those of a uniform
/// random walk. Source: Yuan, Yang, Gu, "Partial Order Aware Concurrency Sampling", CAV 2018.
class PosStrategy final : public RandomizedStrategy {
 public:
  explicit PosStrategy(std::uint64_t seed, std::shared_ptr<detail::ProgramProfile> shared = nullptr)
      : RandomizedStrategy(seed, std::move(shared)) {}

 private:
  void begin(std::uint64_t number) override;
  /// O(ready tasks * touches of a step).
  [[nodiscard]] std::size_t next(const SchedulingPoint& point) override;
  /// Whether the ready step of `task` may conflict with the step that has just ended.
  [[nodiscard]] bool may_conflict(std::uint32_t task, const std::vector<Touch>* last) const;

  std::vector<std::uint64_t> priorities_;  // By number of the task; 0: its next step has none yet.
  std::size_t followed_ = 0;               // Steps of this execution.
};

/// For Options::strategy.
[[nodiscard]] StrategyRecipe pos();

}  // namespace coweave
