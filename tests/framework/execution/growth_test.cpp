// Memory and work of one execution grow with its size, not with the square of it. Counted, not
// timed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"
#include "framework/execution/counted_allocations.hpp"

namespace coweave {
namespace {

Task<> one(int& done) {
  co_await yield();
  ++done;
}

/// Spawns all, then awaits each: nearly all tasks are ready at nearly every step.
Task<> many(int tasks, bool fails) {
  int done = 0;
  std::vector<TaskHandle<>> handles;
  for (int i = 0; i < tasks; ++i) handles.push_back(spawn(one(done)));
  for (TaskHandle<>& handle : handles) co_await handle;
  check(done == (fails ? tasks + 1 : tasks));
}

Task<int> nested(int tasks) {
  if (tasks == 0) co_return 0;
  TaskHandle<int> handle = spawn(nested(tasks - 1));
  co_return 1 + co_await handle;
}

Task<> waits(Event& event) { co_await event.wait(); }
/// All are blocked at the end: a deadlock of as many tasks.
Task<> blocked(int tasks) {
  Event event("never");
  std::vector<TaskHandle<>> handles;
  for (int i = 0; i < tasks; ++i) handles.push_back(spawn(waits(event)));
  for (TaskHandle<>& handle : handles) co_await handle;
}
/// None is awaited.
Task<> leaked(int tasks) {
  Event event("never");
  for (int i = 0; i < tasks; ++i) spawn(waits(event));
  co_await yield();
}

Options of(StrategyRecipe strategy, std::uint64_t schedules) {
  Options options;
  options.strategy = std::move(strategy);
  options.max_schedules = schedules;
  options.max_steps = 10'000'000;
  options.max_time = std::chrono::minutes(10);
  options.compare_await_points = false;
  options.shrink.max_executions = 0;
  return options;
}

/// Bytes that exploring `body` needs at most, beyond what is in use already.
template <class Body>
std::uint64_t memory_of(const Body& body, const Options& options, bool fails = false) {
  const std::uint64_t before = test::bytes_in_use;
  test::most_bytes_in_use = before;
  const Report report = explore(body, options);
  const std::uint64_t most = test::most_bytes_in_use;
  EXPECT_EQ(report.failed(), fails) << report.verdict_detail;
  return most - before;
}

/// Vectors double: twice as many tasks need up to four times the memory of half of them where a
/// vector has just grown. What is quadratic needs 16 times as much for four times as many.
void expect_linear(std::uint64_t few, std::uint64_t four_times) {
  EXPECT_LT(four_times, 8 * few) << few << " bytes for a quarter";
}

TEST(Growth, OfMemoryIsLinearInReadyTasks) {
  for (const StrategyRecipe& strategy : {production(), random_walk(), bounded()}) {
    const auto memory = [&](int tasks) {
      return memory_of([tasks] { return many(tasks, false); }, of(strategy, 2));
    };
    expect_linear(memory(5'000), memory(20'000));
  }
}

TEST(Growth, OfMemoryIsLinearInTasksOfAFailingExecution) {
  const auto memory = [](int tasks) {
    return memory_of([tasks] { return many(tasks, true); }, of(production(), 1), true);
  };
  expect_linear(memory(5'000), memory(20'000));
}

TEST(Growth, OfMemoryIsLinearInNestedTasks) {
  const auto memory = [](int tasks, bool fails) {
    const auto body = [tasks, fails]() -> Task<> {
      const int count = co_await nested(tasks);
      check((count == tasks) != fails);
    };
    return memory_of(body, of(production(), 1), fails);
  };
  expect_linear(memory(5'000, false), memory(20'000, false));
  expect_linear(memory(5'000, true), memory(20'000, true));
}

TEST(Growth, OfMemoryIsLinearInBlockedAndLeakedTasks) {
  for (const auto body : {blocked, leaked}) {
    const auto memory = [body](int tasks) {
      return memory_of([body, tasks] { return body(tasks); }, of(production(), 1), true);
    };
    expect_linear(memory(5'000), memory(20'000));
  }
}

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}

// 32 bytes for each step, in memory that doubles and is not counted here; else nothing: the trace
// of the failing one is an excerpt.
TEST(Growth, OfMemoryEndsWhereAnExecutionIsLong) {
  const auto memory = [](int steps) {
    const auto body = [steps]() -> Task<> {
      co_await gather(yields(steps / 2), yields(steps / 2));
      check(false);
    };
    return memory_of(body, of(production(), 1), true);
  };
  // Picks, each 4 bytes, in five vectors at once at most, which double.
  EXPECT_LT(memory(800'000), memory(200'000) + 600'000 * 4 * 5 * 2);
}

// A report of many failures, blocked tasks and steps is to be read by a person.
TEST(Growth, DoesNotMakeReportsLong) {
  for (const auto body : {blocked, leaked}) {
    const Report report = explore([body] { return body(20'000); }, of(production(), 1));
    ASSERT_TRUE(report.failed());
    std::ostringstream text;
    text << report;
    EXPECT_LT(text.str().size(), 400'000U);
  }
}

// 2,000,001 picks: one after each yield of either of the two tasks but for the last ones.
TEST(Growth, OfASchedulesFileIsThatOfItsPicks) {
  const auto body = []() -> Task<> {
    co_await gather(yields(1'000'000), yields(1'000'000));
    check(false, "failed");
  };
  const Report report = explore(body, of(production(), 1));
  ASSERT_TRUE(report.failed());
  const Schedule& found = report.failures.front().schedule;
  EXPECT_TRUE(found.trace.is_excerpt);
  EXPECT_EQ(found.trace.step_count(), 2'000'004U);
  EXPECT_EQ(found.picks.size(), 2'000'001U);
  ASSERT_LT(found.failure->step, found.trace.steps.size());
  EXPECT_EQ(found.trace.number_of(found.failure->step), 2'000'004U);

  const std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / "coweave-growth.json";
  found.save(file);
  EXPECT_LT(std::filesystem::file_size(file), 5'000'000U);
  const Schedule loaded = Schedule::load(file);
  std::filesystem::remove(file);
  EXPECT_EQ(loaded.picks, found.picks);
  EXPECT_TRUE(loaded.trace.steps.empty());
  EXPECT_EQ(loaded.failure->step, 2'000'003U);
  EXPECT_THAT(loaded.explanation.notes,
              testing::Contains("only its picks are in this file: the trace of its 2000004 steps "
                                "is too large"));

  Options options;
  options.max_steps = 10'000'000;
  const Report replayed = replay(body, loaded, options);
  ASSERT_TRUE(replayed.failed());
  EXPECT_EQ(replayed.failures.front().kind, FailureKind::check);
  EXPECT_EQ(replayed.failures.front().message, "failed");
  EXPECT_EQ(replayed.verdict_detail, "the schedule of the file fails");
}

}  // namespace
}  // namespace coweave
