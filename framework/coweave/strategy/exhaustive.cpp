#include "coweave/strategy/exhaustive.hpp"

namespace coweave {

bool ExhaustiveStrategy::begin_execution(std::uint64_t number) {
  depth_ = 0;
  if (number == 1) return true;
  while (!path_.empty() && path_.back().pick + 1 == path_.back().alternatives) path_.pop_back();
  if (path_.empty()) {
    is_exhausted_ = true;
    return false;
  }
  ++path_.back().pick;
  return true;
}

std::uint32_t ExhaustiveStrategy::decide(std::uint32_t alternatives, std::uint64_t fingerprint) {
  if (depth_ == path_.size()) {
    path_.push_back({0, alternatives, fingerprint});
  } else if (path_[depth_].alternatives != alternatives ||
             path_[depth_].fingerprint != fingerprint) [[unlikely]] {
    throw Nondeterminism{};
  }
  return path_[depth_++].pick;
}

std::size_t ExhaustiveStrategy::pick(const SchedulingPoint& point) {
  return decide(static_cast<std::uint32_t>(point.size()), point.fingerprint());
}

std::uint32_t ExhaustiveStrategy::choose(std::uint32_t alternatives) {
  return decide(alternatives, 0);
}

StrategyRecipe exhaustive() {
  return {"exhaustive", [](std::uint64_t) { return std::make_unique<ExhaustiveStrategy>(); }};
}

}  // namespace coweave
