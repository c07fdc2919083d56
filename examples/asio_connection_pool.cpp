// examples/asio_connection_pool.cpp: a pool with a limit of connections. It checks the limit, then
// connects, which takes a while: two clients may pass the check with one place left. Cure: take the
// place before the first co_await. Unmodified Asio: the same pool runs on a plain io_context.
#include <asio.hpp>
#include <coweave/asio.hpp>
#include <coweave/gtest.hpp>

namespace {

using coweave::Task;

struct Pool {
  int limit = 1;
  int open = 0;
  int most_open = 0;
};

asio::awaitable<void> connect() { co_await asio::post(asio::use_awaitable); }

asio::awaitable<void> use_after_check(Pool& pool) {
  if (pool.open >= pool.limit) co_return;  // check ...
  co_await connect();                      // ... another client may connect here ...
  ++pool.open;                             // ... act.
  pool.most_open = std::max(pool.most_open, pool.open);
  co_await asio::post(asio::use_awaitable);
  --pool.open;
}

asio::awaitable<void> use_reserved(Pool& pool) {
  if (pool.open >= pool.limit) co_return;
  ++pool.open;
  pool.most_open = std::max(pool.most_open, pool.open);
  co_await connect();
  co_await asio::post(asio::use_awaitable);
  --pool.open;
}

Task<> two_clients(asio::awaitable<void> (*use)(Pool&)) {
  coweave::asio::context io;  // In production: asio::io_context io;
  Pool pool;
  asio::co_spawn(io.executor("first client"), use(pool), asio::detached);
  asio::co_spawn(io.executor("second client"), use(pool), asio::detached);
  co_await io.run();  // In production: io.run();
  coweave::check(pool.most_open <= pool.limit, "more connections than the limit");
}

TEST(AsioConnectionPool, MayExceedItsLimit) {
  EXPECT_THAT(coweave::explore([] { return two_clients(use_after_check); }),
              coweave::FailsWith(coweave::FailureKind::check));
}

TEST(AsioConnectionPool, DoesNotIfItReservesBeforeItAwaits) {
  EXPECT_THAT(coweave::explore([] { return two_clients(use_reserved); }),
              coweave::PassesExhaustively());
}

TEST(AsioConnectionPool, RunsOnAPlainIoContext) {
  asio::io_context io;
  Pool pool;
  asio::co_spawn(io, use_reserved(pool), asio::detached);
  asio::co_spawn(io, use_reserved(pool), asio::detached);
  io.run();
  EXPECT_EQ(pool.most_open, 1);
  EXPECT_EQ(pool.open, 0);
}

}  // namespace
