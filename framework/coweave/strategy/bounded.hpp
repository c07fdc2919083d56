#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coweave/strategy/strategy.hpp"

namespace coweave {

/// The order that a bounded search deviates from.
enum class BaseOrder : std::uint8_t {
  production,         ///< The head of the ready queue.
  run_to_completion,  ///< The task that has just run while it is ready, else the head of the queue.
};

/// What bounded() takes.
struct BoundedOptions {
  static constexpr std::uint32_t unlimited = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t deviations = unlimited;  ///< The last bound. Unlimited: until nothing is left.
  BaseOrder base = BaseOrder::production;
  /// How many schedules are kept to be deviated from, 16 bytes each. Those of a bound that has more
  /// are executed again, as probes, where they are deviated from: a few in a hundred executions
  /// while a bound has many times as many schedules as the one before, more towards the end of all.
  std::size_t most_kept = std::size_t{1} << 19U;
};

/// Bounded search: first the base order, then every schedule that deviates from it once, then all
/// that deviate twice, and so on, each bound completed before the next and each schedule executed
/// once. A deviation is a pick that is not the base order's, or a choice that is not 0. Sources:
/// Musuvathi, Qadeer, "Iterative Context Bounding for Systematic Testing of Multithreaded
/// Programs", PLDI 2007; Emmi, Qadeer, Rakamaric, "Delay-Bounded Scheduling", POPL 2011. Deviation:
/// a skip over several tasks costs 1, not their number. Running to completion lets go of a task
/// that has run for 256 decisions in a row, so that a polling loop is not taken for a livelock.
/// Memory: 16 bytes for each schedule of all bounds but the last, up to BoundedOptions::most_kept.
/// Beyond that the search goes depth first from the last bound that was kept whole, as iterative
/// deepening does. Source: Korf, "Depth-First Iterative-Deepening: An Optimal Admissible Tree
/// Search", Artificial Intelligence 1985.
class BoundedStrategy final : public Strategy,
                              public Exhaustible,
                              public Bounded,
                              public Checkpointable,
                              public GrowsInMemory,
                              public Probing {
 public:
  using Options = BoundedOptions;

  explicit BoundedStrategy(Options options = {}) : options_(options) {}

  /// O(deviations). False when the last bound is complete, or no schedule has more deviations.
  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  /// O(1) in production order, O(ready tasks) when running to completion.
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override;
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return decide(alternatives);
  }
  /// Throws Nondeterminism if the execution ended before the decisions that it should have
  /// repeated.
  void end_execution(std::span<const Step> steps) override;
  /// Whether no schedule has more deviations than were allowed: then every interleaving was
  /// executed.
  [[nodiscard]] bool is_exhausted() const override { return is_exhausted_; }
  [[nodiscard]] std::optional<CompletedBound> completed_bound() const override;
  [[nodiscard]] std::vector<std::uint64_t> checkpoint() const override;
  [[nodiscard]] bool restore(std::span<const std::uint64_t> numbers) override;
  [[nodiscard]] bool was_probe() const override { return deviations_.size() < bound_; }
  [[nodiscard]] std::size_t memory() const override { return kept_ * sizeof(Leaf); }
  /// Begins in production order where that is the base order.
  [[nodiscard]] Capabilities capabilities() override;

 private:
  /// A schedule of a bound that is kept: its last deviation, and how it is continued. Those before
  /// the last are its parent's.
  struct Leaf {
    std::uint32_t parent;
    std::uint32_t decision;
    std::uint32_t pick;
    std::uint32_t decisions;  // Of the whole execution.
  };
  struct Deviation {
    std::uint32_t decision;
    std::uint32_t pick;
  };
  /// Of the execution that had the first deviations of this one, and no more.
  struct Level {
    std::uint32_t alternatives;  // At its last deviation.
    std::uint32_t decisions;     // In all.
  };

  /// The rank, in the base order, of the decision under way.
  std::uint32_t decide(std::uint32_t alternatives) {
    const std::uint32_t decision = decisions_++;
    if (next_ == deviations_.size() || deviations_[next_].decision != decision) [[likely]]
      return 0;
    last_alternatives_ = alternatives;
    const std::uint32_t rank = deviations_[next_++].pick;
    if (rank >= alternatives) [[unlikely]]
      throw Nondeterminism{};
    return rank;
  }
  /// The position of the task of that rank in the base order.
  std::size_t position_of(std::size_t rank, const SchedulingPoint& point);
  /// Moves deviations_ on to the next schedule of this bound, or to a probe for it; false if there
  /// is none.
  bool advance();
  /// The same below the schedule that is deviated from.
  bool advance_below_parent();
  void load_parent();
  /// The next bound, unless this one was the last.
  bool begin_next_bound();
  [[nodiscard]] Leaf& parent() { return bounds_[kept_bounds_ - 1][parent_]; }
  /// The first decision at which the parent may be deviated from.
  [[nodiscard]] std::uint32_t first_below(const Leaf& leaf) const {
    return kept_bounds_ == 1 ? 0 : leaf.decision + 1;
  }
  void keep(const Leaf& leaf);

  Options options_;
  std::vector<std::vector<Leaf>> bounds_;  // The schedules of the first bounds, in order.
  std::size_t kept_ = 0;                   // Schedules in bounds_.
  bool keeps_ = true;                      // Those of this bound, too.
  std::uint32_t kept_bounds_ = 0;          // Whose schedules are deviated from.
  std::vector<Level> levels_;              // By number of deviations, from kept_bounds_ on.
  std::vector<Deviation> deviations_;      // Of this execution, in order of decision.
  std::size_t next_ = 0;                   // In deviations_.
  std::uint32_t decisions_ = 0;            // Made in this execution.
  std::uint32_t last_alternatives_ = 0;    // At the last of deviations_.
  std::uint32_t bound_ = 0;                // Of this execution.
  std::uint32_t parent_ = 0;               // In bounds_[kept_bounds_ - 1].
  bool goes_deeper_ = false;               // Some schedule of this bound can deviate once more;
  bool parent_goes_deeper_ = false;        // one below the parent can.
  std::uint64_t executed_ = 0;
  std::uint64_t executed_below_ = 0;  // In the bounds that are complete.
  TaskId running_ = TaskId::none;     // When running to completion: who runs, and
  std::uint32_t run_length_ = 0;      // for how many decisions in a row.
  bool is_exhausted_ = false;
  bool is_complete_ = false;
};

/// For Options::strategy: `bounded({.deviations = 2})`.
[[nodiscard]] StrategyRecipe bounded(BoundedOptions options = {});

}  // namespace coweave
