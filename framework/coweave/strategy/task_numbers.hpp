#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "coweave/core/hash.hpp"

namespace coweave::detail {

/// Numbers the keys of tasks 0, 1, 2, ... in order of first sight, the same in all executions of an
/// exploration: what strategies index their tables with.
class TaskNumbers {
 public:
  TaskNumbers() : slots_(64) {}

  [[nodiscard]] std::size_t size() const { return size_; }

  /// O(1).
  [[nodiscard]] std::uint32_t of(std::uint64_t key) {
    std::size_t at = mix(key) & (slots_.size() - 1);
    for (; slots_[at].number != none; at = (at + 1) & (slots_.size() - 1))
      if (slots_[at].key == key) return slots_[at].number;
    const std::uint32_t number = size_++;
    slots_[at] = {key, number};
    if (2 * std::size_t{size_} > slots_.size()) grow();
    return number;
  }

 private:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t number = none;
  };

  void grow() {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
    for (const Slot& slot : old) {
      if (slot.number == none) continue;
      std::size_t at = mix(slot.key) & (slots_.size() - 1);
      while (slots_[at].number != none) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = slot;
    }
  }

  std::vector<Slot> slots_;  // Open addressing; a power of two, at most half full.
  std::uint32_t size_ = 0;
};

}  // namespace coweave::detail
