// The bug: one task releases a permit that it never took, so that a limit of two lets three in.
// Shows: a Semaphore bears it silently; a BoundedSemaphore reports misuse in every schedule, though
// often in an innocent task; a guard, which acquires and releases together, cures it.

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

using coweave::Task;

const coweave::Options every_interleaving{.strategy = coweave::exhaustive()};

Task<> work(coweave::Semaphore& permits, int& inside) {
  co_await permits.acquire();
  EXPECT_LE(++inside, 2);
  co_await coweave::yield();
  --inside;
  permits.release();
}

Task<> clean_up_too_much(coweave::Semaphore& permits) {
  permits.release();  // It has acquired nothing.
  co_return;
}

Task<> guarded_work(coweave::Semaphore& permits, int& inside) {
  const auto permit = co_await permits.scoped();
  EXPECT_LE(++inside, 2);
  co_await coweave::yield();
  --inside;
}

Task<> released_too_often() {
  coweave::Semaphore permits(2, "permits");
  int inside = 0;
  co_await coweave::gather(work(permits, inside), work(permits, inside), work(permits, inside),
                           clean_up_too_much(permits));
}

Task<> bounded_released_too_often() {
  coweave::BoundedSemaphore permits(2, "permits");
  int inside = 0;
  co_await coweave::gather(work(permits, inside), clean_up_too_much(permits));
}

TEST(OverReleasedSemaphore, LetsOneTooManyIn) {
  EXPECT_THAT(coweave::explore(released_too_often),
              coweave::FailsWith(coweave::FailureKind::check));
}

TEST(OverReleasedSemaphore, IsMisuseOfABoundedSemaphoreInEverySchedule) {
  const coweave::Options options{.strategy = coweave::exhaustive(), .keep_going = true};
  const coweave::Report report = coweave::explore(bounded_released_too_often, options);
  EXPECT_THAT(report, coweave::FailsWith(coweave::FailureKind::misuse));
  EXPECT_EQ(report.failing, report.schedules);
}

COWEAVE_TEST(OverReleasedSemaphore, IsCuredByAGuard, every_interleaving) {
  coweave::BoundedSemaphore permits(2, "permits");
  int inside = 0;
  co_await coweave::gather(guarded_work(permits, inside), guarded_work(permits, inside),
                           guarded_work(permits, inside));
}
