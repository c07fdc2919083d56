#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace coweave::detail {

/// A vector of plain values for what grows at every step of an execution and is taken back by the
/// next. The growth stays out of the callers, which else would have to save their registers for
/// it at every call, and a new entry is written where it stays, member by member: a copy made
/// elsewhere stalls on store forwarding.
template <class T>
class Stack {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] T& operator[](std::size_t number) { return memory_.data()[number]; }
  [[nodiscard]] const T& operator[](std::size_t number) const { return memory_.data()[number]; }
  [[nodiscard]] T& back() { return (*this)[size_ - 1]; }
  [[nodiscard]] const T& back() const { return (*this)[size_ - 1]; }
  [[nodiscard]] const T* begin() const { return memory_.data(); }
  [[nodiscard]] const T* end() const { return memory_.data() + size_; }
  [[nodiscard]] std::span<const T> range(std::size_t first, std::size_t end) const {
    return {begin() + first, end - first};
  }

  /// A new entry of any value, for the caller to write.
  [[nodiscard]] T& add() {
    if (size_ == capacity_) [[unlikely]]
      grow();
    return (*this)[size_++];
  }
  void push_back(const T& value) { add() = value; }
  /// Takes back all but the first `size`, of which there are at least so many.
  void truncate(std::size_t size) { size_ = size; }
  void clear() { size_ = 0; }

 private:
  [[gnu::noinline]] void grow() {
    capacity_ = 2 * capacity_ + 16;
    memory_.resize(capacity_);
  }

  std::vector<T> memory_;  // The first size_ are in use.
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;  // Of memory_, which would have to divide to tell.
};

}  // namespace coweave::detail
