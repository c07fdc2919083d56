// Unmodified steady timers on virtual time: this program links coweave::virtual_clock.
#include <chrono>
#include <coweave/gtest.hpp>
#include <set>
#include <string>

#include "framework/asio/library.hpp"

namespace {

using coweave::Report;
using coweave::Task;
using coweave::TimerOrder;
using coweave::Verdict;
using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

asio::awaitable<void> sleep(std::chrono::nanoseconds duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> add_twice(int& counter) {
  for (int i = 0; i < 2; ++i) {
    const int seen = counter;
    co_await asio::post(asio::use_awaitable);
    counter = seen + 1;
  }
}

TEST(VirtualClock, SteadyTimersTakeNoTime) {
  for (const std::chrono::nanoseconds wait :
       {std::chrono::nanoseconds(1ns), std::chrono::nanoseconds(1ms),
        std::chrono::nanoseconds(5min), std::chrono::nanoseconds(240h)}) {
    const auto body = [wait]() -> Task<> {
      room::context io;
      asio::co_spawn(io, sleep(wait), asio::detached);
      const auto before = std::chrono::steady_clock::now();
      co_await io.run();
      const auto passed = std::chrono::steady_clock::now() - before;
      // The reactor counts in microseconds.
      coweave::check(passed >= wait && passed < wait + 2us, std::to_string(passed.count()));
    };
    const Report report = coweave::explore(body);
    EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
    EXPECT_EQ(report.schedules, 1U);
  }
}

// As AsioFeatures.EitherOfWorkAndATimeout with the portable timer: 1 and 6 schedules.
TEST(VirtualClock, BothOrdersOfATimeoutAndWhatItGuards) {
  std::set<std::size_t> seen;
  const auto body = [&seen]() -> Task<> {
    room::context io;
    int counter = 0;
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
          const auto result = co_await (add_twice(counter) || sleep(1s));
          seen.insert(result.index());
        },
        asio::detached);
    co_await io.run();
  };
  EXPECT_EQ(coweave::explore(body).schedules, 1U);
  EXPECT_EQ(seen, (std::set<std::size_t>{0}));
  const Report any = coweave::explore(body, {.timers = TimerOrder::any});
  EXPECT_EQ(any.verdict, Verdict::exhaustive) << any;
  EXPECT_EQ(any.schedules, 6U);
  EXPECT_EQ(seen, (std::set<std::size_t>{0, 1}));
}

// Each fires at its own time, whichever kind is due first, and whichever is cancelled.
TEST(VirtualClock, BothKindsOfTimersInOneContext) {
  std::string order;
  const auto body = [&order]() -> Task<> {
    order.clear();
    room::context io;
    const auto note = [&order](char name) {
      return [&order, name](error_code) {
        const auto passed = coweave::virtual_steady_clock::now().time_since_epoch();
        order += name + std::to_string((passed + 500ms) / 1s);
      };
    };
    asio::steady_timer steady(io, 2s);
    asio::steady_timer last(io, 4s);
    room::virtual_timer first(io, 1s);
    room::virtual_timer third(io, 3s);
    room::virtual_timer never(io, 1h);
    steady.async_wait(note('b'));
    last.async_wait(note('d'));
    first.async_wait(note('a'));
    third.async_wait(note('c'));
    never.async_wait([](error_code error) { EXPECT_EQ(error, asio::error::operation_aborted); });
    asio::steady_timer stop(io, 5s);
    stop.async_wait([&never](error_code) { never.cancel(); });
    co_await io.run();
  };
  const Report report = coweave::explore(body);
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
  EXPECT_EQ(report.schedules, 1U);
  EXPECT_EQ(order, "a1b2c3d4");
}

TEST(VirtualClock, ThePlainClockGoesOnOutsideOfExecutions) {
  const auto before = std::chrono::steady_clock::now();
  asio::io_context io;
  asio::co_spawn(io, sleep(3ms), asio::detached);
  io.run();
  const auto passed = std::chrono::steady_clock::now() - before;
  EXPECT_GE(passed, 3ms);
  EXPECT_LT(passed, 10s);
}

}  // namespace
