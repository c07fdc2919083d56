#pragma once

#include <cstddef>
#include <vector>

#include "coweave/dependence/access_log.hpp"
#include "coweave/strategy/strategy.hpp"

namespace coweave::detail {

/// Wraps a strategy that uses what steps touch (ObservesTouches), where all shared state is
/// declared, and reports each step to it. In an execution nothing is reported from the first step
/// on that may have touched anything.
class TouchReporter final : public Strategy {
 public:
  /// `strategy`, which offers `offered`, must outlive the reporter. `offered.touches` is not null.
  TouchReporter(Strategy& strategy, const Capabilities& offered)
      : strategy_(strategy), offered_(offered) {}

  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override;
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return strategy_.choose(alternatives);
  }
  void end_execution(std::span<const Step> steps) override;

  /// Those of the strategy, which is not to be told of touches by anyone else.
  [[nodiscard]] Capabilities capabilities() override;

 private:
  /// Reports the steps that have ended since the last call.
  void report();

  Strategy& strategy_;
  Capabilities offered_;  // By strategy_.
  AccessLog log_;
  std::vector<Touch> touches_;
  std::size_t reported_ = 0;
  bool is_lost_ = false;  // A step of this execution may have touched anything.
};

}  // namespace coweave::detail
