// What Coweave cannot control is reported, and never hangs.
#include <chrono>
#include <coweave/gtest.hpp>
#include <thread>

#include "framework/asio/library.hpp"

namespace {

using coweave::FailureKind;
using coweave::Report;
using coweave::Task;
using coweave::Verdict;
using namespace std::chrono_literals;

void expect_uncontrolled(const Report& report, std::string_view text) {
  ASSERT_FALSE(report.failures.empty()) << report;
  EXPECT_EQ(report.failures[0].kind, FailureKind::uncontrolled) << report;
  EXPECT_NE(report.failures[0].message.find(text), std::string::npos) << report;
  EXPECT_NE(report.failures[0].place.line, 0U);
}

TEST(AsioUncontrolled, APostFromAnotherThread) {
  const auto body = []() -> Task<> {
    adapter::context io;
    const auto guard = asio::make_work_guard(io);
    std::jthread other([&io] { asio::post(io, [] { ADD_FAILURE() << "never runs"; }); });
    co_await io.run();
  };
  expect_uncontrolled(coweave::explore(body, {.max_time = 2s, .shrink = {.max_executions = 10}}),
                      "another thread");
}

TEST(AsioUncontrolled, AThreadPool) {
  const auto body = []() -> Task<> {
    adapter::context io;
    asio::thread_pool pool(1);
    asio::co_spawn(
        io,
        [&pool]() -> asio::awaitable<void> {
          co_await asio::co_spawn(
              pool,
              []() -> asio::awaitable<void> {
                std::this_thread::sleep_for(1ms);
                co_return;
              },
              asio::use_awaitable);
        },
        asio::detached);
    co_await io.run();
  };
  expect_uncontrolled(coweave::explore(body, {.max_time = 2s, .shrink = {.max_executions = 10}}),
                      "another thread");
}

TEST(AsioUncontrolled, TheSystemExecutor) {
  const auto body = []() -> Task<> {
    adapter::context io;
    asio::co_spawn(
        io,
        []() -> asio::awaitable<void> {
          co_await asio::post(asio::system_executor(), asio::use_awaitable);
        },
        asio::detached);
    co_await io.run();
  };
  expect_uncontrolled(coweave::explore(body, {.max_time = 2s, .shrink = {.max_executions = 10}}),
                      "another thread");
}

// Back on the context, from a thread of the pool.
TEST(AsioUncontrolled, AHopToAThreadPool) {
  const auto body = []() -> Task<> {
    adapter::context io;
    asio::thread_pool pool(1);
    const asio::any_io_executor home = io.get_executor();
    asio::co_spawn(
        pool, [home]() -> asio::awaitable<void> { co_await asio::post(home, asio::use_awaitable); },
        asio::detached);
    const auto guard = asio::make_work_guard(io);
    co_await io.run();
  };
  expect_uncontrolled(coweave::explore(body, {.max_time = 2s, .shrink = {.max_executions = 10}}),
                      "another thread");
}

TEST(AsioUncontrolled, ARealTimer) {
  const auto body = []() -> Task<> {
    adapter::context io;
    asio::steady_timer timer(io, 1h);
    timer.async_wait([](error_code) {});
    co_await io.run();
  };
  expect_uncontrolled(coweave::explore(body, {.max_time = 2s, .shrink = {.max_executions = 10}}),
                      "a real timer");
}

asio::awaitable<void> echo_once(asio::ip::tcp::acceptor& acceptor) {
  asio::ip::tcp::socket peer = co_await acceptor.async_accept(asio::use_awaitable);
  char text[5];
  co_await asio::async_read(peer, asio::buffer(text), asio::use_awaitable);
  co_await asio::async_write(peer, asio::buffer(text), asio::use_awaitable);
}

asio::awaitable<void> ask(asio::ip::tcp::endpoint server, std::string& answer) {
  asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect(server, asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer("hello", 5), asio::use_awaitable);
  answer.resize(5);
  co_await asio::async_read(socket, asio::buffer(answer), asio::use_awaitable);
}

// Best effort: the kernel's part is not scheduled, so only the production order is looked at.
TEST(AsioUncontrolled, SocketsOfTheLoopbackWork) {
  const auto body = []() -> Task<> {
    adapter::context io;
    asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    std::string answer;
    asio::co_spawn(io.executor("server"), echo_once(acceptor), asio::detached);
    asio::co_spawn(io.executor("client"), ask(acceptor.local_endpoint(), answer), asio::detached);
    co_await io.run();
    coweave::check(answer == "hello", answer);
  };
  const Report report = coweave::explore(body, {.strategy = coweave::production()});
  EXPECT_FALSE(report.failed()) << report;
}

}  // namespace
