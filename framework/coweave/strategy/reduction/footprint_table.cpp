#include "coweave/strategy/reduction/footprint_table.hpp"

#include "coweave/core/error.hpp"
#include "coweave/core/hash.hpp"

namespace coweave::detail {

std::uint64_t FootprintTable::hash_of(std::span<const Access> accesses, bool is_opaque) {
  // Mixed at each access: small numbers that are merely rolled together collide.
  std::uint64_t hash = mix(2 * accesses.size() + (is_opaque ? 2 : 1));
  for (const Access& access : accesses)
    hash = mix(hash + std::uint64_t{access.object} * 8 + static_cast<std::uint64_t>(access.kind));
  return hash;
}

FootprintId FootprintTable::find_or_add(std::span<const Access> accesses, bool is_opaque) {
  const auto next = static_cast<std::uint32_t>(entries_.size());
  const std::uint32_t number = numbers_.insert(hash_of(accesses, is_opaque), next);
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

void FootprintTable::check_invariants() const {
  numbers_.check_invariants();
  COWEAVE_INVARIANT(numbers_.size() == entries_.size());
  std::size_t end = 0;
  for (std::uint32_t number = 0; number < entries_.size(); ++number) {
    const Entry& entry = entries_[number];
    COWEAVE_INVARIANT(entry.first == end && entry.first + entry.size <= accesses_.size());
    end += entry.size;
    const std::span<const Access> accesses((*this)[FootprintId{number}].accesses);
    COWEAVE_INVARIANT(entry.objects == objects_of(accesses, entry.is_opaque));
    COWEAVE_INVARIANT(numbers_.find(hash_of(accesses, entry.is_opaque)) == number);
  }
  COWEAVE_INVARIANT(end == accesses_.size());
}

}  // namespace coweave::detail
