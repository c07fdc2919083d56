// Timers on virtual time: the portable timer.
#include <chrono>
#include <coweave/gtest.hpp>
#include <set>
#include <string>
#include <thread>

#include "framework/asio/library.hpp"

namespace {

using coweave::Report;
using coweave::Task;
using coweave::TimerOrder;
using coweave::Verdict;
using namespace std::chrono_literals;

using timer = adapter::virtual_timer;

asio::awaitable<void> wait_for(timer& sleeper, std::chrono::nanoseconds duration) {
  sleeper.expires_after(duration);
  co_await sleeper.async_wait(asio::use_awaitable);
}

Task<> an_hour() {
  adapter::context io;
  timer sleeper(io);
  asio::co_spawn(io, wait_for(sleeper, 1h), asio::detached);
  co_await io.run();
  coweave::check(coweave::virtual_steady_clock::now().time_since_epoch() == 1h, "the time");
}

TEST(AsioTimer, AnHourPassesInNoTime) {
  const auto before = std::chrono::steady_clock::now();
  const Report report = coweave::explore(an_hour);
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
  EXPECT_EQ(report.schedules, 1U);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
}

Task<> three_timers(std::string& order) {
  adapter::context io;
  timer a(io, 30ms);
  timer b(io, 10ms);
  timer c(io, 20ms);
  a.async_wait([&order](error_code) { order += 'a'; });
  b.async_wait([&order](error_code) { order += 'b'; });
  c.async_wait([&order](error_code) { order += 'c'; });
  co_await io.run();
}

// Different deadlines leave one order when the clock moves only while nothing is ready. A timer
// that fires early fires after those before it: the handlers ready together then step in any order.
// Let r be the ready handlers and t the timers left: f(r, t) = r f(r-1, t) + [t > 0] f(r+1, t-1),
// where r = 0 has one alternative; f(0, 3) = f(1, 2) = f(0, 2) + f(2, 1);
// f(0, 2) = f(1, 1) = f(0, 1) + f(2, 0) = 1 + 2 = 3; f(2, 1) = 2 f(1, 1) + f(3, 0) = 6 + 6 =
// 12: 15.
TEST(AsioTimer, TheClockMayMoveBeforeReadyHandlers) {
  std::string order;
  std::set<std::string> seen;
  const auto body = [&]() -> Task<> {
    order.clear();
    co_await three_timers(order);
    seen.insert(order);
  };
  const Report idle = coweave::explore(body);
  EXPECT_EQ(idle.schedules, 1U) << idle;
  EXPECT_EQ(seen, (std::set<std::string>{"bca"}));
  const Report any = coweave::explore(body, {.timers = TimerOrder::any});
  EXPECT_EQ(any.verdict, Verdict::exhaustive) << any;
  EXPECT_EQ(any.schedules, 15U);
  EXPECT_EQ(seen.size(), 6U);
}

struct Race {
  bool timed_out = false;
  bool completed = false;
};

/// An operation of one post, guarded by a timeout.
asio::awaitable<void> guarded(Race& race, timer& timeout) {
  timeout.expires_after(1s);
  timeout.async_wait([&race](error_code error) {
    if (!error) race.timed_out = true;
  });
  co_await asio::post(asio::use_awaitable);
  race.completed = true;
  timeout.cancel();
}

TEST(AsioTimer, BothOrdersOfATimeoutAndWhatItGuards) {
  std::set<std::pair<bool, bool>> seen;
  const auto body = [&seen]() -> Task<> {
    adapter::context io;
    Race race;
    timer timeout(io);
    asio::co_spawn(io, guarded(race, timeout), asio::detached);
    co_await io.run();
    seen.insert({race.timed_out, race.completed});
  };
  EXPECT_EQ(coweave::explore(body).schedules, 1U);
  EXPECT_EQ(seen, (std::set<std::pair<bool, bool>>{{false, true}}));
  const Report any = coweave::explore(body, {.timers = TimerOrder::any});
  EXPECT_EQ(any.verdict, Verdict::exhaustive) << any;
  EXPECT_EQ(seen, (std::set<std::pair<bool, bool>>{{false, true}, {true, true}}));
  // Post or timer first: the post cancels the timer, and its handler follows: 1. The timer first:
  // its handler and the post in either order: 2; the early move is offered only while the timer is
  // armed.
  EXPECT_EQ(any.schedules, 3U);
}

TEST(AsioTimer, ACancelledTimerDoesNotMoveTheClock) {
  const auto body = []() -> Task<> {
    adapter::context io;
    timer late(io, 1h);
    timer soon(io, 1s);
    error_code seen;
    late.async_wait([&seen](error_code error) { seen = error; });
    soon.async_wait([&late](error_code) { late.cancel(); });
    co_await io.run();
    coweave::check(seen == asio::error::operation_aborted, "the wait was aborted");
    coweave::check(coweave::virtual_steady_clock::now().time_since_epoch() == 1s, "the time");
  };
  EXPECT_EQ(coweave::explore(body).verdict, Verdict::exhaustive);
}

TEST(AsioTimer, WhatAnotherThreadDoesToItIsUncontrolled) {
  const auto body = []() -> Task<> {
    adapter::context io;
    timer late(io, 1h);
    error_code seen;
    late.async_wait([&seen](error_code error) { seen = error; });
    std::thread other([&late] {
      late.cancel();
      late.expires_at(timer::time_point());
    });
    other.join();
    co_await io.run();
    coweave::check(!seen, "the wait went on");
    coweave::check(coweave::virtual_steady_clock::now().time_since_epoch() == 1h, "the time");
  };
  const Report report =
      coweave::explore(body, {.strategy = coweave::production(), .compare_await_points = false});
  EXPECT_THAT(report, coweave::FailsWith(coweave::FailureKind::uncontrolled,
                                         ::testing::HasSubstr("of a timer by another thread")));
}

// "Until somebody cancels it", as connection pools write it: nobody does, so it is a deadlock, at
// once and also in a loop.
TEST(AsioTimer, ATimerThatNeverExpiresIsADeadlock) {
  for (const timer::time_point expiry :
       {timer::time_point::max(), timer::time_point(std::chrono::hours(24) * 365 * 100)}) {
    const auto body = [expiry]() -> Task<> {
      adapter::context io;
      timer wake(io, expiry);
      asio::co_spawn(
          io.executor("waiter"),
          [](timer& sleeper) -> asio::awaitable<void> {
            while (true) co_await sleeper.async_wait(asio::use_awaitable);
          }(wake),
          asio::detached);
      co_await io.run();
    };
    const Report report = coweave::explore(body, {.timers = TimerOrder::any});
    ASSERT_FALSE(report.failures.empty()) << report;
    EXPECT_EQ(report.failures[0].kind, coweave::FailureKind::deadlock) << report;
  }
}

TEST(AsioTimer, ThePortableTimerRunsOnAPlainIoContext) {
  asio::io_context io;
  timer sleeper(io, 2ms);
  bool fired = false;
  const auto before = std::chrono::steady_clock::now();
  sleeper.async_wait([&fired](error_code error) { fired = !error; });
  io.run();
  EXPECT_TRUE(fired);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 2ms);
}

}  // namespace
