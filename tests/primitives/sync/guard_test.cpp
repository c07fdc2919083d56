// LockGuard and SemaphoreGuard: who holds what, and when it is released.

#include <type_traits>
#include <utility>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

static_assert(!std::is_copy_constructible_v<LockGuard> && !std::is_copy_assignable_v<LockGuard>);
static_assert(std::is_nothrow_move_constructible_v<LockGuard>);
static_assert(std::is_nothrow_move_assignable_v<LockGuard>);
static_assert(!std::is_copy_constructible_v<SemaphoreGuard> &&
              !std::is_copy_assignable_v<SemaphoreGuard>);
static_assert(std::is_nothrow_move_constructible_v<SemaphoreGuard>);
static_assert(std::is_nothrow_move_assignable_v<SemaphoreGuard>);

TEST(LockGuard, HoldsNothingByDefault) {
  expect_passes_exhaustively([]() -> Task<> {
    LockGuard guard;
    EXPECT_FALSE(guard);
    guard.unlock();
    co_return;
  });
}

TEST(LockGuard, ReleasesOnceWhenUnlockedEarly) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    {
      LockGuard guard = co_await lock.scoped();
      EXPECT_TRUE(guard);
      guard.unlock();
      EXPECT_FALSE(guard);
      EXPECT_FALSE(lock.locked());
      co_await lock.acquire();
      guard.unlock();  // No effect: another acquire holds the lock now.
      EXPECT_TRUE(lock.locked());
    }
    EXPECT_TRUE(lock.locked());
    lock.release();
  });
}

TEST(LockGuard, HandsTheLockOnWhenMoved) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    LockGuard outer;
    {
      LockGuard inner = co_await lock.scoped();
      LockGuard moved = std::move(inner);
      EXPECT_FALSE(inner);  // NOLINT(bugprone-use-after-move): what it holds then is specified.
      EXPECT_TRUE(moved);
      outer = std::move(moved);
      EXPECT_FALSE(moved);  // NOLINT(bugprone-use-after-move)
    }
    EXPECT_TRUE(outer);
    EXPECT_TRUE(lock.locked());
    outer = LockGuard();
    EXPECT_FALSE(lock.locked());
  });
}

TEST(LockGuard, ReleasesWhatItHeldWhenAnotherLockIsAssigned) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock first;
    Lock second;
    LockGuard guard = co_await first.scoped();
    guard = co_await second.scoped();
    EXPECT_FALSE(first.locked());
    EXPECT_TRUE(second.locked());
  });
}

TEST(LockGuard, KeepsItsLockWhenAssignedToItself) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    LockGuard guard = co_await lock.scoped();
    LockGuard& same = guard;
    guard = std::move(same);
    EXPECT_TRUE(guard);
    EXPECT_TRUE(lock.locked());
  });
}

Task<LockGuard> locked(Lock& lock) { co_return co_await lock.scoped(); }

TEST(LockGuard, CanBeTheResultOfATask) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    {
      const LockGuard guard = co_await locked(lock);
      EXPECT_TRUE(lock.locked());
    }
    EXPECT_FALSE(lock.locked());
  });
}

TEST(SemaphoreGuard, HoldsNothingByDefault) {
  expect_passes_exhaustively([]() -> Task<> {
    SemaphoreGuard guard;
    EXPECT_FALSE(guard);
    guard.release();
    co_return;
  });
}

TEST(SemaphoreGuard, ReleasesOnceWhenReleasedEarly) {
  expect_passes_exhaustively([]() -> Task<> {
    Semaphore semaphore(1);
    {
      SemaphoreGuard guard = co_await semaphore.scoped();
      EXPECT_EQ(semaphore.value(), 0);
      guard.release();
      EXPECT_EQ(semaphore.value(), 1);
      guard.release();
      EXPECT_EQ(semaphore.value(), 1);
    }
    EXPECT_EQ(semaphore.value(), 1);
  });
}

TEST(SemaphoreGuard, HandsThePermitOnWhenMoved) {
  expect_passes_exhaustively([]() -> Task<> {
    Semaphore semaphore(2);
    SemaphoreGuard outer = co_await semaphore.scoped();
    {
      SemaphoreGuard inner = co_await semaphore.scoped();
      const SemaphoreGuard moved = std::move(inner);
      EXPECT_FALSE(inner);  // NOLINT(bugprone-use-after-move): what it holds then is specified.
      EXPECT_EQ(semaphore.value(), 0);
    }
    EXPECT_EQ(semaphore.value(), 1);
    outer = SemaphoreGuard();
    EXPECT_EQ(semaphore.value(), 2);
  });
}

TEST(SemaphoreGuard, ReleasesWhatItHeldWhenAnotherPermitIsAssigned) {
  expect_passes_exhaustively([]() -> Task<> {
    Semaphore first(1);
    BoundedSemaphore second(1);
    SemaphoreGuard guard = co_await first.scoped();
    guard = co_await second.scoped();
    EXPECT_EQ(first.value(), 1);
    EXPECT_EQ(second.value(), 0);
  });
}

}  // namespace
}  // namespace coweave::test
