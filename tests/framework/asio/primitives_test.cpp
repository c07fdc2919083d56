// Coweave's primitives as asynchronous operations of Asio, explored.
#include <coweave/gtest.hpp>
#include <coweave/primitives.hpp>
#include <string>
#include <vector>

#include "framework/asio/library.hpp"

namespace {

using coweave::BoundedSemaphore;
using coweave::Condition;
using coweave::Event;
using coweave::FailureKind;
using coweave::Lock;
using coweave::OperationKind;
using coweave::Options;
using coweave::Queue;
using coweave::Report;
using coweave::Semaphore;
using coweave::Task;
using coweave::Verdict;
using namespace asio::experimental::awaitable_operators;

asio::awaitable<void> guarded_increment(Lock& lock, int& counter) {
  co_await lock.async_acquire(asio::use_awaitable);
  const int seen = counter;
  co_await asio::post(asio::use_awaitable);
  counter = seen + 1;
  lock.release();
}

Task<> two_guarded_increments() {
  room::context io;
  Lock lock("counter");
  int counter = 0;
  asio::co_spawn(io.executor("left"), guarded_increment(lock, counter), asio::detached);
  asio::co_spawn(io.executor("right"), guarded_increment(lock, counter), asio::detached);
  co_await io.run();
  coweave::check(counter == 2, "an increment was lost");
}

// Each coroutine has three steps: start (asks for the lock), acquire, post (releases it). Let a be first to
// ask; by symmetry twice that. a's other two steps come in order; b's first goes anywhere after a's first:
// between a1 and a2, a2 and a3, or after a3; b's others are after a3. 3 x 2 = 6.
TEST(AsioPrimitives, ALockCuresTheLostUpdate) {
  const Report report = coweave::explore(two_guarded_increments);
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
  EXPECT_EQ(report.schedules, 6U);
}

Task<> acquire_twice() {
  room::context io;
  Lock lock("db");
  asio::co_spawn(
      io.executor("reader"),
      [&lock]() -> asio::awaitable<void> {
        co_await lock.async_acquire(asio::use_awaitable);
        co_await lock.async_acquire(asio::use_awaitable);
      },
      asio::detached);
  co_await io.run();
}

TEST(AsioPrimitives, ADeadlockNamesTheTaskAndTheLock) {
  const Report report = coweave::explore(acquire_twice);
  ASSERT_TRUE(report.failed());
  EXPECT_EQ(report.failures[0].kind, FailureKind::deadlock);
  const coweave::Trace& trace = report.failures[0].schedule.trace;
  ASSERT_GE(trace.steps.size(), 3U);
  EXPECT_EQ(trace.steps[2].operation, OperationKind::acquire);  // The first, which took it at once.
  std::ostringstream text;
  text << report;
  EXPECT_THAT(text.str(), testing::HasSubstr("acquire lock \"db\""));
  EXPECT_THAT(text.str(), testing::HasSubstr("reader"));
  EXPECT_THAT(text.str(), testing::HasSubstr("primitives_test.cpp"));
}

}  // namespace
