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

/// The number of a footprint in a table.
enum class FootprintId : std::uint32_t {};

/// Keeps each footprint once, under a number: a search remembers thousands of steps, which have few
/// different footprints.
///
/// Worked example (test FootprintTable.NumbersTheFootprintsOfItsExample):
///
///     number_of({read x})              0
///     number_of({read x, write y})     1
///     number_of({write y, read x})     2    the order of the accesses counts
///     number_of({read x}), opaque      3
///     number_of({read x})              0    known
///
/// Invariants (check_invariants): footprints stand in accesses_ one after the other, without gaps;
/// no two are equal; the index knows each by the hash of its accesses; `objects` are those of the
/// accesses.
/// Complexity: O(accesses) for a number; a table of the 256 footprints that were asked for last
/// spares most hashes.
class FootprintTable {
 public:
  /// Returns the number of the footprint with these accesses in this order; adds it if it is new.
  /// Spans go by reference: the copy of one that was just made stalls on store forwarding.
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
  /// Writes all footprints, for read().
  void write(CheckpointWriter& checkpoint) const;
  /// Into an empty table: reads the footprints that another one wrote, under the same numbers.
  /// Fails the checkpoint if one is not new, or if an object is not below `object_bound`.
  void read(CheckpointReader& checkpoint, std::size_t object_bound);
  /// Aborts if an invariant of the class comment is broken. For tests and builds with
  /// COWEAVE_CHECK_INVARIANTS. O(accesses of all footprints).
  void check_invariants() const;

 private:
  struct Entry {
    std::uint32_t first;  // In accesses_.
    std::uint32_t size;
    bool is_opaque;
    ObjectBits objects;
  };

  /// A cheap hash below 256, for recent_.
  [[nodiscard]] static std::uint32_t rough_hash(const std::span<const Access>& accesses) {
    auto rough = static_cast<std::uint32_t>(accesses.size());
    if (!accesses.empty())
      rough += 37 * accesses.front().object + 59 * accesses.back().object +
               11 * static_cast<std::uint32_t>(accesses.back().kind);
    return rough * 0x9E3779B9U >> 24U;
  }
  /// Whether `number` is in use and is the number of that footprint.
  [[nodiscard]] bool is(FootprintId number, const std::span<const Access>& accesses,
                        bool is_opaque) const {
    if (static_cast<std::size_t>(number) >= entries_.size()) return false;
    const Entry& known = entries_[static_cast<std::size_t>(number)];
    if (known.size != accesses.size() || known.is_opaque != is_opaque) return false;
    for (std::size_t i = 0; i < accesses.size(); ++i)
      if (accesses_[known.first + i] != accesses[i]) return false;
    return true;
  }
  [[nodiscard]] static std::uint64_t hash_of(std::span<const Access> accesses, bool is_opaque);
  [[nodiscard]] FootprintId find_or_add(std::span<const Access> accesses, bool is_opaque);

  std::vector<Access> accesses_;
  std::vector<Entry> entries_;
  HashIndex numbers_;
  std::array<FootprintId, 256> recent_{};  // By rough_hash().
};

}  // namespace coweave::detail
