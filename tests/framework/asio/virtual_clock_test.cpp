// Unmodified timers on virtual time: this program links coweave::virtual_clock.
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
        std::chrono::nanoseconds(5min), std::chrono::nanoseconds(240h),
        std::chrono::nanoseconds(24h * 365 * 99)}) {
    const auto body = [wait]() -> Task<> {
      adapter::context io;
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
    adapter::context io;
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
    adapter::context io;
    const auto note = [&order](char name) {
      return [&order, name](error_code) {
        const auto passed = coweave::virtual_steady_clock::now().time_since_epoch();
        order += name + std::to_string((passed + 500ms) / 1s);
      };
    };
    asio::steady_timer steady(io, 2s);
    asio::steady_timer last(io, 4s);
    adapter::virtual_timer first(io, 1s);
    adapter::virtual_timer third(io, 3s);
    adapter::virtual_timer never(io, 1h);
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

// One clock for all: a system_timer of 50 ms comes before a steady_timer of 30 s, one of the high
// resolution clock between them.
TEST(VirtualClock, TimersOfAllClocksShareOneTime) {
  std::string order;
  const auto body = [&order]() -> Task<> {
    order.clear();
    adapter::context io;
    asio::system_timer reply(io, 50ms);
    asio::steady_timer watchdog(io, 30s);
    asio::high_resolution_timer tick(io, 1s);
    asio::basic_waitable_timer<std::chrono::system_clock> day(
        io, std::chrono::system_clock::now() + 24h);
    const auto note = [&order](char name) { return [&order, name](error_code) { order += name; }; };
    day.async_wait(note('d'));
    watchdog.async_wait(note('w'));
    reply.async_wait(note('r'));
    tick.async_wait(note('t'));
    const auto before = std::chrono::system_clock::now();
    co_await io.run();
    const auto passed = std::chrono::system_clock::now() - before;
    coweave::check(passed >= 24h && passed < 24h + 2us, std::to_string(passed.count()));
  };
  const Report report = coweave::explore(body);
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
  EXPECT_EQ(report.schedules, 1U);
  EXPECT_EQ(order, "rtwd");
}

// A timer that is due races with what is ready, as a virtual_timer does: 2 orders.
TEST(VirtualClock, ATimerThatIsDueIsReady) {
  const auto body = []() -> Task<> {
    adapter::context io;
    asio::steady_timer timer(io, 0s);
    timer.async_wait([](error_code) {});
    asio::post(io, [] {});
    co_await io.run();
  };
  const Report report = coweave::explore(body, {.strategy = coweave::exhaustive()});
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
  EXPECT_EQ(report.schedules, 2U);
}

/// A timer that is used as a condition variable, and that nobody cancels.
template <class Timer>
Report wait_for_ever(typename Timer::time_point expiry) {
  return coweave::explore([expiry]() -> Task<> {
    adapter::context io;
    Timer wake(io, expiry);
    asio::co_spawn(
        io.executor("waiter"),
        [&wake]() -> asio::awaitable<void> { co_await wake.async_wait(asio::use_awaitable); },
        asio::detached);
    co_await io.run();
  });
}

// No time is waited for: 100 ms of real time an execution would show.
TEST(VirtualClock, ATimerThatNeverExpiresIsADeadlock) {
  const auto before = std::chrono::steady_clock::now();
  for (const Report& report :
       {wait_for_ever<asio::steady_timer>(asio::steady_timer::time_point::max()),
        wait_for_ever<asio::system_timer>(asio::system_timer::time_point::max()),
        wait_for_ever<asio::steady_timer>(asio::steady_timer::time_point(24h * 365 * 101)),
        wait_for_ever<adapter::virtual_timer>(adapter::virtual_timer::time_point::max())}) {
    ASSERT_FALSE(report.failures.empty()) << report;
    EXPECT_EQ(report.failures[0].kind, coweave::FailureKind::deadlock) << report;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
}

// Cancelled, it is an ordinary condition variable: notified before or after the wait has begun.
// Lost if before.
TEST(VirtualClock, ALostWakeUpOfATimerThatNeverExpires) {
  const auto body = []() -> Task<> {
    adapter::context io;
    asio::steady_timer wake(io, asio::steady_timer::time_point::max());
    asio::post(io.executor("waiter"), [&wake] { wake.async_wait([](error_code) {}); });
    asio::post(io.executor("notifier"), [&wake] { wake.cancel(); });
    co_await io.run();
  };
  const Report report =
      coweave::explore(body, {.strategy = coweave::exhaustive(), .keep_going = true});
  EXPECT_EQ(report.schedules, 2U) << report;
  EXPECT_EQ(report.failing, 1U) << report;
  EXPECT_EQ(report.failures[0].kind, coweave::FailureKind::deadlock) << report;
}

TEST(VirtualClock, ThePlainClockGoesOnOutsideOfExecutions) {
  const auto before = std::chrono::steady_clock::now();
  asio::io_context io;
  asio::co_spawn(io, sleep(3ms), asio::detached);
  io.run();
  const auto passed = std::chrono::steady_clock::now() - before;
  EXPECT_GE(passed, 3ms);
  EXPECT_LT(passed, 10s);
  const auto date = std::chrono::system_clock::now();
  asio::io_context other;
  asio::system_timer timer(other, 3ms);
  timer.wait();
  EXPECT_GE(std::chrono::system_clock::now() - date, 3ms);
  EXPECT_GT(date.time_since_epoch(), 24h * 365 * 54);  // Not the date of executions.
}

}  // namespace
