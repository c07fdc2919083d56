#pragma once

#include <functional>
#include <memory>

#include "coweave/strategy/exhaustive.hpp"
#include "coweave/strategy/reduction/reduced_search.hpp"

namespace coweave::detail {

/// No reduction: executes the interleavings of another strategy, by default all, and names the
/// class of each. The reduced searches are compared with it, by tests and by the audit.
///
/// Worked example (test WorkedExamples.ThreeInterleavingsAreTwoClasses builds it): with the program
/// of ReducedSearch it executes p q r, q p r and q r p, and counts two classes. In general a class
/// has as many interleavings as its relation has linear extensions, which the generated tests
/// count: {p -> r, q -> r} has two, {q -> r, r -> p} has one.
///
/// Invariants: those of ReducedSearch. Complexity: an execution for each interleaving, whose
/// relation is built anew from the first step.
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
  /// Replaces the strategy by a new one, which has not begun.
  void adopt();

  Make make_;
  std::unique_ptr<Strategy> strategy_;
  Capabilities offered_;       // By strategy_.
  std::uint64_t skipped_ = 0;  // Executions before the search began anew.
};

}  // namespace coweave::detail
