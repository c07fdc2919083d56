#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "coweave/strategy/strategy.hpp"

namespace coweave::detail {

/// Follows recorded picks up to a decision; from there always picks the task that has not run for
/// longest, so that no ready task waits for more steps than there are tasks.
class FairStrategy final : public Strategy {
 public:
  /// `picks` must outlive it; `decisions` of the history are the recorded beginning.
  FairStrategy(std::span<const std::uint32_t> picks, std::size_t decisions)
      : picks_(picks), decisions_(decisions) {}

  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  /// O(ready tasks), and O(1) amortised for each step.
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override;
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override;

 private:
  std::span<const std::uint32_t> picks_;
  std::size_t decisions_;
  std::size_t done_ = 0;
  bool is_fair_ = false;               // The recorded beginning is over.
  std::vector<std::size_t> last_run_;  // Of each task: its last decision, counted from 1.
  std::size_t counted_ = 0;            // Decisions that last_run_ covers.
};

}  // namespace coweave::detail
