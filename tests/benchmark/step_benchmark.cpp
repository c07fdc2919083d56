// What a step costs, beside the floor of bare coroutines in the same run. The programs are those of
// the floor: tasks that increment a counter with a yield between read and write. Trace and sentinel
// are on.
//
//   step_benchmark --benchmark_repetitions=9 --benchmark_enable_random_interleaving=true
//                  --benchmark_report_aggregates_only=true
//
// tools/measure_cost.sh does that and prints the ratios of the medians.
#include <benchmark/benchmark.h>

#include <chrono>

#include "benchmark/floor.hpp"
#include "coweave/coweave.hpp"

namespace {

int counter = 0;

coweave::Task<> increment(int yields) {
  for (int i = 0; i < yields; ++i) {
    const int seen = counter;
    co_await coweave::yield();
    counter = seen + 1;
  }
}

coweave::Task<> two(int yields) {
  counter = 0;
  co_await coweave::gather(increment(yields), increment(yields));
}
coweave::Task<> three(int yields) {
  counter = 0;
  co_await coweave::gather(increment(yields), increment(yields), increment(yields));
}
coweave::Task<> four(int yields) {
  counter = 0;
  co_await coweave::gather(increment(yields), increment(yields), increment(yields),
                           increment(yields));
}

void explore(benchmark::State& state, coweave::Task<> (*program)(int), int yields,
             const coweave::StrategyRecipe& strategy, std::uint64_t schedules) {
  coweave::Options options;
  options.strategy = strategy;
  options.max_schedules = schedules;
  options.max_time = std::chrono::hours(1);
  std::uint64_t executions = 0;
  for (auto _ : state)
    executions += coweave::explore([=] { return program(yields); }, options).schedules;
  state.counters["per_execution"] = benchmark::Counter(
      static_cast<double>(executions), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

template <class Order>
void run_floor(benchmark::State& state, Order order, std::size_t tasks, int yields) {
  std::uint64_t executions = 0;
  for (auto _ : state) executions += coweave::floor::run(order, tasks, yields);
  benchmark::DoNotOptimize(coweave::floor::counter);
  state.counters["per_execution"] = benchmark::Counter(
      static_cast<double>(executions), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

constexpr std::uint64_t long_ones = 2'000;
constexpr std::uint64_t short_ones = 50'000;

void random_2x100_floor(benchmark::State& state) {
  run_floor(state, coweave::floor::Random(long_ones), 2, 100);
}
void random_2x100_coweave(benchmark::State& state) {
  explore(state, two, 100, coweave::random_walk(), long_ones);
}
void random_3x2_floor(benchmark::State& state) {
  run_floor(state, coweave::floor::Random(short_ones), 3, 2);
}
void random_3x2_coweave(benchmark::State& state) {
  explore(state, three, 2, coweave::random_walk(), short_ones);
}
void exhaustive_4x2_floor(benchmark::State& state) {
  run_floor(state, coweave::floor::Dfs(), 4, 2);
}
void exhaustive_4x2_coweave(benchmark::State& state) {
  explore(state, four, 2, coweave::exhaustive(), 1'000'000);
}

BENCHMARK(random_2x100_floor)->Unit(benchmark::kMillisecond);
BENCHMARK(random_2x100_coweave)->Unit(benchmark::kMillisecond);
BENCHMARK(random_3x2_floor)->Unit(benchmark::kMillisecond);
BENCHMARK(random_3x2_coweave)->Unit(benchmark::kMillisecond);
BENCHMARK(exhaustive_4x2_floor)->Unit(benchmark::kMillisecond);
BENCHMARK(exhaustive_4x2_coweave)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
