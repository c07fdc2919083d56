// The portable timer has all that Asio's own has: moves, cancellations of one wait and of all,
// waits that are left when the execution ends.
#include <chrono>
#include <coweave/gtest.hpp>
#include <string>
#include <utility>

#include "framework/asio/library.hpp"

namespace {

using coweave::Report;
using coweave::Task;
using coweave::Verdict;
using namespace std::chrono_literals;
using timer = adapter::virtual_timer;

std::chrono::nanoseconds now() { return coweave::virtual_steady_clock::now().time_since_epoch(); }

/// One schedule, in which `body` passes and leaves `expected` in the log.
void expect_log(const std::string& expected, Task<> (*body)(std::string& log)) {
  std::string log;
  const auto logged = [&log, body]() -> Task<> {
    log.clear();
    return body(log);
  };
  const Report report = coweave::explore(logged, {.strategy = coweave::production()});
  EXPECT_FALSE(report.failed()) << report;
  EXPECT_EQ(log, expected);
}

/// Appends `name`, '-' if the wait was aborted, and the seconds.
auto note(std::string& log, char name) {
  return [&log, name](error_code error) {
    log += name;
    if (error == asio::error::operation_aborted) log += '-';
    log += std::to_string(now() / 1s);
  };
}

Task<> cancelling(std::string& log) {
  adapter::context io;
  timer late(io, 9s);
  late.async_wait(note(log, 'a'));
  late.async_wait(note(log, 'b'));
  late.async_wait(note(log, 'c'));
  timer soon(io, 1s);
  soon.async_wait([&late, &log](error_code) {
    log += std::to_string(late.cancel_one());
    log += ' ';  // The handler of the cancelled wait is not called within this one.
  });
  timer later(io, 2s);
  later.async_wait([&late, &log](error_code) {
    log += std::to_string(late.expires_after(1s));
    late.async_wait(note(log, 'd'));
  });
  co_await io.run();
  log += std::to_string(late.cancel());
}

TEST(AsioTimerService, CancelsTheFirstWaitOrAllOfThem) {
  expect_log("1 a-12b-2c-2d30", cancelling);
}

Task<> cancelling_by_slots(std::string& log) {
  adapter::context io;
  timer late(io, 5s);
  asio::cancellation_signal first;
  asio::cancellation_signal second;
  late.async_wait(asio::bind_cancellation_slot(first.slot(), note(log, 'a')));
  late.async_wait(asio::bind_cancellation_slot(second.slot(), note(log, 'b')));
  late.async_wait(note(log, 'c'));
  timer moved(std::move(late));  // With its waits.
  timer soon(io, 1s);
  soon.async_wait([&second](error_code) { second.emit(asio::cancellation_type::total); });
  co_await io.run();
  first.emit(asio::cancellation_type::terminal);  // It has been called: nothing to cancel.
}

TEST(AsioTimerService, CancelsOneWaitByItsSlot) { expect_log("b-1a5c5", cancelling_by_slots); }

Task<> moving(std::string& log) {
  adapter::context io;
  timer first(io, 3s);
  first.async_wait(note(log, 'a'));
  timer second(io, 4s);
  second.async_wait(note(log, 'b'));
  second = std::move(first);  // Cancels those of the second.
  log += second.expiry().time_since_epoch() == 3s ? 'y' : 'n';
  co_await io.run();
}

TEST(AsioTimerService, MovesWaitsWithTheirTimer) { expect_log("yb-0a3", moving); }

Task<> passed_already(std::string& log) {
  adapter::context io;
  timer past(io, coweave::virtual_steady_clock::time_point(-1s));
  past.async_wait(note(log, 'a'));
  log += '.';
  timer zero(io, 0s);
  zero.async_wait(note(log, 'b'));
  error_code error;
  past.wait(error);
  log += error ? 'n' : 'y';
  timer future(io, 1s);
  future.wait(error);  // Would block the thread, and the clock with it.
  log += error == asio::error::operation_not_supported ? 'y' : 'n';
  co_await io.run();
}

TEST(AsioTimerService, CallsHandlersOfPastTimersInStepsOfTheirOwn) {
  expect_log(".yya0b0", passed_already);
}

struct Witness {
  int* alive;
  explicit Witness(int& count) : alive(&count) { ++count; }
  Witness(const Witness& other) : alive(other.alive) { ++*alive; }
  Witness(Witness&& other) noexcept : alive(other.alive) { ++*alive; }
  Witness& operator=(const Witness&) = delete;
  ~Witness() { --*alive; }
};

// A timer in the frame of a coroutine that waits for it: the wait owns the frame, the frame the
// timer.
TEST(AsioTimerService, DestroysWaitsThatAreLeftWhenTheExecutionEnds) {
  int alive = 0;
  const auto body = [&alive]() -> Task<> {
    adapter::context io;
    asio::co_spawn(
        io,
        [](Witness /*witness*/) -> asio::awaitable<void> {
          timer late(co_await asio::this_coro::executor, 1h);
          co_await late.async_wait(asio::use_awaitable);
        }(Witness(alive)),
        asio::detached);
    timer stop(io, 1s);
    stop.async_wait([](error_code) { throw std::runtime_error("stop"); });
    try {
      co_await io.run();
    } catch (const std::runtime_error&) {
      coweave::check(alive == 1, "the coroutine waits");
    }
  };
  const Report report = coweave::explore(body);
  EXPECT_FALSE(report.failed()) << report;
  EXPECT_EQ(report.verdict, Verdict::exhaustive);
  EXPECT_EQ(alive, 0);
}

TEST(AsioTimerService, WaitsInRealTimeUnderRun) {
  const auto before = std::chrono::steady_clock::now();
  coweave::run([]() -> Task<> {
    adapter::context io;
    timer soon(io, 3ms);
    timer late(io, 1h);
    soon.async_wait([&late](error_code) { late.cancel(); });
    late.async_wait([](error_code error) { EXPECT_EQ(error, asio::error::operation_aborted); });
    co_await io.run();
  }());
  const auto passed = std::chrono::steady_clock::now() - before;
  EXPECT_GE(passed, 3ms);
  EXPECT_LT(passed, 10s);
}

}  // namespace
