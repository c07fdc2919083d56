#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace coweave::detail {

/// Numbers by 64-bit hashes, which stand for what was hashed: two things with one hash are taken
/// for one. The low bits of a hash are to be as good as random: what mix() and roll() give. Open
/// addressing; 32 to 128 bytes an entry, and from half a million on no more than 64.
class HashIndex {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Or none.
  [[nodiscard]] std::uint32_t find(std::uint64_t hash) const {
    return slots_.empty() ? none : slots_[slot_of(hash)].number;
  }
  /// Something with this hash is to be looked up soon.
  void prefetch(std::uint64_t hash) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]);
  }
  /// `number` is another than none. Gives what stands there afterwards: `number`, or what stood
  /// there.
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
  /// In bytes; shortly before it grows, what that takes meanwhile.
  [[nodiscard]] std::size_t memory() const {
    const bool grows_soon = 2 * (size_ + size_ / 16) > slots_.size();
    return slots_.size() * sizeof(Slot) * (grows_soon ? 3 : 1);
  }

 private:
  static constexpr std::size_t large = std::size_t{1} << 20U;  // Slots: 16 MiB.

  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t number = none;
  };

  /// Where `hash` is, or belongs.
  [[nodiscard]] std::size_t slot_of(std::uint64_t hash) const {
    std::size_t slot = hash & (slots_.size() - 1);
    while (slots_[slot].number != none && slots_[slot].hash != hash)
      slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }
  /// By much while it is small: then growing costs more time than memory.
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
