// examples/asio_idle_timeout.cpp: a session that echoes what it reads, and a timer that closes it
// when it has been idle. The close may come while a write is pending: the last answer is lost.
// Unmodified Asio: the same session runs on a plain io_context, over a channel and over a socket.
// Cure: the timer watches reads only, and is stopped first.
#include <asio.hpp>
#include <asio/experimental/channel.hpp>
#include <coweave/asio.hpp>
#include <coweave/gtest.hpp>

namespace {

using coweave::Task;
using coweave::TimerOrder;
using namespace std::chrono_literals;
using asio::use_awaitable;
using coweave::asio::virtual_timer;
using Wire = asio::experimental::channel<void(asio::error_code, int)>;

/// One end of a connection: what a socket is to a session.
struct Connection {
  explicit Connection(const asio::any_io_executor& executor) : in(executor, 2), out(executor, 2) {}
  Wire in;
  Wire out;
  int taken = 0;  // Messages that the session answers.
  int written = 0;
  bool is_open = true;

  asio::awaitable<int> read() { co_return co_await in.async_receive(use_awaitable); }
  asio::awaitable<void> write(int message) {
    co_await asio::post(use_awaitable);  // The network takes its time.
    if (!is_open) co_return;             // Closed meanwhile: the message is lost.
    ++written;
    co_await out.async_send({}, message, use_awaitable);
  }
};

/// The same over a socket: a message is a byte.
struct SocketConnection {
  asio::ip::tcp::socket socket;
  int taken = 0;
  int written = 0;
  bool is_open = true;

  asio::awaitable<int> read() {
    unsigned char message = 0;
    co_await asio::async_read(socket, asio::buffer(&message, 1), use_awaitable);
    co_return message;
  }
  asio::awaitable<void> write(int message) {
    if (!is_open) co_return;
    const auto sent = static_cast<unsigned char>(message);
    co_await asio::async_write(socket, asio::buffer(&sent, 1), use_awaitable);
    ++written;
  }
};

template <class Stream>
asio::awaitable<void> echo(Stream& connection, int messages, bool stops_timer_first) {
  virtual_timer idle(co_await asio::this_coro::executor, 30s);
  idle.async_wait([&connection](asio::error_code error) {
    if (!error) connection.is_open = false;
  });
  for (int i = 0; i < messages; ++i) {
    const int message = co_await connection.read();
    if (stops_timer_first && idle.cancel() == 0) co_return;  // It has fired: nothing is answered.
    ++connection.taken;
    co_await connection.write(message);
  }
  idle.cancel();
}

asio::awaitable<void> ask(Connection& connection) {
  co_await connection.in.async_send({}, 7, use_awaitable);
}

Task<> session(bool stops_timer_first) {
  coweave::asio::context io;  // In production: asio::io_context io;
  Connection connection(io.get_executor());
  asio::co_spawn(io.executor("client"), ask(connection), asio::detached);
  asio::co_spawn(io.executor("session"), echo(connection, 1, stops_timer_first), asio::detached);
  co_await io.run();  // In production: io.run();
  coweave::check(connection.written == connection.taken, "an answer was lost");
}

TEST(AsioIdleTimeout, MayCloseWhileAWriteIsPending) {
  EXPECT_THAT(coweave::explore([] { return session(false); }, {.timers = TimerOrder::any}),
              coweave::FailsWith(coweave::FailureKind::check));
}

TEST(AsioIdleTimeout, AStoppedTimerDoesNot) {
  EXPECT_THAT(coweave::explore([] { return session(true); }, {.timers = TimerOrder::any}),
              coweave::PassesExhaustively());
}

TEST(AsioIdleTimeout, RunsOnAPlainIoContext) {
  asio::io_context io;
  Connection connection(io.get_executor());
  asio::co_spawn(io, ask(connection), asio::detached);
  asio::co_spawn(io, echo(connection, 1, true), asio::detached);
  io.run();
  EXPECT_EQ(connection.written, 1);
}

asio::awaitable<void> serve(asio::ip::tcp::acceptor& acceptor, int& written) {
  asio::ip::tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
  SocketConnection connection{std::move(socket)};
  co_await echo(connection, 1, true);
  written = connection.written;
}

asio::awaitable<void> ask_over(asio::ip::tcp::endpoint server, int& answer) {
  SocketConnection connection{asio::ip::tcp::socket(co_await asio::this_coro::executor)};
  co_await connection.socket.async_connect(server, use_awaitable);
  co_await connection.write(7);
  answer = co_await connection.read();
}

TEST(AsioIdleTimeout, RunsOverASocketOfTheLoopback) {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  int written = 0;
  int answer = 0;
  asio::co_spawn(io, serve(acceptor, written), asio::detached);
  asio::co_spawn(io, ask_over(acceptor.local_endpoint(), answer), asio::detached);
  io.run();
  EXPECT_EQ(written, 1);
  EXPECT_EQ(answer, 7);
}

}  // namespace
