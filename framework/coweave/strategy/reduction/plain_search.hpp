#pragma once

#include <functional>
#include <memory>

#include "coweave/strategy/exhaustive.hpp"
#include "coweave/strategy/reduction/reduced_search.hpp"

namespace coweave::detail {

/// No reduction: the interleavings of another strategy (by default all), and the class of each.
/// What the reduced searches are compared with.
class PlainSearch final : public ReducedSearch {
 public:
  using Make = std::function<std::unique_ptr<Strategy>()>;
  explicit PlainSearch(Make make = [] { return std::make_unique<ExhaustiveStrategy>(); });

  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    return point.size() > 1 ? strategy_->pick(point) : 0;
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return strategy_->choose(alternatives);
  }
  void end_execution(std::span<const Step> steps) override;
  [[nodiscard]] std::string_view engine() const override { return "plain enumeration"; }

 private:
  Make make_;
  std::unique_ptr<Strategy> strategy_;
  std::uint64_t skipped_ = 0;  // Executions before it began again.
};

}  // namespace coweave::detail
