#include "coweave/strategy/tree_estimate.hpp"

#include <cmath>
#include <limits>

namespace coweave {

double tree_size(std::span<const Step> steps) {
  double product = 1;
  for (const Step& step : steps) product *= step.alternatives;
  return product;
}

void RandomTreeEstimate::add(std::span<const Step> steps) {
  const double sample = tree_size(steps);
  ++executions_;
  const double distance = sample - mean_;
  mean_ += distance / static_cast<double>(executions_);
  squares_ += distance * (sample - mean_);
}

double RandomTreeEstimate::schedules() const { return mean_; }

double RandomTreeEstimate::standard_error() const {
  if (executions_ < 2) return std::numeric_limits<double>::infinity();
  const auto n = static_cast<double>(executions_);
  return std::sqrt(squares_ / (n - 1) / n);
}

void EnumerationEstimate::add(std::span<const Step> steps) {
  ++executions_;
  share_ += 1 / tree_size(steps);
}

double EnumerationEstimate::schedules() const {
  return share_ > 0 ? static_cast<double>(executions_) / share_ : 0;
}

}  // namespace coweave
