#pragma once

#include <cstddef>
#include <cstdint>

#include "coweave/core/ready_task.hpp"
#include "coweave/schedule/sparse_ready.hpp"
#include "coweave/schedule/step_log.hpp"

namespace coweave {

/// The ready tasks in the order of the ready queue; then, while a strategy picks, the injections.
struct ReadyView {
  ReadyTask** tasks = nullptr;  ///< The first entry, unless there are gaps between them.
  std::size_t size = 0;         ///< Both together.
  std::size_t injections = 0;
  detail::SparseReady* sparse = nullptr;  ///< Where the entries are, if there are gaps; else null.

  [[nodiscard]] ReadyTask& at(std::size_t position) const {
    return sparse == nullptr ? *tasks[position] : **sparse->slot(*this, position);
  }
};

/// What a strategy sees when it picks: the ready tasks in the order of the ready queue, and behind
/// them what else may happen there (injections), each known by its task's key and its operation.
/// Position 0 is the production order's pick; any other pick is a deviation. Valid only during the
/// call.
class SchedulingPoint {
 public:
  /// For the scheduler: shows the two as they are at each call.
  SchedulingPoint(const ReadyView& ready, const StepLog& log) : ready_(ready), log_(log) {}

  /// How many entries there are; strategies are asked only where it is at least 2.
  [[nodiscard]] std::size_t size() const { return ready_.size; }
  /// How many of them, at the end, are injections.
  [[nodiscard]] std::size_t injections() const { return ready_.injections; }
  /// O(1); with more than a few hundred entries O(log of their number), and O(1) in order.
  [[nodiscard]] const ReadyTask& operator[](std::size_t position) const {
    return ready_.at(position);
  }
  /// The decisions made in this execution: steps and choices.
  [[nodiscard]] std::span<const Step> history() const { return log_.view(); }
  /// Hash of the history. O(decisions since it was asked for last).
  [[nodiscard]] std::uint64_t fingerprint() const { return log_.fingerprint(); }
  /// The task that ran the step before, or none.
  [[nodiscard]] TaskId last() const { return log_.last_task(); }

 private:
  const ReadyView& ready_;
  const StepLog& log_;
};

}  // namespace coweave
