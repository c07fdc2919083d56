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

std::vector<std::uint64_t> ExhaustiveStrategy::checkpoint() const {
  std::vector<std::uint64_t> numbers{path_.size()};  // Never empty.
  for (const Branch& branch : path_)
    numbers.push_back((std::uint64_t{branch.pick} << 32U) | branch.alternatives);
  return numbers;
}

bool ExhaustiveStrategy::restore(std::span<const std::uint64_t> numbers) {
  if (numbers.empty() || numbers.front() != numbers.size() - 1) return false;
  path_.clear();
  for (const std::uint64_t number : numbers.subspan(1)) {
    const Branch branch{static_cast<std::uint32_t>(number >> 32U),
                        static_cast<std::uint32_t>(number)};
    if (branch.pick >= branch.alternatives) return false;
    path_.push_back(branch);
  }
  return true;
}

Capabilities ExhaustiveStrategy::capabilities() {
  Capabilities offered = capabilities_of(*this);
  offered.begins_in_production_order = true;
  return offered;
}

StrategyRecipe exhaustive() {
  return {"exhaustive", [](std::uint64_t) { return std::make_unique<ExhaustiveStrategy>(); }};
}

}  // namespace coweave
