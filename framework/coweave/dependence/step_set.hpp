#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace coweave::detail {

/// Sets of steps of one execution, as bits: step i is bit i % 64 of word i / 64. Words that
/// are not there are empty.
using StepBits = std::span<const std::uint64_t>;

/// Word `word` of the set of all steps below `end`.
[[nodiscard]] constexpr std::uint64_t steps_below(std::size_t end, std::size_t word) {
  if (end >= 64 * (word + 1)) return ~std::uint64_t{0};
  return end > 64 * word ? (std::uint64_t{1} << (end % 64)) - 1 : 0;
}

/// Whether `holds(step)` is true for each step. Asks in order, up to the first that is not.
template <class Predicate>
[[nodiscard]] bool all_steps(StepBits steps, Predicate holds) {
  for (std::size_t word = 0; word < steps.size(); ++word)
    for (std::uint64_t bits = steps[word]; bits != 0; bits &= bits - 1) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(bits));
      if (!holds(static_cast<std::uint32_t>(word * 64 + bit))) return false;
    }
  return true;
}

/// Calls `visit` with each step, in order.
template <class Visit>
void for_each_step(StepBits steps, Visit visit) {
  static_cast<void>(all_steps(steps, [&visit](std::uint32_t step) {
    visit(step);
    return true;
  }));
}

/// A set of steps that can be changed.
class StepSet {
 public:
  /// Makes the set empty, with room for steps below `steps`.
  void clear(std::size_t steps) { words_.assign((steps + 63) / 64, 0); }
  void assign(StepBits steps) {
    words_.resize(steps.size());
    for (std::size_t word = 0; word < steps.size(); ++word) words_[word] = steps[word];
  }
  void insert(std::size_t step) { words_[step / 64] |= std::uint64_t{1} << (step % 64); }
  void erase(std::size_t step) { words_[step / 64] &= ~(std::uint64_t{1} << (step % 64)); }
  [[nodiscard]] bool empty() const {
    for (const std::uint64_t word : words_)
      if (word != 0) return false;
    return true;
  }
  [[nodiscard]] StepBits bits() const { return words_; }
  [[nodiscard]] std::vector<std::uint64_t>& words() { return words_; }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace coweave::detail
