#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "coweave/exploration/reduction/hash_index.hpp"
#include "coweave/exploration/reduction/position.hpp"
#include "coweave/schedule/footprint.hpp"

namespace coweave::detail {

/// Number of a footprint in a table.
enum class FootprintId : std::uint32_t {};

/// Keeps each footprint once: a search remembers thousands of steps, and few different things that
/// they do.
class FootprintTable {
 public:
  /// The number of `footprint`; one like it, in the same order, has the same. O(accesses).
  [[nodiscard]] FootprintId number_of(const FootprintView& footprint);
  /// Valid up to the next number_of().
  [[nodiscard]] FootprintView operator[](FootprintId number) const {
    const Entry& entry = entries_[static_cast<std::size_t>(number)];
    return {{accesses_.data() + entry.first, entry.size}, entry.is_universal, entry.objects};
  }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// Its footprints, for read().
  void write(PositionWriter& position) const;
  /// Into an empty table: those of another, under the same numbers. Objects must be below
  /// `object_bound`.
  void read(PositionReader& position, std::size_t object_bound);

 private:
  struct Entry {
    std::uint32_t first;  // In accesses_.
    std::uint32_t size;
    bool is_universal;
    ObjectBits objects;
  };

  [[nodiscard]] FootprintId find_or_add(const FootprintView& footprint);

  std::vector<Access> accesses_;
  std::vector<Entry> entries_;
  HashIndex numbers_;
  std::array<FootprintId, 256> recent_{};  // By a rough hash: most are asked for again.
};

}  // namespace coweave::detail
