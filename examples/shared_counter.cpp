// The bug: a task reads a shared counter, awaits, and writes; another task that does the same in
// between loses its increment. Shows: without an await in between there is nothing to lose; with it
// two tasks are enough; a Lock over read and write cures it, and so does moving the await.

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

using coweave::Task;

const coweave::Options every_interleaving{.strategy = coweave::exhaustive()};

Task<> increment_at_once(int& counter) {
  co_await coweave::yield();
  ++counter;  // Read and write in one step: no other task runs in between.
}

Task<> increment(int& counter) {
  const int seen = counter;
  co_await coweave::yield();  // The other task may run here ...
  counter = seen + 1;         // ... and `seen` is then out of date.
}

Task<> increment_under_lock(int& counter, coweave::Lock& lock) {
  const auto guard = co_await lock.scoped();
  const int seen = counter;
  co_await coweave::yield();
  counter = seen + 1;
}

Task<> increment_after_await(int& counter) {
  co_await coweave::yield();
  const int seen = counter;
  counter = seen + 1;
}

Task<> lost_update() {
  int counter = 0;
  co_await coweave::gather(increment(counter), increment(counter));
  EXPECT_EQ(counter, 2);
}

TEST(SharedCounter, LosesAnUpdateWithAnAwaitBetweenReadAndWrite) {
  EXPECT_THAT(coweave::explore(lost_update), coweave::FailsWith(coweave::FailureKind::check));
}

COWEAVE_TEST(SharedCounter, IsHarmlessWithoutAnAwaitInBetween, every_interleaving) {
  int counter = 0;
  co_await coweave::gather(increment_at_once(counter), increment_at_once(counter));
  EXPECT_EQ(counter, 2);
}

COWEAVE_TEST(SharedCounter, IsCuredByALock, every_interleaving) {
  int counter = 0;
  coweave::Lock lock("counter");
  co_await coweave::gather(increment_under_lock(counter, lock),
                           increment_under_lock(counter, lock));
  EXPECT_EQ(counter, 2);
}

COWEAVE_TEST(SharedCounter, IsCuredByMovingTheAwait, every_interleaving) {
  int counter = 0;
  co_await coweave::gather(increment_after_await(counter), increment_after_await(counter));
  EXPECT_EQ(counter, 2);
}
