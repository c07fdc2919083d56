#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "coweave/strategy/strategy.hpp"

namespace coweave::detail {

/// One decision that is not the production order's, by names that survive a change of the decisions
/// before it.
struct Deviation {
  /// Where: before this step of the task that the production order would run, or at this choice of
  /// the execution.
  struct Anchor {
    std::uint64_t task = 0;  ///< Key.
    std::uint32_t step =
        0;  ///< How many steps the task has made; of a choice, how many came before.
    bool is_choice = false;
    friend bool operator==(const Anchor&, const Anchor&) = default;
  };
  Anchor at;
  std::uint64_t task = 0;                          ///< Key of what is picked instead.
  OperationKind operation = OperationKind::start;  ///< An injection's; else anything.
  std::uint32_t value = 0;                         ///< Of a choice.
  std::uint32_t decision = 0;                      ///< Index in the log when it was taken.
};

using Deviations = std::vector<Deviation>;

/// A strategy that is tried, and knows what it does as deviations.
class Candidate : public Strategy {
 public:
  /// Of the last execution, in order.
  [[nodiscard]] virtual const Deviations& taken() const = 0;
};

/// Runs the production order but for given deviations, and writes down those that it takes.
/// Tolerant: what cannot be done where it should be is left out.
class DeviationStrategy final : public Candidate {
 public:
  explicit DeviationStrategy(std::span<const Deviation> wanted) : wanted_(wanted) {}

  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  /// O(deviations).
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override;
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override;

  [[nodiscard]] const Deviations& taken() const override { return taken_; }

 private:
  std::span<const Deviation> wanted_;
  std::vector<bool> is_done_;  // Of wanted_: taken, or could not be.
  Deviations taken_;
  std::vector<std::uint32_t> steps_;  // Of each task in this execution.
  std::size_t counted_ = 0;           // Decisions that steps_ covers.
  std::uint32_t choices_ = 0;

  friend class DeviationsOfPicks;
  [[nodiscard]] Deviation::Anchor anchor_at(const SchedulingPoint& point);
  void note(const SchedulingPoint& point, const Deviation::Anchor& anchor, std::size_t position);
};

/// Follows recorded picks and tells which deviations they are.
class DeviationsOfPicks final : public Candidate {
 public:
  /// `picks` must outlive it.
  explicit DeviationsOfPicks(std::span<const std::uint32_t> picks) : picks_(picks) {}

  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override;
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override;
  [[nodiscard]] const Deviations& taken() const override { return notes_.taken(); }

 private:
  [[nodiscard]] std::uint32_t next(std::size_t alternatives);

  std::span<const std::uint32_t> picks_;
  std::size_t done_ = 0;
  DeviationStrategy notes_{{}};
};

}  // namespace coweave::detail
