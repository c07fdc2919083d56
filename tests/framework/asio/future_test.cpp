// Futures and fault points in coroutines of Asio.
#include <coweave/gtest.hpp>
#include <coweave/primitives.hpp>

#include "framework/asio/library.hpp"

namespace {

using coweave::Future;
using coweave::Report;
using coweave::Task;

asio::awaitable<void> receive(Future<int>& reply, int& sum) {
  co_await reply.async_wait(asio::use_awaitable);
  sum += reply.result();
}
asio::awaitable<void> answer(Future<int>& reply) {
  reply.set_result(21);
  co_return;
}

TEST(AsioFuture, CompletesEveryWaitWhenItIsDone) {
  const auto body = []() -> Task<> {
    adapter::context io;
    Future<int> reply("reply");
    int sum = 0;
    for (int i = 0; i < 2; ++i)
      asio::co_spawn(io.executor("receiver"), receive(reply, sum), asio::detached);
    asio::co_spawn(io.executor("peer"), answer(reply), asio::detached);
    co_await io.run();
    EXPECT_EQ(sum, 42);
  };
  EXPECT_THAT(coweave::explore(body, {.strategy = coweave::exhaustive()}),
              coweave::PassesExhaustively());
}

TEST(AsioFuture, IsLeftAsItIsByACancelledWait) {
  asio::io_context io;
  Future<int> reply;
  asio::cancellation_signal signal;
  int completed = 0;
  const auto executor = io.get_executor();
  reply.async_wait(executor, asio::bind_cancellation_slot(signal.slot(), [&](error_code error) {
                     EXPECT_EQ(error, asio::error::operation_aborted);
                     ++completed;
                   }));
  signal.emit(asio::cancellation_type::total);
  io.run();
  EXPECT_EQ(completed, 1);
  EXPECT_FALSE(reply.done());
  reply.set_result(1);
  reply.async_wait(executor, [&](error_code error) {
    EXPECT_FALSE(error);
    ++completed;
  });
  io.restart();
  io.run();
  EXPECT_EQ(completed, 2);
}

asio::awaitable<void> save(int& saved) {
  co_await asio::post(asio::use_awaitable);  // Newer versions end at once what never suspends.
  try {
    coweave::may_fail("disk full");
    ++saved;
  } catch (const coweave::InjectedFault&) {
  }
}

// Two coroutines of two steps (to the post, and from there to the end): 4!/(2! 2!) = 6 orders. In
// each there is no fault, one in the first or one in the second: 6 * 3.
TEST(AsioFaults, HappenInACoroutineOfAsio) {
  bool seen[3] = {};
  const auto body = [&seen]() -> Task<> {
    adapter::context io;
    int saved = 0;
    for (int i = 0; i < 2; ++i) asio::co_spawn(io.executor("writer"), save(saved), asio::detached);
    co_await io.run();
    seen[saved] = true;
  };
  const Report report =
      coweave::explore(body, {.strategy = coweave::exhaustive(), .inject_faults = 1});
  EXPECT_THAT(report, coweave::PassesExhaustively());
  EXPECT_EQ(report.schedules, 18U);
  EXPECT_FALSE(seen[0]);
  EXPECT_TRUE(seen[1]);
  EXPECT_TRUE(seen[2]);
}

}  // namespace
