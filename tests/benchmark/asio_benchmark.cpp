// What an execution of an Asio program costs, beside the same program on a plain io_context in the
// same run.
//   asio_benchmark --benchmark_repetitions=9 --benchmark_enable_random_interleaving=true
//                  --benchmark_report_aggregates_only=true
#include <benchmark/benchmark.h>

#include <asio.hpp>
#include <chrono>
#include <coweave/asio.hpp>

#include "coweave/coweave.hpp"

namespace {

using namespace std::chrono_literals;

int counter = 0;

asio::awaitable<void> increment(int posts) {
  for (int i = 0; i < posts; ++i) {
    const int seen = counter;
    co_await asio::post(asio::use_awaitable);
    counter = seen + 1;
  }
}

asio::awaitable<void> increment_slowly(int sleeps) {
  coweave::asio::virtual_timer timer(co_await asio::this_coro::executor);
  for (int i = 0; i < sleeps; ++i) {
    const int seen = counter;
    timer.expires_after(1ms);
    co_await timer.async_wait(asio::use_awaitable);
    counter = seen + 1;
  }
}

/// 15 steps: the body's two, three starts, ten posts.
template <class Context>
void start_posts(Context& io) {
  asio::co_spawn(io, increment(3), asio::detached);
  asio::co_spawn(io, increment(3), asio::detached);
  asio::co_spawn(io, increment(4), asio::detached);
}

/// 15 steps: the same with timers in the place of four posts.
template <class Context>
void start_timers(Context& io) {
  asio::co_spawn(io, increment(3), asio::detached);
  asio::co_spawn(io, increment(3), asio::detached);
  asio::co_spawn(io, increment_slowly(4), asio::detached);
}

void plain_posts(benchmark::State& state) {
  for (auto _ : state) {
    asio::io_context io(1);
    start_posts(io);
    io.run();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(plain_posts);

coweave::Task<> posts() {
  coweave::asio::context io;
  start_posts(io);
  co_await io.run();
}

coweave::Task<> timers() {
  coweave::asio::context io;
  start_timers(io);
  co_await io.run();
}

void explore(benchmark::State& state, coweave::Task<> (*body)()) {
  constexpr std::uint64_t batch = 1000;
  std::uint64_t seed = 0;
  for (auto _ : state) {
    const coweave::Report report = coweave::explore(
        body, {.strategy = coweave::random_walk(), .seed = ++seed, .max_schedules = batch});
    if (report.schedules != batch) state.SkipWithError("fewer executions than asked for");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(batch) * state.iterations());
}
BENCHMARK_CAPTURE(explore, posts, posts);
BENCHMARK_CAPTURE(explore, timers, timers);

}  // namespace

BENCHMARK_MAIN();
