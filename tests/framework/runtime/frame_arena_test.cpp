#include "coweave/runtime/frame_arena.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "coweave/core/rng.hpp"

namespace coweave::detail {
namespace {

constexpr std::size_t first_chunk = std::size_t{64} * 1024;
constexpr std::size_t largest_small = 63 * 32;

bool is_aligned(const void* frame) {
  return reinterpret_cast<std::uintptr_t>(frame) % __STDCPP_DEFAULT_NEW_ALIGNMENT__ == 0;
}

TEST(FrameArena, ReusesTheFrameOfItsSizeThatWasFreedLast) {
  FrameArena arena;
  void* const first = arena.allocate(100);
  void* const second = arena.allocate(100);
  arena.deallocate(first, 100);
  arena.deallocate(second, 100);
  EXPECT_EQ(arena.allocate(100), second);
  EXPECT_EQ(arena.allocate(100), first);
  void* const third = arena.allocate(100);
  EXPECT_NE(third, first);
  EXPECT_NE(third, second);
}

// Sizes are rounded up to 16: 97 to 112 are one size, 113 is the next.
TEST(FrameArena, ReusesAFrameForSizesThatRoundToItsOwnOnly) {
  FrameArena arena;
  void* const frame = arena.allocate(97);  // Up to 128.
  arena.deallocate(frame, 97);
  void* const larger = arena.allocate(129);
  EXPECT_NE(larger, frame);
  void* const smaller = arena.allocate(96);
  EXPECT_NE(smaller, frame);
  EXPECT_EQ(arena.allocate(128), frame);
}

TEST(FrameArena, AlignsAsOperatorNewDoes) {
  FrameArena arena;
  for (std::size_t size = 1; size <= 3'000; size += 7)
    ASSERT_TRUE(is_aligned(arena.allocate(size))) << size;
}

TEST(FrameArena, KnowsItsFramesFromOthers) {
  FrameArena arena;
  FrameArena other;
  const std::array<std::byte, 64> on_the_stack{};
  const std::vector<std::byte> on_the_heap(64);
  const void* const frame = arena.allocate(64);
  EXPECT_TRUE(arena.owns(frame));
  EXPECT_FALSE(other.owns(frame));
  EXPECT_FALSE(arena.owns(on_the_stack.data()));
  EXPECT_FALSE(arena.owns(on_the_heap.data()));
  EXPECT_FALSE(arena.owns(nullptr));
}

// 300 frames of 1 KiB need 300 KiB: the chunks of 64, 128 and 256 KiB.
TEST(FrameArena, GrowsBeyondTheFirstChunkAndOwnsAllOfThem) {
  FrameArena arena;
  std::vector<std::byte*> frames;
  for (int i = 0; i < 300; ++i) {
    frames.push_back(static_cast<std::byte*>(arena.allocate(1'024)));
    std::memset(frames.back(), i % 256, 1'024);
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    ASSERT_TRUE(arena.owns(frames[i]));
    ASSERT_EQ(frames[i][0], static_cast<std::byte>(i % 256));
    ASSERT_EQ(frames[i][1'023], static_cast<std::byte>(i % 256));
  }
}

TEST(FrameArena, FillsAChunkToItsLastByte) {
  FrameArena arena;
  auto* const begin = static_cast<std::byte*>(arena.allocate(1'024));
  for (std::size_t used = 1'024; used < first_chunk; used += 1'024)
    ASSERT_EQ(arena.allocate(1'024), begin + used);
  const auto* const next = static_cast<std::byte*>(arena.allocate(1'024));
  EXPECT_TRUE(next < begin || next >= begin + first_chunk);
  EXPECT_TRUE(arena.owns(next));
}

TEST(FrameArena, GivesTheSameMemoryAfterARewind) {
  FrameArena arena;
  const auto allocate_some = [&arena] {
    std::vector<void*> frames;
    for (int i = 0; i < 200; ++i)
      frames.push_back(arena.allocate(16U * static_cast<std::size_t>(1 + i % 100)));
    return frames;
  };
  const std::vector<void*> before = allocate_some();  // About 160 KiB: more than one chunk.
  for (std::size_t i = 0; i < before.size(); i += 3)
    arena.deallocate(before[i], 16 * (1 + i % 100));
  arena.rewind();
  EXPECT_EQ(allocate_some(), before);
}

// What was freed before a rewind must not be handed out after it a second time.
TEST(FrameArena, ForgetsFreedFramesAtARewind) {
  FrameArena arena;
  for (const std::size_t size : {std::size_t{64}, largest_small, largest_small + 1}) {
    void* const frame = arena.allocate(size);
    arena.deallocate(frame, size);
    arena.rewind();
    EXPECT_EQ(arena.allocate(size), frame);
    EXPECT_NE(arena.allocate(size), frame);
    arena.rewind();
  }
}

TEST(FrameArena, ReusesLargeFramesBySize) {
  FrameArena arena;
  constexpr std::size_t large = largest_small + 16;
  void* const first = arena.allocate(large);
  void* const other = arena.allocate(large + 32);
  arena.deallocate(first, large);
  arena.deallocate(other, large + 32);
  EXPECT_EQ(arena.allocate(large + 32), other);
  EXPECT_EQ(arena.allocate(large), first);
  EXPECT_NE(arena.allocate(large), first);
}

TEST(FrameArena, HasRoomForAFrameLargerThanAChunk) {
  FrameArena arena;
  constexpr std::size_t huge = std::size_t{1} << 20U;
  void* const small = arena.allocate(32);
  auto* const frame = static_cast<std::byte*>(arena.allocate(huge));
  std::memset(frame, 0xA5, huge);
  EXPECT_TRUE(arena.owns(frame));
  EXPECT_TRUE(arena.owns(frame + huge - 1));
  EXPECT_TRUE(arena.owns(small));
  arena.deallocate(frame, huge);
  EXPECT_EQ(arena.allocate(huge), frame);
  arena.rewind();
  EXPECT_EQ(arena.allocate(32), small);
  EXPECT_EQ(arena.allocate(huge), frame);
}

/// A frame, and what was written into all of it.
struct Written {
  std::byte* frame;
  std::size_t size;
  std::byte value;
};

bool is_untouched(const Written& written) {
  for (std::size_t i = 0; i < written.size; ++i)
    if (written.frame[i] != written.value) return false;
  return true;
}

// Frames of all sizes, allocated, freed and forgotten at random: none ever overlaps another.
TEST(FrameArena, NeverGivesAByteTwice) {
  Rng rng(11);
  FrameArena arena;
  std::vector<Written> live;
  for (int operation = 0; operation < 20'000; ++operation) {
    if (rng.below(4'000) == 0) {
      for (const Written& written : live) ASSERT_TRUE(is_untouched(written));
      live.clear();
      arena.rewind();
    } else if (live.size() < 100 && rng.below(2) == 0) {
      const std::size_t size = 1 + rng.below(rng.below(10) == 0 ? 20'000 : 600);
      const auto value = static_cast<std::byte>(rng.below(256));
      live.push_back({static_cast<std::byte*>(arena.allocate(size)), size, value});
      std::memset(live.back().frame, static_cast<int>(value), size);
    } else if (!live.empty()) {
      const std::uint32_t which = rng.below(static_cast<std::uint32_t>(live.size()));
      ASSERT_TRUE(is_untouched(live[which])) << "operation " << operation;
      ASSERT_TRUE(arena.owns(live[which].frame));
      arena.deallocate(live[which].frame, live[which].size);
      live[which] = live.back();
      live.pop_back();
    }
  }
}

}  // namespace
}  // namespace coweave::detail
