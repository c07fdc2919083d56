#include "coweave/task/frame_arena.hpp"

#include <algorithm>
#include <bit>

#ifdef COWEAVE_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

namespace coweave::detail {

FrameArena::FrameArena() {
  chunks_.push_back({std::make_unique<std::byte[]>(first_chunk), first_chunk});
  use_chunk(0);
}

FrameArena::~FrameArena() {
  for (const Chunk& chunk : chunks_) ASAN_UNPOISON_MEMORY_REGION(chunk.bytes.get(), chunk.size);
}

void FrameArena::use_chunk(std::size_t index) noexcept {
  chunk_in_use_ = index;
  begin_ = cursor_ = chunks_[index].bytes.get();
  end_ = begin_ + chunks_[index].size;
  ASAN_POISON_MEMORY_REGION(begin_, chunks_[index].size);
}

void* FrameArena::allocate_slowly(std::size_t slot) {
  const std::size_t bytes = slot * granule;
  if (slot < small_slots) {
    if (free_[slot] != nullptr) {
      ASAN_UNPOISON_MEMORY_REGION(free_[slot], bytes);
      return take_free(slot);
    }
  } else {
    const auto found = std::find_if(large_free_.begin(), large_free_.end(),
                                    [slot](const LargeFrame& free) { return free.slot == slot; });
    if (found != large_free_.end()) {
      std::byte* frame = found->frame;
      large_free_.erase(found);
      ASAN_UNPOISON_MEMORY_REGION(frame, bytes);
      return frame;
    }
  }
  while (bytes > static_cast<std::size_t>(end_ - cursor_)) {
    if (chunk_in_use_ + 1 == chunks_.size()) {
      const std::size_t size = std::max(2 * chunks_.back().size, bytes);
      chunks_.push_back({std::make_unique<std::byte[]>(size), size});
    }
    use_chunk(chunk_in_use_ + 1);
  }
  std::byte* frame = cursor_;
  cursor_ += bytes;
  ASAN_UNPOISON_MEMORY_REGION(frame, bytes);
  return frame;
}

void FrameArena::deallocate_slowly(void* frame, std::size_t slot) noexcept {
  if (slot < small_slots) {
    add_free(frame, slot);
  } else {
    large_free_.push_back({slot, static_cast<std::byte*>(frame)});
  }
  ASAN_POISON_MEMORY_REGION(frame, slot * granule);
}

bool FrameArena::owns(const void* frame) const noexcept {
  const auto* address = static_cast<const std::byte*>(frame);
  return std::any_of(chunks_.begin(), chunks_.end(), [address](const Chunk& chunk) {
    return address >= chunk.bytes.get() && address < chunk.bytes.get() + chunk.size;
  });
}

void FrameArena::rewind() noexcept {
  for (; has_freed_ != 0; has_freed_ &= has_freed_ - 1)
    free_[static_cast<std::size_t>(std::countr_zero(has_freed_))] = nullptr;
  large_free_.clear();
  use_chunk(0);
}

}  // namespace coweave::detail
