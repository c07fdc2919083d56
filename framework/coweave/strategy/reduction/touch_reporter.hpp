#pragma once

#include <cstddef>
#include <vector>

#include "coweave/dependence/access_log.hpp"
#include "coweave/strategy/strategy.hpp"

namespace coweave::detail {

/// Wraps a strategy that wants to know what steps touch (Strategy::wants_touches), where all shared
/// state is declared, and reports each step to it. In an execution nothing is reported from the
/// first step on that may have touched anything.
class TouchReporter final : public Strategy {
 public:
  /// `strategy` must outlive the reporter.
  explicit TouchReporter(Strategy& strategy) : strategy_(strategy) {}

  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override;
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return strategy_.choose(alternatives);
  }
  void end_execution(std::span<const Step> steps) override;

  [[nodiscard]] AccessLog* accesses() override { return &log_; }
  [[nodiscard]] bool is_exhausted() const override { return strategy_.is_exhausted(); }
  [[nodiscard]] bool begins_in_production_order() const override {
    return strategy_.begins_in_production_order();
  }
  [[nodiscard]] std::optional<CompletedBound> completed_bound() const override {
    return strategy_.completed_bound();
  }
  [[nodiscard]] std::optional<Assurance> assurance() const override {
    return strategy_.assurance();
  }
  [[nodiscard]] bool was_probe() const override { return strategy_.was_probe(); }

 private:
  /// Reports the steps that have ended since the last call.
  void report();

  Strategy& strategy_;
  AccessLog log_;
  std::vector<Touch> touches_;
  std::size_t reported_ = 0;
  bool is_lost_ = false;  // A step of this execution may have touched anything.
};

}  // namespace coweave::detail
