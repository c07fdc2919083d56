#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "coweave/dependence/footprint.hpp"
#include "coweave/strategy/reduction/checkpoint_numbers.hpp"
#include "coweave/strategy/reduction/hash_index.hpp"

namespace coweave::detail {

/// Number of a footprint in a table.
enum class FootprintId : std::uint32_t {};

/// Keeps each footprint once: a search remembers thousands of steps, and few different things that
/// they do.
class FootprintTable {
 public:
  /// The number of the footprint that has these accesses; one like it, in the same order, has the
  /// same. O(accesses). Spans go by reference: the copy of one that was just made stalls on store
  /// forwarding.
  [[nodiscard]] FootprintId number_of(const std::span<const Access>& accesses, bool is_opaque) {
    FootprintId& recent = recent_[rough_hash(accesses)];
    if (!is(recent, accesses, is_opaque)) recent = find_or_add(accesses, is_opaque);
    return recent;
  }
  [[nodiscard]] FootprintId number_of(const FootprintView& footprint) {
    return number_of(footprint.accesses, footprint.is_opaque);
  }
  /// Valid up to the next number_of().
  [[nodiscard]] FootprintView operator[](FootprintId number) const {
    const Entry& entry = entries_[static_cast<std::size_t>(number)];
    return {{accesses_.data() + entry.first, entry.size}, entry.is_opaque, entry.objects};
  }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// In bytes.
  [[nodiscard]] std::size_t memory() const {
    return accesses_.capacity() * sizeof(Access) + entries_.capacity() * sizeof(Entry) +
           numbers_.memory();
  }
  /// Its footprints, for read().
  void write(CheckpointWriter& checkpoint) const;
  /// Into an empty table: those of another, under the same numbers. Objects must be below
  /// `object_bound`.
  void read(CheckpointReader& checkpoint, std::size_t object_bound);

 private:
  struct Entry {
    std::uint32_t first;  // In accesses_.
    std::uint32_t size;
    bool is_opaque;
    ObjectBits objects;
  };

  /// Below 256.
  [[nodiscard]] static std::uint32_t rough_hash(const std::span<const Access>& accesses) {
    auto rough = static_cast<std::uint32_t>(accesses.size());
    if (!accesses.empty())
      rough += 37 * accesses.front().object + 59 * accesses.back().object +
               11 * static_cast<std::uint32_t>(accesses.back().kind);
    return rough * 0x9E3779B9U >> 24U;
  }
  /// Whether `number` is in use, for that footprint.
  [[nodiscard]] bool is(FootprintId number, const std::span<const Access>& accesses,
                        bool is_opaque) const {
    if (static_cast<std::size_t>(number) >= entries_.size()) return false;
    const Entry& known = entries_[static_cast<std::size_t>(number)];
    if (known.size != accesses.size() || known.is_opaque != is_opaque) return false;
    for (std::size_t i = 0; i < accesses.size(); ++i)
      if (accesses_[known.first + i] != accesses[i]) return false;
    return true;
  }
  [[nodiscard]] FootprintId find_or_add(std::span<const Access> accesses, bool is_opaque);

  std::vector<Access> accesses_;
  std::vector<Entry> entries_;
  HashIndex numbers_;
  std::array<FootprintId, 256> recent_{};  // By a rough hash: most are asked for again.
};

}  // namespace coweave::detail
