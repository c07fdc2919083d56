#include "coweave/strategy/tree_estimate.hpp"

#include <cmath>
#include <limits>

namespace coweave {
namespace {

double product_of_alternatives(std::span<const Step> steps) {
  double product = 1;
  for (const Step& step : steps) product *= step.alternatives;
  return product;
}

}  // namespace

void RandomTreeEstimate::add(std::span<const Step> steps) {
  const double sample = product_of_alternatives(steps);
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
  share_ += 1 / product_of_alternatives(steps);
}

double EnumerationEstimate::schedules() const {
  return share_ > 0 ? static_cast<double>(executions_) / share_ : 0;
}

}  // namespace coweave
