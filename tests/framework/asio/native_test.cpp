// Handlers that run on the io_context beneath a context are outside of the scheduler's control:
// reported, with how many and where, and never a part of what was explored.
#include <chrono>
#include <coweave/gtest.hpp>
#include <coweave/primitives.hpp>
#include <functional>
#include <string>

#include "framework/asio/library.hpp"

namespace {

using coweave::FailureKind;
using coweave::Report;
using coweave::Task;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

/// Of the user's, unmodified: it keeps the io_context& that it is given, as most classes do.
class Bank {
 public:
  explicit Bank(asio::io_context& io) : io_(io) {}
  void deposit(int amount) { asio::co_spawn(io_, add(amount), asio::detached); }
  int balance = 0;

 private:
  asio::awaitable<void> add(int amount) {
    const int seen = balance;
    co_await asio::post(asio::use_awaitable);
    balance = seen + amount;
  }
  asio::io_context& io_;
};

void expect_uncontrolled(const Report& report, const auto& message) {
  EXPECT_TRUE(report.failed()) << report;
  ASSERT_EQ(report.failures.size(), 1U) << report;
  EXPECT_EQ(report.failures[0].kind, FailureKind::uncontrolled) << report;
  EXPECT_THAT(report.failures[0].message, message);
  EXPECT_EQ(report.failures[0].place.file, "tests/framework/asio/native_test.cpp");
  EXPECT_THAT(report.verdict_detail, Not(HasSubstr("every interleaving")));
}

// A deposit is two handlers of the native loop: its start and its post.
TEST(AsioNative, HandlersOfAnIoContextReferenceAreCountedAfterTheirStep) {
  const auto body = []() -> Task<> {
    adapter::context io;
    Bank bank(io);
    asio::post(io.executor("teller"), [&] { bank.deposit(10); });
    co_await io.run();
    coweave::check(bank.balance == 10, "the balance");
  };
  expect_uncontrolled(coweave::explore(body),
                      AllOf(HasSubstr("2 handlers ran on the io_context itself"),
                            HasSubstr("after the step of 'teller' from native_test.cpp:"),
                            HasSubstr("executor of the context")));
}

// Two tellers: what one of them sets going has ended before the next step, so no update is lost and
// only the failure says that something is missing.
TEST(AsioNative, WhatWasNotExploredIsNoPass) {
  const auto body = []() -> Task<> {
    adapter::context io;
    Bank bank(io);
    asio::post(io.executor("first"), [&] { bank.deposit(10); });
    asio::post(io.executor("second"), [&] { bank.deposit(20); });
    co_await io.run();
    coweave::check(bank.balance == 30, "a deposit was lost");
  };
  const Report report = coweave::explore(body);
  expect_uncontrolled(report, HasSubstr("after the step of 'first'"));
}

TEST(AsioNative, HandlersThatWerePostedBeforeRun) {
  const auto body = []() -> Task<> {
    adapter::context io;
    asio::io_context& native = io;
    for (int i = 0; i < 3; ++i) asio::post(native, [] {});
    co_await io.run();
  };
  expect_uncontrolled(coweave::explore(body),
                      AllOf(HasSubstr("3 handlers ran on the io_context itself"),
                            HasSubstr("before the first step")));
}

// A strand of the native context, and handlers bound to its executor: their code runs there too.
TEST(AsioNative, NativeExecutorsOfOtherKinds) {
  const auto strand = []() -> Task<> {
    adapter::context io;
    asio::io_context& native = io;
    asio::post(asio::make_strand(native), [] {});
    co_await io.run();
  };
  expect_uncontrolled(coweave::explore(strand), HasSubstr("1 handler ran"));
  const auto old_strand = []() -> Task<> {
    adapter::context io;
    asio::io_context::strand on(static_cast<asio::io_context&>(io));
    asio::post(on, [] {});
    co_await io.run();
  };
  expect_uncontrolled(coweave::explore(old_strand), HasSubstr("1 handler ran"));
  const auto bound = []() -> Task<> {
    adapter::context io;
    asio::io_context& native = io;
    asio::post(io.executor("one"), [&native] { asio::post(native.get_executor(), [] {}); });
    co_await io.run();
  };
  expect_uncontrolled(coweave::explore(bound), HasSubstr("after the step of 'one'"));
}

// What such a handler does to objects of the context does not hide it.
TEST(AsioNative, AHandlerThatWakesACoroutineOfTheContext) {
  using Channel = asio::experimental::channel<void(error_code, int)>;
  const auto body = []() -> Task<> {
    adapter::context io;
    asio::io_context& native = io;
    Channel channel(io.get_executor(), 0);
    asio::co_spawn(
        io.executor("reader"),
        [&channel]() -> asio::awaitable<void> {
          co_await channel.async_receive(asio::use_awaitable);
        },
        asio::detached);
    asio::post(io.executor("writer"),
               [&] { asio::post(native, [&channel] { channel.try_send(error_code(), 1); }); });
    co_await io.run();
  };
  const Report report = coweave::explore(body, {.strategy = coweave::production()});
  expect_uncontrolled(report, HasSubstr("1 handler ran"));
}

// A timer on the native executor: real, as this program has no virtual clock.
TEST(AsioNative, ATimerOfAnIoContextReference) {
  const auto body = []() -> Task<> {
    adapter::context io;
    asio::io_context& native = io;
    asio::steady_timer timer(native, 1ms);
    timer.async_wait([](error_code) {});
    co_await io.run();
  };
  expect_uncontrolled(coweave::explore(body, {.shrink = {.max_executions = 1}}),
                      HasSubstr("1 handler ran"));
}

TEST(AsioNative, TheProgramRunsTheIoContextItself) {
  const auto in_the_body = []() -> Task<> {
    adapter::context io;
    asio::io_context& native = io;
    asio::post(native, [] {});
    native.run();
    co_return;
  };
  expect_uncontrolled(coweave::explore(in_the_body), HasSubstr("has run or stopped"));
  const auto in_a_step = []() -> Task<> {
    adapter::context io;
    asio::io_context& native = io;
    asio::post(io.executor("one"), [&native] {
      asio::post(native, [] {});
      native.poll();
    });
    co_await io.run();
  };
  expect_uncontrolled(coweave::explore(in_a_step), HasSubstr("has run or stopped"));
}

TEST(AsioNative, TheProgramRunsOneHandlerOfTheIoContextItself) {
  const auto body = []() -> Task<> {
    adapter::context io;
    asio::io_context& native = io;
    const auto guard = asio::make_work_guard(native);
    asio::post(io.executor("one"), [&native] {
      asio::post(native, [] {});
      native.poll_one();
    });
    co_await io.run();
  };
  expect_uncontrolled(coweave::explore(body, {.shrink = {.max_executions = 1}}),
                      HasSubstr("has run or stopped"));
}

TEST(AsioNative, TheProgramStopsTheIoContextItself) {
  const auto body = []() -> Task<> {
    adapter::context io;
    asio::io_context& native = io;
    asio::post(io.executor("one"), [&native] { native.stop(); });
    asio::post(io.executor("two"), [] {});
    co_await io.run();
  };
  expect_uncontrolled(coweave::explore(body), HasSubstr("has run or stopped"));
}

// --- what must not be said

/// `body` passes with all interleavings.
void expect_controlled(const std::function<Task<>()>& body, std::uint64_t schedules) {
  const Report report = coweave::explore(body);
  EXPECT_EQ(report.verdict, coweave::Verdict::exhaustive) << report;
  EXPECT_EQ(report.schedules, schedules) << report;
}

// I/O objects of the context complete by the native loop, and hand over: to an executor of the
// context, ...
TEST(AsioNative, ACancelledTimerOfTheContextIsControlled) {
  expect_controlled(
      []() -> Task<> {
        adapter::context io;
        asio::steady_timer timer(io, 1h);
        int ended = 0;
        timer.async_wait([&ended](error_code) { ++ended; });
        timer.async_wait([&ended](error_code) { ++ended; });
        asio::post(io, [&timer] { timer.cancel(); });
        co_await io.run();
        coweave::check(ended == 2, "both have ended");
      },
      2);  // The two handlers, in either order.
}

// ... or to a strand, be it busy: then the strand keeps the handler and nothing is submitted.
// Work on the io_context itself keeps run() waiting, and runs nothing.
TEST(AsioNative, AWorkGuardOfTheIoContextItselfIsControlled) {
  expect_controlled(
      []() -> Task<> {
        adapter::context io;
        asio::io_context& native = io;
        auto guard = asio::make_work_guard(native);
        asio::post(io, [&guard] { guard.reset(); });
        asio::post(io, [] {});
        co_await io.run();
      },
      2);
}

template <class Strand>
Task<> two_waits_on(Strand (*make)(adapter::context&)) {
  adapter::context io;
  const Strand strand = make(io);
  asio::steady_timer timer(io, 1h);
  int ended = 0;
  const auto wait = [&] {
    timer.async_wait(asio::bind_executor(strand, [&ended](error_code) { ++ended; }));
  };
  wait();
  wait();
  wait();
  asio::post(io, [&timer] { timer.cancel(); });
  co_await io.run();
  coweave::check(ended == 3, "all have ended");
}
TEST(AsioNative, CompletionsOnABusyStrandAreControlled) {
  expect_controlled(
      [] {
        return two_waits_on<asio::strand<adapter::executor>>(
            +[](adapter::context& io) { return asio::make_strand(io.get_executor()); });
      },
      1);
  expect_controlled(
      [] {
        return two_waits_on<adapter::strand>(
            +[](adapter::context& io) { return adapter::strand(io.get_executor()); });
      },
      1);
}

}  // namespace
