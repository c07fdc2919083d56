#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace coweave::detail {

/// Puts together a Strategy::position() of several parts.
class CheckpointWriter {
 public:
  void add(std::uint64_t number) { numbers_.push_back(number); }
  /// Their number comes first.
  template <class Numbers>
  void add_list(const Numbers& numbers) {
    add(numbers.size());
    for (const auto number : numbers) add(static_cast<std::uint64_t>(number));
  }
  [[nodiscard]] std::vector<std::uint64_t> take() { return std::move(numbers_); }

 private:
  std::vector<std::uint64_t> numbers_;
};

/// Takes it apart again. It may come from anywhere: after a number that is not there, or not below
/// its bound, all are 0 and is_valid() is false.
class CheckpointReader {
 public:
  explicit CheckpointReader(std::span<const std::uint64_t> numbers) : numbers_(numbers) {}

  [[nodiscard]] std::uint64_t number() {
    if (numbers_.empty()) return fail();
    const std::uint64_t first = numbers_.front();
    numbers_ = numbers_.subspan(1);
    return first;
  }
  [[nodiscard]] std::uint32_t below(std::uint64_t bound) {
    const std::uint64_t found = number();
    if (found < bound && found <= std::numeric_limits<std::uint32_t>::max())
      return static_cast<std::uint32_t>(found);
    return fail();
  }
  /// How many come next: never more than there are.
  [[nodiscard]] std::size_t size() {
    const std::uint64_t found = number();
    if (found <= numbers_.size()) return static_cast<std::size_t>(found);
    return fail();
  }
  /// Makes is_valid() false; 0.
  std::uint32_t fail() {
    is_valid_ = false;
    numbers_ = {};
    return 0;
  }
  [[nodiscard]] bool is_valid() const { return is_valid_; }
  /// All has been read, and nothing was wrong.
  [[nodiscard]] bool is_complete() const { return is_valid_ && numbers_.empty(); }

 private:
  std::span<const std::uint64_t> numbers_;
  bool is_valid_ = true;
};

}  // namespace coweave::detail
