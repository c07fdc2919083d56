#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "coweave/strategy/randomized.hpp"

namespace coweave {

/// Weighted random walk: each execution gives each task a weight from 1 to 50, and picks ready
/// tasks in proportion. Without a guarantee, but it runs tasks at very different speeds, and no
/// estimate can mislead it. Source: Thomson, Donaldson, Betts, "Concurrency Testing Using
/// Controlled Schedulers: An Empirical Study", ACM TOPC 2016, where it finds as many bugs as PCT.
class SwarmStrategy final : public RandomizedStrategy {
 public:
  explicit SwarmStrategy(std::uint64_t seed,
                         std::shared_ptr<detail::ProgramProfile> shared = nullptr)
      : RandomizedStrategy(seed, std::move(shared)) {}

 private:
  void begin(std::uint64_t /*number*/) override { arrived_ = 0; }
  /// O(ready tasks).
  [[nodiscard]] std::size_t next(const SchedulingPoint& point) override;

  std::vector<std::uint32_t> weights_;  // By number of the task.
  std::size_t arrived_ = 0;             // Of the profile's arrivals: those with a weight.
};

/// For Options::strategy.
[[nodiscard]] StrategyRecipe swarm();

}  // namespace coweave
