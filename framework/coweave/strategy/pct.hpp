#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "coweave/strategy/randomized.hpp"

namespace coweave {

/// What pct() takes.
struct PctOptions {
  std::uint32_t depth = 3;  ///< Ordering constraints that the bug needs; 1 to 1000.
};

/// Probabilistic concurrency testing: always steps the ready task of highest random priority, and
/// at `depth - 1` random decisions gives the task that would step the lowest one. Guarantee: an
/// execution exposes a bug of depth d, in a program of n tasks and k decisions, with probability at
/// least 1 / (n k^(d-1)); where the program chooses among v combinations of values and the bug
/// needs one of them, 1 / (n k^(d-1) v). The verdict says what that leaves. Source: Burckhardt,
/// Kothari, Musuvathi, Nagarakatte, "A Randomized Scheduler with Probabilistic Guarantees of
/// Finding Bugs", ASPLOS 2010. Deviations: n and k are measured, not given, and only picks among
/// several tasks count; an execution that outgrows 4 k + 256 decisions ends as a random walk, so
/// that a polling loop of high priority is not taken for a livelock.
class PctStrategy final : public RandomizedStrategy, public Assured {
 public:
  using Options = PctOptions;

  /// Throws Error if the depth is not from 1 to 1000.
  PctStrategy(std::uint64_t seed, Options options,
              std::shared_ptr<detail::ProgramProfile> shared = nullptr);

  /// The probability that none of the executions so far has exposed a given bug of that depth. Only
  /// those count that knew the n, k and v of now. 1, no bound, where the guarantee does not hold:
  /// an injection was among what could be picked, or an execution was longer than k.
  [[nodiscard]] double miss_probability() const;
  /// Without a depth where the guarantee does not hold.
  [[nodiscard]] std::optional<Assurance> assurance() const override;
  [[nodiscard]] Capabilities capabilities() override {
    Capabilities offered = RandomizedStrategy::capabilities();
    offered.assured = this;
    return offered;
  }

 private:
  void begin(std::uint64_t number) override;
  [[nodiscard]] std::size_t next(const SchedulingPoint& point) override;
  void end() override;
  [[nodiscard]] std::size_t highest(const SchedulingPoint& point) const;
  /// Whether nothing that happened was outside the theorem.
  [[nodiscard]] bool guarantee_holds() const {
    return !profile().has_injections() && !profile().leaves_decisions_out();
  }

  struct ChangePoint {
    std::uint64_t decision;
    std::uint64_t priority;  // 0 to depth - 2: below all that tasks begin with.
  };

  Options options_;
  std::vector<ChangePoint> changes_;  // In order of decision.
  std::size_t next_change_ = 0;
  std::uint64_t decisions_ = 0;            // Made in this execution.
  std::uint64_t limit_ = 0;                // Decisions from which on it is a random walk.
  std::vector<std::uint64_t> priorities_;  // By number of the task; highest runs.
  std::size_t arrived_ = 0;                // Of the profile's arrivals: those with a priority.
  std::uint64_t counted_ = 0;  // Executions that knew `known_decisions_` and `known_values_`.
  std::uint64_t known_decisions_ = 0;
  double known_values_ = 1;
};

/// For Options::strategy: `pct({.depth = 3})`. Throws Error for a depth that is not from 1 to 1000.
[[nodiscard]] StrategyRecipe pct(PctOptions options = {});

}  // namespace coweave
