// Coweave's primitives as asynchronous operations of Asio, explored.
#include <coweave/gtest.hpp>
#include <coweave/primitives.hpp>
#include <memory>
#include <set>
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
  adapter::context io;
  Lock lock("counter");
  int counter = 0;
  asio::co_spawn(io.executor("left"), guarded_increment(lock, counter), asio::detached);
  asio::co_spawn(io.executor("right"), guarded_increment(lock, counter), asio::detached);
  co_await io.run();
  coweave::check(counter == 2, "an increment was lost");
}

// Each coroutine has three steps: start (asks for the lock), acquire, post (releases it). Let a be
// first to ask; by symmetry twice that. a's other two steps come in order; b's first goes anywhere
// after a's first: between a1 and a2, a2 and a3, or after a3; b's others are after a3. 3 x 2 = 6.
TEST(AsioPrimitives, ALockCuresTheLostUpdate) {
  const Report report = coweave::explore(two_guarded_increments);
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
  EXPECT_EQ(report.schedules, 6U);
}

Task<> acquire_twice() {
  adapter::context io;
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

Task<> wait_and_set() {
  adapter::context io;
  Event event("go");
  bool is_ready = false;
  asio::co_spawn(
      io.executor("waiter"),
      [&]() -> asio::awaitable<void> {
        co_await event.async_wait(asio::use_awaitable);
        coweave::check(is_ready, "went on before it was set");
      },
      asio::detached);
  asio::co_spawn(
      io.executor("setter"),
      [&]() -> asio::awaitable<void> {
        co_await asio::post(asio::use_awaitable);
        is_ready = true;
        event.set();
      },
      asio::detached);
  co_await io.run();
}

// Two steps each; the waiter's second is after the setter's second, its first goes before, between
// or after the setter's two: 3.
TEST(AsioPrimitives, AnEventIsWaitedForInThreeOrders) {
  const Report report = coweave::explore(wait_and_set);
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
  EXPECT_EQ(report.schedules, 3U);
}

Task<> two_with_a_permit() {
  adapter::context io;
  BoundedSemaphore semaphore(1, "pool");
  int inside = 0;
  const auto use = [&]() -> asio::awaitable<void> {
    co_await semaphore.async_acquire(asio::use_awaitable);
    coweave::check(++inside == 1, "two at a time");
    co_await asio::post(asio::use_awaitable);
    --inside;
    semaphore.release();
  };
  asio::co_spawn(io, use, asio::detached);
  asio::co_spawn(io, use, asio::detached);
  co_await io.run();
}

// As with a lock.
TEST(AsioPrimitives, ASemaphoreLetsOneInAtATime) {
  const Report report = coweave::explore(two_with_a_permit);
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
  EXPECT_EQ(report.schedules, 6U);
}

Task<> release_too_often() {
  adapter::context io;
  BoundedSemaphore semaphore(1, "pool");
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        co_await semaphore.async_acquire(asio::use_awaitable);
        semaphore.release();
        semaphore.release();
      },
      [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
      });
  co_await io.run();
}

TEST(AsioPrimitives, MisuseIsAFailure) {
  const Report report = coweave::explore(release_too_often);
  ASSERT_TRUE(report.failed());
  EXPECT_EQ(report.failures[0].kind, FailureKind::misuse) << report;
}

Task<> wait_without_the_lock() {
  adapter::context io;
  Condition condition("ready");
  bool was_refused = false;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        try {
          co_await condition.async_wait(asio::use_awaitable);
        } catch (const coweave::MisuseError&) {
          was_refused = true;
        }
      },
      asio::detached);
  co_await io.run();
  coweave::check(was_refused);
}

TEST(AsioPrimitives, AWaitWithoutTheLockThrowsToTheCaller) {
  EXPECT_THAT(coweave::explore(wait_without_the_lock), coweave::PassesExhaustively());
}

Task<> destroyed_while_waited_for() {
  adapter::context io;
  auto lock = std::make_unique<Lock>("short-lived");
  asio::co_spawn(
      io,
      [&lock]() -> asio::awaitable<void> {
        if (lock) co_await lock->async_acquire(asio::use_awaitable);
        if (!lock) co_return;
        try {
          co_await lock->async_acquire(asio::use_awaitable);
        } catch (const system_error& error) {
          coweave::check(error.code() == asio::error::operation_aborted);
        }
      },
      asio::detached);
  asio::post(io, [&lock] { lock.reset(); });
  co_await io.run();
}

TEST(AsioPrimitives, DestructionOfWhatIsWaitedForIsMisuse) {
  const Report report = coweave::explore(destroyed_while_waited_for);
  ASSERT_TRUE(report.failed());
  EXPECT_EQ(report.failures[0].kind, FailureKind::misuse) << report;
}

