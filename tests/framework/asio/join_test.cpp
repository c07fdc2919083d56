// Queue::async_join, explored and on a plain io_context.
#include <coweave/gtest.hpp>
#include <coweave/primitives.hpp>
#include <memory>
#include <string>
#include <vector>

#include "framework/asio/library.hpp"

namespace {

using coweave::FailureKind;
using coweave::Queue;
using coweave::Report;
using coweave::Task;
using Log = std::vector<std::string>;

/// A completion handler that writes its name down, with a star if its operation was aborted.
auto noting(Log& log, std::string name) {
  return [&log, name = std::move(name)](error_code error) {
    log.push_back(error == asio::error::operation_aborted ? name + "*" : name);
  };
}

asio::awaitable<void> deal_with(Queue<int>& queue, int& dealt_with, bool forgets) {
  co_await queue.async_get(asio::use_awaitable);
  co_await asio::post(asio::use_awaitable);
  ++dealt_with;
  if (!forgets) queue.task_done();
}

Task<> join_a_worker(bool forgets) {
  adapter::context io;
  Queue<int> queue(0, "work");
  queue.put_nowait(1);
  int dealt_with = 0;
  asio::co_spawn(io.executor("worker"), deal_with(queue, dealt_with, forgets), asio::detached);
  asio::co_spawn(
      io.executor("joiner"),
      [&]() -> asio::awaitable<void> {
        co_await queue.async_join(asio::use_awaitable);
        coweave::check(dealt_with == 1, "joined before the item was dealt with");
      },
      asio::detached);
  co_await io.run();
}

// The worker has three steps (asks, gets, deals with it), the joiner two, the second after the
// worker's last. The joiner's first goes before, between or after the worker's three: 4.
TEST(AsioJoin, ComesAfterTheLastItemInFourOrders) {
  const Report report =
      coweave::explore([] { return join_a_worker(false); }, {.strategy = coweave::exhaustive()});
  EXPECT_EQ(report.verdict, coweave::Verdict::exhaustive) << report;
  EXPECT_EQ(report.schedules, 4U);
}

TEST(AsioJoin, ADeadlockNamesTheQueue) {
  const Report report = coweave::explore([] { return join_a_worker(true); });
  ASSERT_THAT(report, coweave::FailsWith(FailureKind::deadlock));
  std::ostringstream text;
  text << report;
  EXPECT_THAT(text.str(), testing::HasSubstr("join queue \"work\""));
}

TEST(AsioJoin, CompletesInProductionByAPost) {
  asio::io_context io;
  Queue<int> queue;
  Log log;
  const auto executor = io.get_executor();
  queue.async_join(executor, noting(log, "nothing to do"));
  queue.put_nowait(1);
  queue.async_join(executor, noting(log, "a"));
  adapter::async_join(queue, asio::bind_executor(executor, noting(log, "b")));
  io.poll();
  EXPECT_EQ(log, Log({"nothing to do"}));
  EXPECT_EQ(queue.get_nowait(), 1);
  io.poll();
  EXPECT_EQ(log.size(), 1U);  // Taken, and not done.
  queue.task_done();
  queue.put_nowait(2);
  EXPECT_EQ(log.size(), 1U);  // Not inline in task_done().
  io.run();
  EXPECT_EQ(log, Log({"nothing to do", "a", "b"}));
}

TEST(AsioJoin, MayBeCancelledAlone) {
  asio::io_context io;
  Queue<int> queue;
  Log log;
  asio::cancellation_signal signal;
  const auto executor = io.get_executor();
  queue.put_nowait(1);
  queue.async_join(executor, asio::bind_cancellation_slot(signal.slot(), noting(log, "a")));
  queue.async_join(executor, noting(log, "b"));
  signal.emit(asio::cancellation_type::total);
  io.poll();
  EXPECT_EQ(log, Log({"a*"}));
  static_cast<void>(queue.get_nowait());
  queue.task_done();
  io.run();
  EXPECT_EQ(log, Log({"a*", "b"}));
}

TEST(AsioJoin, DiesWithItsContextAndIsAbortedWithItsQueue) {
  const auto witness = std::make_shared<int>(0);
  asio::io_context other;
  Log log;
  {
    Queue<int> queue;
    queue.put_nowait(1);
    {
      asio::io_context io;
      queue.async_join(io.get_executor(), [witness](error_code) {});
      EXPECT_EQ(witness.use_count(), 2);
    }
    EXPECT_EQ(witness.use_count(), 1);
    queue.async_join(other.get_executor(), noting(log, "a"));
  }
  other.run();
  EXPECT_EQ(log, Log({"a*"}));
}

}  // namespace
