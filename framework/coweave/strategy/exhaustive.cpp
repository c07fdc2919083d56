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

StrategyRecipe exhaustive() {
  return {"exhaustive", [](std::uint64_t) { return std::make_unique<ExhaustiveStrategy>(); }};
}

}  // namespace coweave
