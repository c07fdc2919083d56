#include "coweave/strategy/urw.hpp"

#include <utility>

namespace coweave {

void UrwStrategy::begin(std::uint64_t /*number*/) {
  std::vector<std::uint64_t> expected(profile().known_tasks());
  for (std::uint32_t task = 0; task < expected.size(); ++task)
    expected[task] = profile().steps_with_descendants(task);
  weights_.restart(std::move(expected), 1);
  followed_ = 0;
}

std::size_t UrwStrategy::next(const SchedulingPoint& point) {
  weights_.admit(profile(), [](std::uint32_t /*task*/, std::uint32_t /*parent*/) {});
  const auto ran = profile().ran();
  for (; followed_ < ran.size(); ++followed_)
    if (ran[followed_] != detail::ProgramProfile::none) weights_.take(ran[followed_], 1);
  return weights_.draw(rng(), point.size(),
                       [this](std::size_t position) { return profile().number_at(position); });
}

StrategyRecipe urw() {
  return {"urw", [](std::uint64_t seed) { return std::make_unique<UrwStrategy>(seed); }};
}

}  // namespace coweave
