#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "coweave/strategy/strategy.hpp"

namespace coweave::detail {

/// Follows recorded picks up to one step of one task; holds that task back until another one has
/// made so many steps; goes on in production order from there.
class HoldBackStrategy final : public Strategy {
 public:
  struct Order {
    std::uint64_t held = 0;        ///< Key of the task that waits.
    std::uint32_t held_after = 0;  ///< How many steps it has made when it is held back.
    std::uint64_t until = 0;       ///< Key of the task that goes first.
    std::uint32_t steps = 0;       ///< How many steps that one has to have made.
  };
  /// `picks` must outlive it.
  HoldBackStrategy(std::span<const std::uint32_t> picks, const Order& order)
      : picks_(picks), order_(order) {}

  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  /// O(ready tasks), and O(1) amortised for each step.
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override;
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override;

  /// Whether the execution of `steps`, its last one, has the order: where nothing else is ready the
  /// task cannot be held back.
  [[nodiscard]] bool has_order(std::span<const Step> steps) const;

 private:
  [[nodiscard]] std::uint32_t next(std::size_t alternatives);
  [[nodiscard]] std::uint32_t steps_of(const std::optional<TaskId>& task) const;

  std::span<const std::uint32_t> picks_;
  Order order_;
  std::size_t done_ = 0;
  bool has_left_ = false;       // The recorded picks.
  std::optional<TaskId> held_;  // Once seen.
  std::optional<TaskId> until_;
  std::vector<std::uint32_t> steps_;  // Of each task in this execution.
  std::size_t counted_ = 0;           // Decisions that steps_ covers.
};

}  // namespace coweave::detail
