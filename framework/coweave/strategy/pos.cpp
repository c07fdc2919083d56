#include "coweave/strategy/pos.hpp"

#include <algorithm>

namespace coweave {

void PosStrategy::begin(std::uint64_t /*number*/) {
  std::fill(priorities_.begin(), priorities_.end(), 0U);
  followed_ = 0;
}

bool PosStrategy::may_conflict(std::uint32_t task, const std::vector<Touch>* last) const {
  if (last == nullptr) return true;
  const std::vector<Touch>* predicted = profile().touches_of(task, profile().steps_done(task));
  if (predicted == nullptr) return true;
  return std::any_of(predicted->begin(), predicted->end(), [last](const Touch& mine) {
    return std::any_of(last->begin(), last->end(),
                       [&mine](const Touch& its) { return conflict(mine, its); });
  });
}

std::size_t PosStrategy::next(const SchedulingPoint& point) {
  const auto ran = profile().ran();
  priorities_.resize(std::max(priorities_.size(), profile().known_tasks()));
  // Who ran has another step before it now. More than one step since the last decision: nothing
  // else was ready in between, so that all that are ready now have become so since.
  const bool all_are_new =
      ran.size() != followed_ + 1 || ran.back() == detail::ProgramProfile::none;
  const std::uint32_t last_task = all_are_new ? detail::ProgramProfile::none : ran.back();
  followed_ = ran.size();

  const std::vector<Touch>* last = profile().last_touches();
  std::size_t best = 0;
  std::uint64_t highest = 0;
  for (std::size_t i = 0; i < point.size(); ++i) {
    const std::uint32_t task = profile().number_at(i);
    std::uint64_t& priority = priorities_[task];
    if (priority == 0 || all_are_new || task == last_task || may_conflict(task, last))
      priority = rng().next() | 1U;
    if (i == 0 || priority > highest) {
      best = i;
      highest = priority;
    }
  }
  return best;
}

StrategyRecipe pos() {
  return {"pos", [](std::uint64_t seed) { return std::make_unique<PosStrategy>(seed); }};
}

}  // namespace coweave
