#include "coweave/schedule/schedule.hpp"

#include <algorithm>

namespace coweave {

std::size_t Schedule::deviations() const {
  return static_cast<std::size_t>(
      std::count_if(picks.begin(), picks.end(), [](std::uint32_t pick) { return pick != 0; }));
}

}  // namespace coweave
