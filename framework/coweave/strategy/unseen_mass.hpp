#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "coweave/core/hash.hpp"

namespace coweave {

/// How likely the next sample is of a class that no sample has been of, by the Good-Turing
/// estimate: the share of the samples whose class was seen once. Fed with a hash for each sample.
/// Deviation: the estimate is never less than one sample's share, since n samples cannot tell a
/// class of probability below 1 / n from none.
/// Memory is bounded: with more than `most` classes it goes on with those whose hash has a zero bit
/// in the end, half of them, then with a quarter, and so on. Which classes stay does not depend on
/// how often they are seen, so that the shares among them estimate those of all.
/// Sources: Good, "The Population Frequencies of Species and the Estimation of Population
/// Parameters", Biometrika 1953; Gibbons, "Distinct Sampling for Highly-Accurate Answers to
/// Distinct Values Queries and Event Reports", VLDB 2001.
class UnseenMass {
 public:
  static constexpr std::size_t usual_most = std::size_t{1} << 17U;  // 4 MiB.

  explicit UnseenMass(std::size_t most = usual_most) : most_(most), slots_(64) {}

  /// A sample of that class. O(1) amortised. Whether it is the first of it; nothing for a class
  /// that does not count any more.
  std::optional<bool> add(std::uint64_t class_hash) {
    ++samples_;
    const std::uint64_t key = mix(class_hash + 1);
    if (!counts(key)) return std::nullopt;
    Slot& slot = slot_of(key);
    ++counted_;
    if (slot.times == 0) {
      slot = {key, 1};
      ++once_;
      ++classes_;
      make_room();
      return true;
    }
    if (++slot.times == 2) --once_;
    return false;
  }
  [[nodiscard]] std::uint64_t samples() const { return samples_; }
  /// Exact while is_exact(), else an estimate.
  [[nodiscard]] std::uint64_t classes() const { return classes_ << halvings_; }
  /// Whether all classes count.
  [[nodiscard]] bool is_exact() const { return halvings_ == 0; }
  /// 1 as long as there is no sample.
  [[nodiscard]] double estimate() const {
    const std::uint64_t once = once_ == 0 ? 1 : once_;
    return counted_ == 0 ? 1 : static_cast<double>(once) / static_cast<double>(counted_);
  }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint64_t times = 0;  // 0: free.
  };

  [[nodiscard]] bool counts(std::uint64_t key) const {
    return (key & ((std::uint64_t{1} << halvings_) - 1)) == 0;
  }
  /// Where `key` is, or belongs. By its high bits, since the low ones become alike.
  [[nodiscard]] Slot& slot_of(std::uint64_t key) {
    std::size_t at = (key >> 32U) & (slots_.size() - 1);
    while (slots_[at].times != 0 && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
  }
  void make_room() {
    while (classes_ > most_) {
      ++halvings_;
      move_to(slots_.size());
    }
    if (2 * classes_ > slots_.size()) move_to(2 * slots_.size());
  }
  /// The classes that count, with their samples.
  void move_to(std::size_t size) {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(size));
    classes_ = once_ = counted_ = 0;
    for (const Slot& slot : old) {
      if (slot.times == 0 || !counts(slot.key)) continue;
      slot_of(slot.key) = slot;
      ++classes_;
      counted_ += slot.times;
      if (slot.times == 1) ++once_;
    }
  }

  std::size_t most_;
  std::vector<Slot> slots_;  // Open addressing; a power of two, at most half full.
  std::uint64_t samples_ = 0;
  std::uint64_t counted_ = 0;  // Samples of the classes that count.
  std::uint64_t classes_ = 0;  // That count.
  std::uint64_t once_ = 0;
  std::uint32_t halvings_ = 0;
};

}  // namespace coweave
