#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define COWEAVE_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COWEAVE_ADDRESS_SANITIZER 1
#endif
#endif

namespace coweave::detail {

/// Where coroutine frames live during an exploration. Bump allocation; freed frames are reused by
/// size, so that a long execution stays small; rewind() forgets all of them at once and keeps the
/// memory. Freed and unused memory is poisoned under AddressSanitizer.
class FrameArena {
 public:
  FrameArena();
  ~FrameArena();
  FrameArena(const FrameArena&) = delete;
  FrameArena& operator=(const FrameArena&) = delete;

  /// Aligned as `operator new` aligns. O(1); takes memory from the heap only when it never needed
  /// so much before.
  void* allocate(std::size_t size) {
    const std::size_t slot = slot_of(size);
#ifndef COWEAVE_ADDRESS_SANITIZER
    if (slot < small_slots) [[likely]] {
      if (free_[slot] != nullptr) return take_free(slot);
      const std::size_t bytes = slot * granule;
      if (bytes <= static_cast<std::size_t>(end_ - cursor_)) [[likely]] {
        std::byte* frame = cursor_;
        cursor_ += bytes;
        return frame;
      }
    }
#endif
    return allocate_slowly(slot);
  }

  /// `size` as it was allocated.
  void deallocate(void* frame, std::size_t size) noexcept {
    const std::size_t slot = slot_of(size);
#ifndef COWEAVE_ADDRESS_SANITIZER
    if (slot < small_slots) [[likely]] {
      return add_free(frame, slot);
    }
#endif
    deallocate_slowly(frame, slot);
  }

  /// Whether `frame` was allocated here, from the chunk of memory in use: the usual case.
  [[nodiscard]] bool owns_recent(const void* frame) const noexcept {
    const auto* address = static_cast<const std::byte*>(frame);
    return address >= begin_ && address < end_;
  }
  /// Whether `frame` was allocated here. O(log of the most memory ever needed).
  [[nodiscard]] bool owns(const void* frame) const noexcept;

  /// Whether `frame` was allocated in any arena of the process. Thread-safe; O(1) while there are
  /// none.
  [[nodiscard]] static bool is_in_any(const void* frame) noexcept;

  /// Every frame is gone but those that keep() was called for. O(1).
  void rewind() noexcept;
  /// The frames that are left are never destroyed, and their memory is never used again: code
  /// outside may refer to them. It stays reachable for the rest of the process.
  void keep() noexcept;

 private:
  struct FreeFrame {
    FreeFrame* next;
  };
  struct LargeFrame {
    std::size_t slot;
    std::byte* frame;
  };
  struct Chunk {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size;
  };
  static constexpr std::size_t granule = 32;
  static constexpr std::size_t small_slots = 64;  // Frames of less than 2 KiB.
  static constexpr std::size_t first_chunk = std::size_t{64} * 1024;
  static_assert(granule % alignof(std::max_align_t) == 0);

  static std::size_t slot_of(std::size_t size) { return (size + granule - 1) / granule; }
  void* take_free(std::size_t slot) { return std::exchange(free_[slot], free_[slot]->next); }
  void add_free(void* frame, std::size_t slot) noexcept {
    auto* const freed = static_cast<FreeFrame*>(frame);
    freed->next = std::exchange(free_[slot], freed);
    has_freed_ |= std::uint64_t{1} << slot;
  }
  void* allocate_slowly(std::size_t slot);
  void deallocate_slowly(void* frame, std::size_t slot) noexcept;
  void use_chunk(std::size_t index, std::size_t offset = 0) noexcept;
  void add_chunk(std::size_t size);

  std::byte* begin_ = nullptr;  // The chunk in use.
  std::byte* cursor_ = nullptr;
  std::byte* end_ = nullptr;
  std::array<FreeFrame*, small_slots> free_{};
  std::uint64_t has_freed_ = 0;  // A bit for each slot whose list may not be empty.
  std::vector<LargeFrame> large_free_;
  std::vector<Chunk> chunks_;
  std::size_t chunk_in_use_ = 0;
  std::size_t first_chunk_left_ = 0;  // After keep(): where rewind() goes to.
  std::size_t offset_left_ = 0;
  bool has_kept_ = false;
};

}  // namespace coweave::detail
