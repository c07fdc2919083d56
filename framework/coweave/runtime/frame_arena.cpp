#include "coweave/runtime/frame_arena.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <mutex>

#ifdef COWEAVE_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

namespace coweave::detail {

namespace {

/// The arenas of the process, and the memory of those that had to keep theirs. Never destroyed.
struct Arenas {
  std::mutex mutex;
  std::vector<const FrameArena*> all;
  std::atomic<std::size_t> count = 0;
  struct Kept {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size;
  };
  std::vector<Kept> kept;

  /// Whether `frame` lies in memory that an arena had to keep.
  [[nodiscard]] bool keeps(const void* frame) const {
    const auto* const byte = static_cast<const std::byte*>(frame);
    return std::any_of(kept.begin(), kept.end(), [byte](const Kept& chunk) {
      return byte >= chunk.bytes.get() && byte < chunk.bytes.get() + chunk.size;
    });
  }

  static Arenas& instance() {
    static Arenas& only = *new Arenas;  // NOLINT(*-owning-memory)
    return only;
  }
};

}  // namespace

FrameArena::FrameArena() {
  add_chunk(first_chunk);
  use_chunk(0);
  Arenas& arenas = Arenas::instance();
  const std::lock_guard lock(arenas.mutex);
  arenas.all.push_back(this);
  ++arenas.count;
}

FrameArena::~FrameArena() {
  Arenas& arenas = Arenas::instance();
  const std::lock_guard lock(arenas.mutex);
  std::erase(arenas.all, this);
  if (!has_kept_) --arenas.count;
  for (Chunk& chunk : chunks_) {
    if (has_kept_) {
      arenas.kept.push_back({std::move(chunk.bytes), chunk.size});
    } else {
      ASAN_UNPOISON_MEMORY_REGION(chunk.bytes.get(), chunk.size);
    }
  }
}

bool FrameArena::is_in_any(const void* frame) noexcept {
  Arenas& arenas = Arenas::instance();
  if (arenas.count.load(std::memory_order_relaxed) == 0) return false;
  const std::lock_guard lock(arenas.mutex);
  return std::any_of(arenas.all.begin(), arenas.all.end(),
                     [frame](const FrameArena* arena) { return arena->owns(frame); }) ||
         arenas.keeps(frame);
}

void FrameArena::add_chunk(std::size_t size) {
  auto bytes = std::make_unique<std::byte[]>(size);
  const std::lock_guard lock(Arenas::instance().mutex);  // Other threads may look: is_in_any().
  chunks_.push_back({std::move(bytes), size});
}

void FrameArena::use_chunk(std::size_t index, std::size_t offset) noexcept {
  chunk_in_use_ = index;
  begin_ = chunks_[index].bytes.get();
  cursor_ = begin_ + offset;
  end_ = begin_ + chunks_[index].size;
  ASAN_POISON_MEMORY_REGION(cursor_, chunks_[index].size - offset);
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
      add_chunk(std::max(2 * chunks_.back().size, bytes));
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
  use_chunk(first_chunk_left_, offset_left_);
}

void FrameArena::keep() noexcept {
  has_kept_ = true;
  first_chunk_left_ = chunk_in_use_;
  offset_left_ = static_cast<std::size_t>(cursor_ - begin_);
}

}  // namespace coweave::detail
