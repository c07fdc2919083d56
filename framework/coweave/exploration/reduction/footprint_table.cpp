#include "coweave/exploration/reduction/footprint_table.hpp"

namespace coweave::detail {

FootprintId FootprintTable::number_of(FootprintView footprint) {
  // Mixed at each access: small numbers that are merely rolled together collide.
  std::uint64_t hash = mix(2 * footprint.accesses.size() + (footprint.is_universal ? 2 : 1));
  for (const Access& access : footprint.accesses)
    hash = mix(hash + std::uint64_t{access.object} * 8 + static_cast<std::uint64_t>(access.kind));
  const auto next = static_cast<std::uint32_t>(entries_.size());
  const std::uint32_t number = numbers_.insert(hash, next);
  if (number == next) {
    entries_.push_back({static_cast<std::uint32_t>(accesses_.size()),
                        static_cast<std::uint32_t>(footprint.accesses.size()),
                        footprint.is_universal});
    accesses_.insert(accesses_.end(), footprint.accesses.begin(), footprint.accesses.end());
  }
  return FootprintId{number};
}

}  // namespace coweave::detail
