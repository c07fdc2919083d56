#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace coweave::detail {

/// Writes the numbers of a checkpoint, part after part.
class CheckpointWriter {
 public:
  void add(std::uint64_t number) { numbers_.push_back(number); }
  /// Adds the size of the list, then its numbers.
  template <class Numbers>
  void add_list(const Numbers& numbers) {
    add(numbers.size());
    for (const auto number : numbers) add(static_cast<std::uint64_t>(number));
  }
  [[nodiscard]] std::vector<std::uint64_t> take() { return std::move(numbers_); }

 private:
  std::vector<std::uint64_t> numbers_;
};

/// Reads the numbers of a checkpoint, which may come from anywhere. After a number that is missing
/// or not below its bound, all numbers are 0 and is_valid() is false.
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
  /// Reads the size of a list: never more than the numbers that are left.
  [[nodiscard]] std::size_t size() {
    const std::uint64_t found = number();
    if (found <= numbers_.size()) return static_cast<std::size_t>(found);
    return fail();
  }
  /// Makes is_valid() false. Returns 0.
  std::uint32_t fail() {
    is_valid_ = false;
    numbers_ = {};
    return 0;
  }
  [[nodiscard]] bool is_valid() const { return is_valid_; }
  /// Whether all numbers have been read and none was wrong.
  [[nodiscard]] bool is_complete() const { return is_valid_ && numbers_.empty(); }

 private:
  std::span<const std::uint64_t> numbers_;
  bool is_valid_ = true;
};

}  // namespace coweave::detail
