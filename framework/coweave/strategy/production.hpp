#pragma once

#include "coweave/strategy/strategy.hpp"

namespace coweave {

/// One execution, in production order: the ready task at the head of the queue steps, choices are
/// 0.
class ProductionStrategy final : public Strategy {
 public:
  [[nodiscard]] bool begin_execution(std::uint64_t number) override { return number == 1; }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& /*point*/) override { return 0; }
  [[nodiscard]] Capabilities capabilities() override {
    return {.begins_in_production_order = true};
  }
};

/// For Options::strategy.
[[nodiscard]] StrategyRecipe production();

}  // namespace coweave
