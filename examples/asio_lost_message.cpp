// examples/asio_lost_message.cpp: a consumer takes items from a channel of Asio, each within a
// timeout. After a timeout the channel of Asio 1.22 to 1.26 does not take the next
// item although its buffer is empty: the producer waits for ever. The failing order needs the timer
// between two steps that no ordinary test brings apart.
#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/experimental/channel.hpp>
#include <coweave/asio.hpp>
#include <coweave/gtest.hpp>

namespace {

using coweave::Task;
using coweave::TimerOrder;
using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;
using asio::use_awaitable;
using Channel = asio::experimental::channel<void(asio::error_code, int)>;

asio::awaitable<void> produce(Channel& items) { co_await items.async_send({}, 1, use_awaitable); }

asio::awaitable<void> consume(Channel& items, int& received) {
  coweave::asio::virtual_timer timeout(co_await asio::this_coro::executor, 1s);
  const auto first =
      co_await (items.async_receive(use_awaitable) || timeout.async_wait(use_awaitable));
  if (first.index() == 0) ++received;
}

Task<> one_item() {
  coweave::asio::context io;
  Channel items(io, 1);
  int received = 0;
  asio::co_spawn(io.executor("consumer"), consume(items, received), asio::detached);
  asio::co_spawn(io.executor("producer"), produce(items), asio::detached);
  co_await io.run();
}

TEST(AsioLostMessage, AnOrdinaryTestPasses) {
  asio::io_context io;
  Channel items(io, 1);
  int received = 0;
  asio::co_spawn(io, consume(items, received), asio::detached);
  asio::co_spawn(io, produce(items), asio::detached);
  io.run();
  EXPECT_EQ(received, 1);
}

TEST(AsioLostMessage, ATimeoutBeforeTheSendBlocksTheProducer) {
  const coweave::Report report = coweave::explore(one_item, {.timers = TimerOrder::any});
  if (ASIO_VERSION >= 102800) {  // Mended.
    EXPECT_THAT(report, coweave::PassesExhaustively());
  } else {
    EXPECT_THAT(report, coweave::FailsWith(coweave::FailureKind::deadlock));
  }
}

}  // namespace
