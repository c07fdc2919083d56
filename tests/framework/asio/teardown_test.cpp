// How executions of Asio programs end: deadlocks, leftovers, exceptions.
#include <coweave/gtest.hpp>
#include <memory>

#include "framework/asio/library.hpp"

namespace {

using coweave::FailureKind;
using coweave::Report;
using coweave::Task;
using coweave::Verdict;
using namespace std::chrono_literals;

using channel = asio::experimental::channel<void(error_code, int)>;

/// Says that it is destroyed while what it refers to is alive.
struct Guard {
  explicit Guard(int& alive) : count(alive) { ++count; }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  ~Guard() { --count; }
  int& count;
};

asio::awaitable<void> receive(channel& source, int& alive) {
  const Guard guard(alive);
  co_await source.async_receive(asio::use_awaitable);
}

Task<> waits_for_ever(int& left) {
  struct Counted {
    int* left;
    int alive = 0;
    ~Counted() { *left = alive; }
  };
  adapter::context io;
  channel empty(io, 0);
  Counted counted{&left};
  asio::co_spawn(io.executor("reader"), receive(empty, counted.alive), asio::detached);
  asio::co_spawn(io.executor("writer"), receive(empty, counted.alive), asio::detached);
  co_await io.run();
}

TEST(AsioEnd, ADeadlockNamesTheCoroutinesThatWait) {
  int left = -1;
  const Report report = coweave::explore([&left] { return waits_for_ever(left); });
  ASSERT_EQ(report.failures.size(), 1U) << report;
  EXPECT_EQ(report.failures[0].kind, FailureKind::deadlock);
  const coweave::Trace& trace = report.failures[0].schedule.trace;
  ASSERT_EQ(trace.blocked.size(), 3U);
  EXPECT_EQ(trace.blocked[0].operation, coweave::OperationKind::run_handlers);
  EXPECT_EQ(trace.tasks[trace.blocked[1].task].name, "reader");
  EXPECT_EQ(trace.blocked[1].operation, coweave::OperationKind::complete);
  EXPECT_EQ(trace.tasks[trace.blocked[2].task].name, "writer");
  // The coroutines were destroyed before what they refer to.
  EXPECT_EQ(left, 0);
}

Task<> work_guard_for_ever() {
  adapter::context io;
  const auto guard = asio::make_work_guard(io);
  co_await io.run();
}

TEST(AsioEnd, OutstandingWorkIsADeadlock) {
  const Report report = coweave::explore(work_guard_for_ever);
  ASSERT_EQ(report.failures.size(), 1U) << report;
  EXPECT_EQ(report.failures[0].kind, FailureKind::deadlock);
}

Task<> fails_amid(int& alive) {
  adapter::context io;
  channel empty(io, 0);
  asio::co_spawn(io, receive(empty, alive), asio::detached);
  asio::post(io, [] { throw std::runtime_error("thrown by a handler"); });
  asio::post(io, [] { coweave::check(false, "runs after run() was left"); });
  co_await io.run();
}

TEST(AsioEnd, RunThrowsWhatAHandlerThrows) {
  int alive = 0;
  const Report report =
      coweave::explore([&alive] { return fails_amid(alive); }, {.strategy = coweave::production()});
  ASSERT_EQ(report.failures.size(), 1U) << report;
  EXPECT_EQ(report.failures[0].kind, FailureKind::exception);
  EXPECT_NE(report.failures[0].message.find("thrown by a handler"), std::string::npos);
  EXPECT_EQ(alive, 0);
}

TEST(AsioEnd, RunGoesOnAfterAnException) {
  const auto body = []() -> Task<> {
    adapter::context io;
    int ran = 0;
    asio::post(io, [] { throw 1; });
    asio::post(io, [&ran] { ++ran; });
    bool caught = false;
    try {
      co_await io.run();
    } catch (int) {
      caught = true;
    }
    const int before = ran;
    co_await io.run();
    coweave::check(caught && ran == 1 && before <= 1, "one handler before or after the exception");
  };
  const Report report = coweave::explore(body);
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
}

TEST(AsioEnd, AContextMayBeLeftWithHandlers) {
  int destroyed = 0;
  const auto body = [&destroyed]() -> Task<> {
    destroyed = 0;
    {
      adapter::context io;
      auto token = std::shared_ptr<int>(new int, [&destroyed](int* p) {
        ++destroyed;
        delete p;
      });
      asio::post(io, [token] { coweave::check(false, "never runs"); });
    }
    coweave::check(destroyed == 1, "the handler was destroyed with the context");
    co_return;
  };
  EXPECT_FALSE(coweave::explore(body).failed());
}

TEST(AsioEnd, HandlersWaitForRun) {
  const auto body = []() -> Task<> {
    adapter::context io;
    bool ran = false;
    asio::post(io, [&ran] { ran = true; });
    co_await coweave::yield();
    coweave::check(!ran, "no handler runs before run()");
    co_await io.run();
    coweave::check(ran, "it ran");
  };
  EXPECT_EQ(coweave::explore(body).verdict, Verdict::exhaustive);
}

}  // namespace
