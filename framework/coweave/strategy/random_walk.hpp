#pragma once

#include <algorithm>

#include "coweave/core/rng.hpp"
#include "coweave/strategy/strategy.hpp"

namespace coweave {

/// Uniform random walk: each ready task, and each value of a choice, is equally likely. Guarantee:
/// an execution of k decisions among at most n ready tasks follows any given schedule with
/// probability at least n^-k. Execution r depends on (seed, r) alone. Injections would crowd the
/// beginning of an execution if they were picked like tasks: each waits for a position that is
/// drawn uniformly from twice the length of the longest execution so far, and is not taken if that
/// comes after the end.
class RandomWalkStrategy final : public Strategy {
 public:
  explicit RandomWalkStrategy(std::uint64_t seed) : seeds_(seed), rng_(seed) {}

  /// Always true: a random strategy never runs out.
  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    rng_ = Rng(seeds_(number));
    next_injection_ = undrawn;
    return true;
  }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    if (point.injections() > 0) [[unlikely]]
      return pick_with_injections(point);
    return pick_below(point.size());
  }
  /// The same among `ready` tasks where nothing is injected.
  [[nodiscard]] std::size_t pick_below(std::size_t ready) {
    return rng_.below(static_cast<std::uint32_t>(ready));
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return rng_.below(alternatives);
  }

  void end_execution(std::span<const Step> steps) override {
    longest_ = std::max(longest_, steps.size());
  }

 private:
  static constexpr std::size_t undrawn = static_cast<std::size_t>(-1);

  [[nodiscard]] std::size_t pick_with_injections(const SchedulingPoint& point);

  ExecutionSeeds seeds_;
  Rng rng_;
  std::size_t longest_ = 0;               // Of the executions so far, in decisions.
  std::size_t next_injection_ = undrawn;  // The decision from which on one is taken.
};

/// For Options::strategy. The seed is Options::seed.
[[nodiscard]] StrategyRecipe random_walk();

}  // namespace coweave
