#include "coweave/strategy/reduction/footprint_table.hpp"

#include "coweave/core/hash.hpp"

namespace coweave::detail {

FootprintId FootprintTable::find_or_add(std::span<const Access> accesses, bool is_opaque) {
  // Mixed at each access: small numbers that are merely rolled together collide.
  std::uint64_t hash = mix(2 * accesses.size() + (is_opaque ? 2 : 1));
  for (const Access& access : accesses)
    hash = mix(hash + std::uint64_t{access.object} * 8 + static_cast<std::uint64_t>(access.kind));
  const auto next = static_cast<std::uint32_t>(entries_.size());
  const std::uint32_t number = numbers_.insert(hash, next);
  if (number == next) {
    entries_.emplace_back(static_cast<std::uint32_t>(accesses_.size()),
                          static_cast<std::uint32_t>(accesses.size()), is_opaque,
                          objects_of(accesses, is_opaque));
    accesses_.insert(accesses_.end(), accesses.begin(), accesses.end());
  }
  return FootprintId{number};
}

void FootprintTable::write(CheckpointWriter& checkpoint) const {
  checkpoint.add(entries_.size());
  for (const Entry& entry : entries_) {
    checkpoint.add(2 * std::uint64_t{entry.size} + (entry.is_opaque ? 1 : 0));
    for (std::uint32_t i = 0; i < entry.size; ++i) {
      const Access& access = accesses_[entry.first + i];
      checkpoint.add(std::uint64_t{access.object} * access_kinds +
                     static_cast<std::uint64_t>(access.kind));
    }
  }
}

void FootprintTable::read(CheckpointReader& checkpoint, std::size_t object_bound) {
  std::vector<Access> accesses;
  const std::size_t size = checkpoint.size();
  for (std::size_t number = 0; number < size && checkpoint.is_valid(); ++number) {
    const std::uint64_t length = checkpoint.number();
    accesses.clear();
    for (std::uint64_t i = 0; i < length / 2 && checkpoint.is_valid(); ++i) {
      const std::uint32_t access = checkpoint.below(object_bound * access_kinds);
      accesses.push_back({access / access_kinds, static_cast<AccessKind>(access % access_kinds)});
    }
    if (static_cast<std::size_t>(number_of(accesses, length % 2 == 1)) != number) checkpoint.fail();
  }
}

}  // namespace coweave::detail
