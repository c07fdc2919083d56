// What the execution of one class costs under the reduced search by wakeup trees, beside a random
// walk of bare coroutines with as many tasks and about as many steps, in the same run.
//
//   reduction_benchmark --benchmark_repetitions=5 --benchmark_enable_random_interleaving=true
//                       --benchmark_report_aggregates_only=true
#include <benchmark/benchmark.h>

#include <chrono>

#include "benchmark/floor.hpp"
#include "framework/strategy/reduction/classic_programs.hpp"

namespace {

using coweave::Task;

template <class Body>
void reduced(benchmark::State& state, const Body& body) {
  coweave::Options options;
  options.strategy = coweave::dpor();
  options.tracking = coweave::Tracking::declared;
  options.audit = 0;
  options.max_schedules = 1'000'000;
  options.max_time = std::chrono::hours(1);
  std::uint64_t executions = 0;
  std::uint64_t steps = 0;
  for (auto _ : state) {
    const coweave::Report report = coweave::explore(body, options);
    if (report.verdict != coweave::Verdict::exhaustive) state.SkipWithError("not exhaustive");
    executions += report.schedules;
    steps += report.steps;
  }
  state.counters["classes/s"] =
      benchmark::Counter(static_cast<double>(executions), benchmark::Counter::kIsRate);
  state.counters["steps"] = static_cast<double>(steps) / static_cast<double>(executions);
}

void floor_of(benchmark::State& state, std::size_t tasks, int yields) {
  std::uint64_t executions = 0;
  for (auto _ : state)
    executions += coweave::floor::run(coweave::floor::Random(10'000), tasks, yields);
  benchmark::DoNotOptimize(coweave::floor::counter);
  state.counters["executions/s"] =
      benchmark::Counter(static_cast<double>(executions), benchmark::Counter::kIsRate);
}

void inc_4(benchmark::State& state) {
  reduced(state, [] { return coweave::test::torn_increments(4); });
}
void inc_4_floor(benchmark::State& state) { floor_of(state, 4, 1); }
void readers_13(benchmark::State& state) {
  reduced(state, [] { return coweave::test::readers(13); });
}
void readers_13_floor(benchmark::State& state) { floor_of(state, 14, 1); }
void last_zero_10(benchmark::State& state) {
  reduced(state, [] { return coweave::test::last_zero(10); });
}
void last_zero_10_floor(benchmark::State& state) { floor_of(state, 11, 1); }
void indexer_14(benchmark::State& state) {
  reduced(state, [] { return coweave::test::indexer(14); });
}
void indexer_14_floor(benchmark::State& state) { floor_of(state, 14, 4); }
void last_zero_15(benchmark::State& state) {
  reduced(state, [] { return coweave::test::last_zero(15); });
}

BENCHMARK(inc_4)->Unit(benchmark::kMillisecond);
BENCHMARK(inc_4_floor)->Unit(benchmark::kMillisecond);
BENCHMARK(readers_13)->Unit(benchmark::kMillisecond);
BENCHMARK(readers_13_floor)->Unit(benchmark::kMillisecond);
BENCHMARK(last_zero_10)->Unit(benchmark::kMillisecond);
BENCHMARK(last_zero_10_floor)->Unit(benchmark::kMillisecond);
BENCHMARK(indexer_14)->Unit(benchmark::kMillisecond);
BENCHMARK(indexer_14_floor)->Unit(benchmark::kMillisecond);
BENCHMARK(last_zero_15)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
