#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>

namespace coweave::detail {

/// Objects by which tasks exclude each other (locks, semaphores) that something had to wait for, in
/// any of the executions of an exploration. An object is known by the stable key of the task that
/// created it and by the number of the creation.
class WaitRecord {
 public:
  /// O(1); allocates for a new object only.
  void note(std::uint64_t creator_key, std::uint32_t ordinal) {
    const std::uint64_t key = key_of(creator_key, ordinal);
    if (key == last_) return;
    last_ = key;
    if (keys_.size() < most) keys_.insert(key);
  }
  /// An object that is older than the execution, so that it has no stable key.
  void note_older() { any_older_ = true; }

  /// Whether no execution had to wait for the object of this path in a trace ("0.2.1/3"). False
  /// where that is not known.
  [[nodiscard]] bool was_never_waited_for(std::string_view path) const;

 private:
  static constexpr std::size_t most = 4'096;  // Of objects that are told apart.
  [[nodiscard]] static std::uint64_t key_of(std::uint64_t creator_key, std::uint32_t ordinal);

  std::unordered_set<std::uint64_t> keys_;  // Never iterated.
  std::uint64_t last_ = 0;
  bool any_older_ = false;
};

}  // namespace coweave::detail
