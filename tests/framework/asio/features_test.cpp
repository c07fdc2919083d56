// What of Asio works unmodified, each with the exact number of its schedules: the same for both
// libraries and both compilers.
#include <chrono>
#include <coweave/gtest.hpp>
#include <set>
#include <string>

#include "framework/asio/library.hpp"

namespace {

using coweave::Options;
using coweave::Report;
using coweave::Task;
using coweave::TimerOrder;
using coweave::Verdict;
using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;
using asio::use_awaitable;

/// Explores all schedules of `body`, which must pass.
std::uint64_t schedules_of(const std::function<Task<>()>& body, const Options& options = {}) {
  const Report report = coweave::explore(body, options);
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
  return report.schedules;
}

// --- post, dispatch, defer
// ------------------------------------------------------------------------

TEST(AsioFeatures, DispatchRunsInlineOnlyWithinAHandler) {
  const auto body = []() -> Task<> {
    adapter::context io;
    std::string order;
    asio::dispatch(io, [&] {
      order += 'a';
      asio::dispatch(io, [&order] { order += 'b'; });
      asio::post(io, [&order] { order += 'd'; });
      order += 'c';
    });
    coweave::check(order.empty(), "not within a handler: queued");
    co_await io.run();
    coweave::check(order == "abcd", order);
  };
  EXPECT_EQ(schedules_of(body), 1U);
}

TEST(AsioFeatures, PostedAndDeferredHandlersRunInAnyOrder) {
  std::set<std::string> seen;
  const auto body = [&seen]() -> Task<> {
    adapter::context io;
    std::string order;
    asio::post(io, [&order] { order += 'a'; });
    asio::defer(io, [&order] { order += 'b'; });
    asio::post(io, [&order] { order += 'c'; });
    co_await io.run();
    seen.insert(order);
  };
  EXPECT_EQ(schedules_of(body), 6U);  // 3!
  EXPECT_EQ(seen.size(), 6U);
}

TEST(AsioFeatures, TheFirstScheduleIsTheOrderOfAnIoContext) {
  const auto program = [](auto& io, std::string& order) {
    for (const char name : {'a', 'b', 'c'})
      asio::post(io, [&io, &order, name] {
        order += name;
        asio::post(io, [&order, name] { order += static_cast<char>(name - 'a' + 'x'); });
        if (name == 'b') asio::post(io, [&order] { order += '!'; });
      });
  };
  asio::io_context plain;
  std::string expected;
  program(plain, expected);
  plain.run();
  std::string first;
  const auto body = [&]() -> Task<> {
    adapter::context io;
    std::string order;
    program(io, order);
    co_await io.run();
    first = order;
  };
  EXPECT_EQ(coweave::explore(body, {.strategy = coweave::production()}).schedules, 1U);
  EXPECT_EQ(first, expected);
}

// --- co_spawn
// -------------------------------------------------------------------------------------

asio::awaitable<int> answer() {
  co_await asio::post(use_awaitable);
  co_return 42;
}

TEST(AsioFeatures, ACoroutineMaySpawnAndAwaitOthers) {
  const auto body = []() -> Task<> {
    adapter::context io;
    int sum = 0;
    asio::co_spawn(
        io,
        [&io, &sum]() -> asio::awaitable<void> {
          asio::co_spawn(io, answer(), [&sum](std::exception_ptr, int value) { sum += value; });
          sum += co_await answer();
          sum += co_await asio::co_spawn(io, answer(), use_awaitable);
        },
        asio::detached);
    co_await io.run();
    coweave::check(sum == 3 * 42, "every answer arrived");
  };
  // The outer coroutine starts the first answer inline, up to its post; then its own: A has one
  // step left (2 without the answer's: post), B, the outer one, has two posts after each other, and
  // ends. Interleavings of a sequence of 1 and one of 2: 3.
  EXPECT_EQ(schedules_of(body), 3U);
}

TEST(AsioFeatures, AFutureIsReadyAfterRun) {
  const auto body = []() -> Task<> {
    adapter::context io;
    std::future<int> future = asio::co_spawn(io, answer(), asio::use_future);
    co_await io.run();
    coweave::check(future.wait_for(0s) == std::future_status::ready, "ready");
    coweave::check(future.get() == 42, "the answer");
  };
  EXPECT_EQ(schedules_of(body), 1U);
}

TEST(AsioFeatures, AnExceptionOfACoroutineReachesItsHandler) {
  const auto body = []() -> Task<> {
    adapter::context io;
    std::string what;
    asio::co_spawn(
        io,
        []() -> asio::awaitable<void> {
          co_await asio::post(use_awaitable);
          throw std::runtime_error("of the coroutine");
        },
        [&what](std::exception_ptr error) {
          try {
            std::rethrow_exception(error);
          } catch (const std::exception& e) {
            what = e.what();
          }
        });
    co_await io.run();
    coweave::check(what == "of the coroutine", what);
  };
  EXPECT_EQ(schedules_of(body), 1U);
}

// --- channels
// -------------------------------------------------------------------------------------

template <class Channel>
asio::awaitable<void> send_two(Channel& channel) {
  co_await channel.async_send(error_code(), 1, use_awaitable);
  co_await channel.async_send(error_code(), 2, use_awaitable);
}

template <class Channel>
asio::awaitable<void> receive_two(Channel& channel, std::string& seen) {
  seen += std::to_string(co_await channel.async_receive(use_awaitable));
  seen += std::to_string(co_await channel.async_receive(use_awaitable));
}

template <class Channel>
std::uint64_t schedules_of_channel(std::size_t capacity, TimerOrder timers) {
  return schedules_of(
      [capacity]() -> Task<> {
        adapter::context io;
        Channel channel(io, capacity);
        std::string seen;
        asio::co_spawn(io.executor("sender"), send_two(channel), asio::detached);
        asio::co_spawn(io.executor("receiver"), receive_two(channel, seen), asio::detached);
        co_await io.run();
        coweave::check(seen == "12", seen);
      },
      {.timers = timers});
}

using Channel = asio::experimental::channel<void(error_code, int)>;
using ConcurrentChannel = asio::experimental::concurrent_channel<void(error_code, int)>;

// The sender has the steps s1 (sends 1), s2 (sends 2), s3, the receiver r1 (asks), r2 (has 1,
// asks), r3. Always s1 < r2 and s2 < r3. Of the 6! / (3! 3!) = 20 sequences that forbids those that
// begin with r r (the rest is s s s r: 4) and s r r r s s, r s r r s s: 14 are left. Capacity 1:
// the second send completes when the first item is taken, r1 < s3: not s s s r r r: 13. Capacity 0:
// a send completes when it is asked for, r1 < s2 and r2 < s3: the pairs of one number come one
// after the other, each in either order: 2 * 2 * 2 = 8.
TEST(AsioFeatures, ChannelsOfCapacityZeroOneAndTwo) {
  for (const TimerOrder timers : {TimerOrder::when_idle, TimerOrder::any}) {
    EXPECT_EQ(schedules_of_channel<Channel>(0, timers), 8U);
    EXPECT_EQ(schedules_of_channel<Channel>(1, timers), 13U);
    EXPECT_EQ(schedules_of_channel<Channel>(2, timers), 14U);
    EXPECT_EQ(schedules_of_channel<ConcurrentChannel>(0, timers), 8U);
    EXPECT_EQ(schedules_of_channel<ConcurrentChannel>(1, timers), 13U);
    EXPECT_EQ(schedules_of_channel<ConcurrentChannel>(2, timers), 14U);
  }
}

// --- operators
// ------------------------------------------------------------------------------------

asio::awaitable<void> add_twice(int& counter) {
  for (int i = 0; i < 2; ++i) {
    const int seen = counter;
    co_await asio::post(use_awaitable);
    counter = seen + 1;
  }
}

// Both begin in one step, and so both read 0; then two steps each: 4! / (2! 2!) = 6. Whoever writes
// last writes its own second value.
TEST(AsioFeatures, BothOfTwoAwaitables) {
  std::set<int> seen;
  const auto body = [&seen]() -> Task<> {
    adapter::context io;
    int counter = 0;
    asio::co_spawn(
        io,
        [&counter]() -> asio::awaitable<void> {
          co_await (add_twice(counter) && add_twice(counter));
        },
        asio::detached);
    co_await io.run();
    seen.insert(counter);
  };
  EXPECT_EQ(schedules_of(body), 6U);
  EXPECT_EQ(seen, (std::set<int>{2}));
}

asio::awaitable<void> sleep(std::chrono::nanoseconds duration) {
  adapter::virtual_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(use_awaitable);
}

Task<> receive_or_time_out(std::set<std::size_t>& seen) {
  adapter::context io;
  Channel channel(io, 1);
  asio::co_spawn(
      io.executor("receiver"),
      [&]() -> asio::awaitable<void> {
        const auto result = co_await (channel.async_receive(use_awaitable) || sleep(1s));
        seen.insert(result.index());
      },
      asio::detached);
  asio::co_spawn(
      io.executor("sender"),
      [&]() -> asio::awaitable<void> {
        co_await channel.async_send(error_code(), 1, use_awaitable);
      },
      asio::detached);
  co_await io.run();
}

// The receiver starts (r1), has the item (r2), and then the end of the timer that it cancels (r3);
// the sender sends (s1) and ends (s2). r1 first: s2 somewhere among r2 r3: 3. s1 first: s2 among r1
// r2 r3: 4.
TEST(AsioFeatures, EitherOfTwoAwaitables) {
  std::set<std::size_t> seen;
  EXPECT_EQ(schedules_of([&seen] { return receive_or_time_out(seen); }), 7U);
  EXPECT_EQ(seen, (std::set<std::size_t>{0}));
}

// A bug of Asio 1.22 to 1.26, and so of Boost.Asio 1.81: after a receive was cancelled, a channel
// with room in its buffer does not take the next item.
TEST(AsioFeatures, ATimeoutBeforeTheSendShowsABugOfChannels) {
  std::set<std::size_t> seen;
  const Report report =
      coweave::explore([&seen] { return receive_or_time_out(seen); }, {.timers = TimerOrder::any});
  if (COWEAVE_TEST_ASIO >= 102800) {
    EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
    // The 7 orders of EitherOfTwoAwaitables, and 27 in which the timer comes early.
    EXPECT_EQ(report.schedules, 34U) << report;
    EXPECT_EQ(report.injected, 27U) << report;
    EXPECT_EQ(seen, (std::set<std::size_t>{0, 1}));
    return;
  }
  ASSERT_TRUE(report.failed());
  EXPECT_EQ(report.failures[0].kind, coweave::FailureKind::deadlock);
  EXPECT_EQ(report.failures[0].schedule.trace.blocked.size(), 2U);
}

TEST(AsioFeatures, EitherOfWorkAndATimeout) {
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
  // Work w1, w2, and then the end of the cancelled timer: 1.
  EXPECT_EQ(schedules_of(body), 1U);
  EXPECT_EQ(seen, (std::set<std::size_t>{0}));
  // Or the timer t fires before w1 (then t w1, w1 t w2 or w1 w2 t) or before w2 (t w2 or w2 t): 1 +
  // 3 + 2.
  EXPECT_EQ(schedules_of(body, {.timers = TimerOrder::any}), 6U);
  EXPECT_EQ(seen, (std::set<std::size_t>{0, 1}));
}

// --- parallel_group, cancellation
// -----------------------------------------------------------------

TEST(AsioFeatures, AParallelGroup) {
  std::set<std::string> seen;
  const auto body = [&seen]() -> Task<> {
    adapter::context io;
    std::string order;
    asio::experimental::make_parallel_group(
        [&io](auto token) { return asio::post(io, std::move(token)); },
        [&io](auto token) { return asio::post(io, std::move(token)); })
        .async_wait(asio::experimental::wait_for_all(),
                    [&order](std::array<std::size_t, 2> completed) {
                      for (const std::size_t index : completed) order += std::to_string(index);
                    });
    co_await io.run();
    seen.insert(order);
  };
  EXPECT_EQ(schedules_of(body), 2U);
  EXPECT_EQ(seen, (std::set<std::string>{"01", "10"}));
}

// The sleeper starts, then the canceller. Where timers may fire early: the canceller first, or the
// timer, and then the two handlers in either order, where the cancellation comes too late: 3.
TEST(AsioFeatures, ACancellationSignal) {
  std::set<std::string> seen;
  const auto body = [&seen]() -> Task<> {
    adapter::context io;
    asio::cancellation_signal signal;
    std::string outcome;
    asio::co_spawn(
        io.executor("sleeper"),
        [&]() -> asio::awaitable<void> {
          asio::post(io.executor("canceller"),
                     [&signal] { signal.emit(asio::cancellation_type::all); });
          try {
            co_await sleep(1s);
            outcome = "slept";
          } catch (const system_error&) {
            outcome = "cancelled";
          }
        },
        asio::bind_cancellation_slot(signal.slot(), asio::detached));
    co_await io.run();
    seen.insert(outcome);
  };
  EXPECT_EQ(schedules_of(body), 1U);
  EXPECT_EQ(seen, (std::set<std::string>{"cancelled"}));
  EXPECT_EQ(schedules_of(body, {.timers = TimerOrder::any}), 3U);
  EXPECT_EQ(seen, (std::set<std::string>{"cancelled", "slept"}));
}

}  // namespace
