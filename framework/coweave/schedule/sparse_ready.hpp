#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "coweave/core/ready_task.hpp"

namespace coweave {

struct ReadyView;

namespace detail {

/// The entries of a ready queue of many tasks. A task that leaves from the middle leaves an empty
/// slot, so that nothing moves; which slots are in use is counted in a Fenwick tree over words of
/// 64, so that the entry at a position is found in O(log of the slots). Source: Fenwick, "A New
/// Data Structure for Cumulative Frequency Tables", Software: Practice and Experience 1994.
///
/// While a view shows these entries, its `tasks + size` is the end of the slots in use: an entry is
/// appended as to an array. Slots that were appended are counted when a position is looked for.
class SparseReady {
 public:
  /// Takes the entries of `view` over and has `view` show them here, with room for `most` of them
  /// without gaps. For a view of an array, or of these entries. O(entries).
  void begin(ReadyView& view, std::size_t most);
  /// Has `view` show its entries in the array `entries`. O(slots).
  void end(ReadyView& view, ReadyTask** entries) const;

  /// The slot of the entry at `position`. O(log of the slots); O(1) for the position that was asked
  /// for last, and for the one behind it.
  [[nodiscard]] ReadyTask** slot(const ReadyView& view, std::size_t position);
  /// Takes the entry at `position` out, so that an entry can be written behind the last one:
  /// view.size stays for the caller to lower if none is. O(log of the slots), amortised.
  void take_out(ReadyView& view, std::size_t position);
  /// The entry at `position` becomes the first. O(log of the slots), amortised.
  void move_to_front(ReadyView& view, std::size_t position);
  /// The last entries of `view` are no longer there: view.size was lowered.
  void forget_end(const ReadyView& view);

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  [[nodiscard]] std::size_t end_of(const ReadyView& view) const;
  /// Counts the slots up to the end of `view` as in use.
  void cover(const ReadyView& view);
  void set(std::size_t slot);
  void reset(std::size_t slot);
  void count(std::size_t word, std::uint32_t change);
  [[nodiscard]] std::size_t find(std::size_t position) const;

  std::vector<ReadyTask*> slots_;
  std::vector<ReadyTask*> spare_;      // Memory for begin().
  std::vector<std::uint64_t> in_use_;  // A bit for each slot.
  std::vector<std::uint32_t> counts_;  // Fenwick tree of the words of in_use_, from index 1.
  std::size_t first_ = 0;              // No slot before it is in use.
  std::size_t covered_ = 0;            // The first slot that is not counted.
  std::size_t most_ = 0;
  std::size_t found_position_ = none;  // That was asked for last, and
  std::size_t found_slot_ = 0;         // where it is.
};

}  // namespace detail
}  // namespace coweave