// A holder, one that a signal may cancel, and one behind it: whatever the order, the lock passes
// on.
Task<> cancelled_in_the_queue(std::vector<int>& outcomes) {
  adapter::context io;
  Lock lock("db");
  int inside = 0;
  asio::cancellation_signal signal;
  const auto hold = [&]() -> asio::awaitable<void> {
    co_await lock.async_acquire(asio::use_awaitable);
    coweave::check(++inside == 1, "two hold the lock");
    co_await asio::post(asio::use_awaitable);
    --inside;
    lock.release();
  };
  asio::co_spawn(io.executor("holder"), hold, asio::detached);
  asio::post(io.executor("starter"), [&] {
    lock.async_acquire(io.executor("cancelled"),
                       asio::bind_cancellation_slot(signal.slot(), [&](error_code error) {
                         ++outcomes[error ? 1 : 0];
                         if (error) return;
                         coweave::check(++inside == 1, "two hold the lock");
                         --inside;
                         lock.release();
                       }));
  });
  asio::post(io.executor("canceller"), [&] { signal.emit(asio::cancellation_type::total); });
  asio::co_spawn(io.executor("third"), hold, asio::detached);
  co_await io.run();
  coweave::check(!lock.locked(), "the lock is still held");
}

TEST(AsioPrimitives, ACancelledAcquireNeverLosesTheLock) {
  std::vector<int> outcomes(2);
  const Report report = coweave::explore([&] { return cancelled_in_the_queue(outcomes); });
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
  EXPECT_GT(outcomes[0], 0);
  EXPECT_GT(outcomes[1], 0);
}

Task<> acquire_or_time_out(std::vector<int>& outcomes) {
  adapter::context io;
  Lock lock("db");
  asio::co_spawn(
      io.executor("holder"),
      [&]() -> asio::awaitable<void> {
        co_await lock.async_acquire(asio::use_awaitable);
        adapter::virtual_timer timer(co_await asio::this_coro::executor, std::chrono::seconds(1));
        co_await timer.async_wait(asio::use_awaitable);
        lock.release();
      },
      asio::detached);
  asio::co_spawn(
      io.executor("impatient"),
      [&]() -> asio::awaitable<void> {
        adapter::virtual_timer timer(co_await asio::this_coro::executor, std::chrono::seconds(1));
        const auto first = co_await (lock.async_acquire(asio::use_awaitable) ||
                                     timer.async_wait(asio::use_awaitable));
        ++outcomes[first.index()];
        if (first.index() == 0) lock.release();
      },
      asio::detached);
  co_await io.run();
  coweave::check(!lock.locked(), "the lock is still held");
}

TEST(AsioPrimitives, BothSidesOfAnOrAreReachedAndNeitherKeepsTheLock) {
  std::vector<int> outcomes(2);
  const Report report = coweave::explore([&] { return acquire_or_time_out(outcomes); });
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
  EXPECT_GT(outcomes[0], 0);
  EXPECT_GT(outcomes[1], 0);
}

asio::awaitable<void> take_one(Condition& condition, int& items, bool waits_once) {
  co_await condition.async_acquire(asio::use_awaitable);
  while (items == 0) {
    co_await condition.async_wait(asio::use_awaitable);
    if (waits_once) break;
  }
  coweave::check(items > 0, "took an item that was not there");
  --items;
  condition.release();
}

Task<> consumers_of_one_notification(bool waits_once) {
  adapter::context io;
  Condition condition("items");
  int items = 0;
  for (int i = 0; i < 2; ++i)
    asio::co_spawn(io.executor("consumer"), take_one(condition, items, waits_once), asio::detached);
  asio::co_spawn(
      io.executor("producer"),
      [&]() -> asio::awaitable<void> {
        for (int i = 0; i < 2; ++i) {
          co_await condition.async_acquire(asio::use_awaitable);
          ++items;
          condition.notify_all();
          condition.release();
          co_await asio::post(asio::use_awaitable);
        }
      },
      asio::detached);
  co_await io.run();
}

TEST(AsioPrimitives, AConditionWithoutALoopFailsAndWithOnePasses) {
  EXPECT_THAT(coweave::explore([] { return consumers_of_one_notification(true); }),
              coweave::FailsWith(FailureKind::check));
  EXPECT_THAT(coweave::explore([] { return consumers_of_one_notification(false); }),
              coweave::PassesExhaustively());
}

Task<> through_a_queue(std::int64_t size) {
  adapter::context io;
  Queue<int> queue(size, "work");
  std::vector<int> got;
  asio::co_spawn(
      io.executor("producer"),
      [&]() -> asio::awaitable<void> {
        for (int i = 0; i < 2; ++i) co_await queue.async_put(i, asio::use_awaitable);
        queue.shutdown();
      },
      asio::detached);
  asio::co_spawn(
      io.executor("consumer"),
      [&]() -> asio::awaitable<void> {
        while (true) {
          error_code error;
          const int item =
              co_await queue.async_get(asio::redirect_error(asio::use_awaitable, error));
          if (error) co_return;
          got.push_back(item);
        }
      },
      asio::detached);
  co_await io.run();
  coweave::check(got == std::vector<int>({0, 1}), "an item was lost, or overtook another");
}

