#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "coweave/strategy/randomized.hpp"
#include "coweave/strategy/step_weights.hpp"

namespace coweave {

/// Selectively uniform random walk: each execution selects one contended object or a few, and is
/// uniform over the interleavings of the steps that touch those; all other steps are picked
/// uniformly among the ready ones. What a ready step is going to touch is predicted, as by
/// PosStrategy. Where the exploration does not track what steps touch, all steps are selected,
/// which is UrwStrategy. Source: Zhao, Wolff, Mathur, Roychoudhury, "Selectively Uniform
/// Concurrency Testing", ASPLOS 2025. Deviation: m objects with probability 2^-m, counts are
/// running maxima.
class SurwStrategy final : public RandomizedStrategy {
 public:
  explicit SurwStrategy(std::uint64_t seed,
                        std::shared_ptr<detail::ProgramProfile> shared = nullptr)
      : RandomizedStrategy(seed, std::move(shared)) {}

 private:
  void begin(std::uint64_t number) override;
  /// O(ready tasks^2) in the worst case.
  [[nodiscard]] std::size_t next(const SchedulingPoint& point) override;
  void select_objects();
  [[nodiscard]] bool is_selected(std::uint32_t task, std::uint32_t step) const;
  void admit();
  void draw_intended(std::size_t ready);
  /// The positions of ready tasks that are not parked, in order. O(ready).
  void find_candidates(std::size_t ready);

  std::vector<std::uint64_t> selected_;  // Objects; empty: all steps are selected.
  detail::StepWeights weights_;          // In selected steps.
  std::uint32_t intended_ = 0;           // The task whose selected step comes next, or none.
  std::vector<char> is_parked_;          // By number of the task.
  std::vector<std::size_t> candidates_;  // Positions.
  std::size_t followed_ = 0;             // Steps of this execution.
  std::vector<std::uint32_t> done_;      // By number of the task: those followed.
};

/// For Options::strategy.
[[nodiscard]] StrategyRecipe surw();

}  // namespace coweave
