#include "coweave/strategy/strategy.hpp"

namespace coweave {

std::uint32_t Strategy::choose(std::uint32_t /*alternatives*/) { return 0; }

void Strategy::end_execution(std::span<const Step> /*steps*/) {}

void Strategy::step_ended(std::span<const Touch> /*touches*/) {}

std::optional<CompletedBound> Strategy::completed_bound() const { return std::nullopt; }

std::optional<Assurance> Strategy::assurance() const { return std::nullopt; }

std::vector<std::uint64_t> Strategy::position() const { return {}; }

bool Strategy::go_on_from(std::span<const std::uint64_t> /*position*/) { return false; }

std::size_t Strategy::memory() const { return 0; }

detail::AccessLog* Strategy::accesses() { return nullptr; }

}  // namespace coweave
