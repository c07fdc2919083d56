#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "coweave/core/error.hpp"

namespace coweave::detail {

/// Numbers by 64-bit hashes. A hash stands for what was hashed: two things with one hash are taken
/// for one. The low bits of a hash must be as good as random, as those of mix() and roll() are.
/// Open addressing with linear probing: `insert(h, 7)` stores 7 in slot h mod 2^k, or in the next
/// free one after it; `find(h)` walks the same slots until it finds h or a free slot.
///
/// Invariants (check_invariants): the number of slots is 0 or a power of two; at most half of them
/// are in use; no slot between h mod 2^k and the slot of h is free, so that find(h) returns the
/// number of h; size() is the number of slots in use.
/// Complexity: expected O(1); 32 to 128 bytes an entry, from half a million entries on at most 64.
class HashIndex {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Returns the number of `hash`, or none.
  [[nodiscard]] std::uint32_t find(std::uint64_t hash) const {
    return slots_.empty() ? none : slots_[slot_of(hash)].number;
  }
  /// Loads the slot of `hash` into the cache: it will be looked up soon.
  void prefetch(std::uint64_t hash) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]);
  }
  /// Stores `number`, which is not none, unless `hash` already has a number. Returns the number of
  /// `hash` afterwards.
  std::uint32_t insert(std::uint64_t hash, std::uint32_t number) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    Slot& slot = slots_[slot_of(hash)];
    if (slot.number == none) {
      slot = {hash, number};
      ++size_;
    }
    return slot.number;
  }
  void clear() {
    slots_.clear();
    size_ = 0;
  }
  /// In bytes. Shortly before the index grows, this is what growing will take.
  [[nodiscard]] std::size_t memory() const {
    const bool grows_soon = 2 * (size_ + size_ / 16) > slots_.size();
    return slots_.size() * sizeof(Slot) * (grows_soon ? 3 : 1);
  }

  /// Calls `visit(number)` for each entry, in no order that means anything.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Slot& slot : slots_)
      if (slot.number != none) visit(slot.number);
  }
  /// Aborts if an invariant of the class comment is broken. For tests and builds with
  /// COWEAVE_CHECK_INVARIANTS. O(slots).
  void check_invariants() const {
    COWEAVE_INVARIANT(slots_.empty() || std::has_single_bit(slots_.size()));
    COWEAVE_INVARIANT(2 * size_ <= slots_.size());
    std::size_t used = 0;
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
      if (slots_[slot].number == none) continue;
      ++used;
      COWEAVE_INVARIANT(slot_of(slots_[slot].hash) == slot);
    }
    COWEAVE_INVARIANT(used == size_);
  }

 private:
  static constexpr std::size_t large = std::size_t{1} << 20U;  // Slots: 16 MiB.

  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t number = none;
  };

  /// Returns the slot where `hash` is, or the free one where it belongs.
  [[nodiscard]] std::size_t slot_of(std::uint64_t hash) const {
    std::size_t slot = hash & (slots_.size() - 1);
    while (slots_[slot].number != none && slots_[slot].hash != hash)
      slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }
  /// Makes room for more entries. A small index grows by more: there, growing costs time rather
  /// than memory.
  void grow() {
    const std::vector<Slot> old = std::move(slots_);
    const std::size_t factor = old.size() < large ? 4 : 2;
    slots_ = std::vector<Slot>(std::max<std::size_t>(1024, old.size() * factor));
    for (const Slot& slot : old)
      if (slot.number != none) slots_[slot_of(slot.hash)] = slot;
  }

  std::vector<Slot> slots_;  // A power of two of them, or none.
  std::size_t size_ = 0;
};

}  // namespace coweave::detail
