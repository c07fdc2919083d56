#include "coweave/strategy/strategy.hpp"

namespace coweave {

std::uint32_t Strategy::choose(std::uint32_t /*alternatives*/) { return 0; }

void Strategy::end_execution(std::span<const Step> /*steps*/) {}

Capabilities Strategy::capabilities() { return {}; }

}  // namespace coweave
