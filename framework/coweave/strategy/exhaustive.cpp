#include "coweave/strategy/exhaustive.hpp"

namespace coweave {

bool ExhaustiveStrategy::begin_execution(std::uint64_t number) {
  if (number > 1) {
    while (!path_.empty() && path_.back().pick + 1 == path_.back().alternatives) path_.pop_back();
    if (path_.empty()) {
      is_exhausted_ = true;
      return false;
    }
    ++path_.back().pick;
  }
  next_ = path_.data();
  end_ = next_ + path_.size();
  return true;
}

void ExhaustiveStrategy::end_execution(std::span<const Step> /*steps*/) {
  if (next_ != end_) throw Nondeterminism{};
}

void ExhaustiveStrategy::extend(std::uint32_t alternatives) {
  path_.push_back({0, alternatives});
  end_ = path_.data() + path_.size();
  next_ = end_ - 1;
}

StrategyRecipe exhaustive() {
  return {"exhaustive", [](std::uint64_t) { return std::make_unique<ExhaustiveStrategy>(); }};
}

}  // namespace coweave