// Without a bound the producer never waits: start (put 0), put (put 1), put (shutdown): p1 p2 p3.
// The consumer's four steps: start (get), get, get, get (the shutdown). c2 comes after p1, c3 after
// p2, c4 after p3, and c1 anywhere: all paths where the k-th of c2, c3, c4 is after the k-th of p:
// 5 of them (Catalan) for a fixed c1, that goes before c2 in: p-c words of 3 + 3, by the number of
// p before the first c: 1, 2 or 3 in 2, 2 and 1 words, so 2, 3 and 4 places: 2*2 + 2*3 + 1*4 = 14.
TEST(AsioPrimitives, AQueueHasFourteenSchedules) {
  const Report report = coweave::explore([] { return through_a_queue(0); });
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
  EXPECT_EQ(report.schedules, 14U);
  EXPECT_THAT(coweave::explore([] { return through_a_queue(1); }), coweave::PassesExhaustively());
}

Task<> tasks_and_coroutines_share_a_lock() {
  adapter::context io;
  Lock lock("counter");
  int counter = 0;
  asio::co_spawn(io, guarded_increment(lock, counter), asio::detached);
  const auto increment = [](Lock& shared, int& count) -> Task<> {
    auto guard = co_await shared.scoped();
    const int seen = count;
    co_await coweave::yield();
    count = seen + 1;
  };
  auto task = coweave::spawn(increment(lock, counter), "task");
  co_await io.run();
  co_await task;
  coweave::check(counter == 2, "an increment was lost");
}

TEST(AsioPrimitives, TasksAndCoroutinesOfAsioShareALock) {
  EXPECT_THAT(coweave::explore(tasks_and_coroutines_share_a_lock), coweave::PassesExhaustively());
}

// What a reduced search leaves out has no other outcome: it finds the same failures.
TEST(AsioPrimitives, AReducedSearchFindsTheSame) {
  Options reduced;
  reduced.strategy = coweave::dpor();
  reduced.tracking = coweave::Tracking::declared;
  EXPECT_THAT(coweave::explore([] { return consumers_of_one_notification(true); }, reduced),
              coweave::FailsWith(FailureKind::check));
  const Report report = coweave::explore(two_guarded_increments, reduced);
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
}

// The task gives the lock back only where it is not cancelled while it holds it.
Task<> a_task_and_a_coroutine_share_a_lock() {
  adapter::context io;
  Lock lock("counter");
  coweave::Shared<int> counter = 0;
  asio::co_spawn(
      io.executor("coroutine"),
      [&]() -> asio::awaitable<void> {
        co_await lock.async_acquire(asio::use_awaitable);
        counter.update([](int& now) { ++now; });
        lock.release();
      },
      asio::detached);
  const auto forgetful = [&]() -> Task<> {
    co_await lock.acquire();
    const int seen = counter.read();
    co_await coweave::yield();
    counter.write(seen + 1);
    lock.release();
  };
  auto task = coweave::spawn(forgetful(), "task");
  co_await io.run();
  co_await coweave::settled(task);
}

TEST(AsioPrimitives, AReducedSearchInjectsTheSame) {
  Options plain;
  plain.keep_going = true;
  plain.strategy = coweave::exhaustive();
  plain.inject_cancellation = {.at_most = 1, .tasks = {"task"}};
  Options reduced = plain;
  reduced.strategy = coweave::dpor();
  reduced.tracking = coweave::Tracking::declared;
  const auto failures_of = [](const Report& report) {
    std::set<std::string> found;
    for (const auto& failure : report.failures) found.insert(failure.message);
    return found;
  };
  const Report all = coweave::explore(a_task_and_a_coroutine_share_a_lock, plain);
  const Report some = coweave::explore(a_task_and_a_coroutine_share_a_lock, reduced);
  EXPECT_GT(all.failing, 0U) << all;
  EXPECT_GT(all.schedules, all.failing) << all;
  EXPECT_EQ(failures_of(some), failures_of(all)) << some;
  EXPECT_LT(some.schedules, all.schedules);
  EXPECT_THAT(some.verdict_detail, testing::HasSubstr("sets of injections"));
}

// The coroutine frames that wait own locks that others wait for: all are destroyed before the
// body's locals.
Task<> waiters_at_the_end() {
  adapter::context io;
  Lock outer("outer");
  for (int i = 0; i < 2; ++i)
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
          Lock inner("inner");
          co_await inner.async_acquire(asio::use_awaitable);
          inner.async_acquire(co_await asio::this_coro::executor, [](error_code) {});
          co_await outer.async_acquire(asio::use_awaitable);
          co_await outer.async_acquire(asio::use_awaitable);
        },
        asio::detached);
  co_await io.run();
}

TEST(AsioPrimitives, ADeadlockIsTornDownCleanly) {
  const Report report = coweave::explore(waiters_at_the_end, {.keep_going = true});
  EXPECT_GT(report.schedules, 1U);
  EXPECT_EQ(report.failing, report.schedules);
}

}  // namespace
