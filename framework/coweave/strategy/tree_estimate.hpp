#pragma once

#include <cstdint>
#include <span>

#include "coweave/schedule/step.hpp"

namespace coweave {

/// The product of the alternatives of an execution.
[[nodiscard]] double tree_size(std::span<const Step> steps);

/// How many schedules a program has, from executions of a uniform random walk: the mean of the
/// products of their numbers of alternatives. Without bias, though of high variance.
/// Source: Knuth, "Estimating the Efficiency of Backtrack Programs", Mathematics of Computation
/// 1975.
class RandomTreeEstimate {
 public:
  void add(std::span<const Step> steps);
  [[nodiscard]] std::uint64_t executions() const { return executions_; }
  /// 0 as long as there is no execution.
  [[nodiscard]] double schedules() const;
  /// Of the mean, as far as the executions tell; infinite for fewer than two.
  [[nodiscard]] double standard_error() const;

 private:
  std::uint64_t executions_ = 0;
  double mean_ = 0;
  double squares_ = 0;  // Sum of squared distances from the mean.
};

/// The same from a depth-first enumeration under way, and how far it has come: the leaf of an
/// execution stands for the share of the tree that is 1 over the product of its alternatives.
/// Source: Kilby, Slaney, Thiebaux, Walsh, "Estimating Search Tree Size", AAAI 2006.
class EnumerationEstimate {
 public:
  void add(std::span<const Step> steps);
  [[nodiscard]] std::uint64_t executions() const { return executions_; }
  /// Monotone; 1 at the end of the enumeration, up to rounding.
  [[nodiscard]] double share_done() const { return share_; }
  /// 0 as long as there is no execution; exact at the end.
  [[nodiscard]] double schedules() const;

 private:
  std::uint64_t executions_ = 0;
  double share_ = 0;
};

}  // namespace coweave
