// Timeout scopes whose deadline is moved. Statements are those of asyncio_semantics.md, section 6.

#include <chrono>
#include <optional>

#include "primitives/time/timeout_support.hpp"

namespace coweave::test {
namespace {

// Timeout 5. CPython: test_reschedule.
TEST(Timeout, CanBeMovedAndRemovedWhileItRuns) {
  expect_passes_under_all_await_points([]() -> Task<> {
    TimeoutScope scope(now() + 10s);
    const TaskHandle<> task = spawn(run_in(scope, sleeps(50s)));
    co_await wait_all_tasks_blocked();
    const Clock::time_point later = now() + 30s;
    scope.reschedule(later);
    EXPECT_EQ(scope.when(), later);
    scope.reschedule(std::nullopt);
    EXPECT_EQ(scope.when(), std::nullopt);
    task.cancel();
    EXPECT_EQ(co_await ending_of(task), Ending::cancelled);
    EXPECT_FALSE(scope.expired());
    EXPECT_EQ(now().time_since_epoch(), 0s);
  });
}

TEST(Timeout, FiresAtTheTimeToWhichItWasMoved) {
  expect_passes_under_all_await_points([]() -> Task<> {
    for (const Clock::duration moved : {Clock::duration(1s), Clock::duration(20s)}) {
      const Clock::time_point start = now();
      TimeoutScope scope(10s);
      const auto moves = [&](TimeoutScope& self) -> Task<> {
        self.reschedule(start + moved);
        co_await sleep_for(1h);
      };
      bool is_timeout = false;
      try {
        co_await scope.run(moves);
      } catch (const TimeoutError&) {
        is_timeout = true;
      }
      EXPECT_TRUE(is_timeout);
      EXPECT_EQ(now() - start, moved);
    }
  });
}

// Moved into the past by another task, it fires when that task's step has ended.
TEST(Timeout, CanBeMovedIntoThePast) {
  expect_passes_under_all_await_points([]() -> Task<> {
    TimeoutScope scope(10s);
    const TaskHandle<> task = spawn(run_in(scope, sleeps(50s)));
    co_await wait_all_tasks_blocked();
    scope.reschedule(now());
    EXPECT_FALSE(scope.expired());
    EXPECT_EQ(co_await exit_of(task), Exit::timeout);
    EXPECT_EQ(now().time_since_epoch(), 0s);
  });
}

// Timeout 5. CPython: test_timeout_finished, test_timeout_not_entered.
TEST(Timeout, IsMovedOnlyWhileItRuns) {
  expect_passes_under_all_await_points([]() -> Task<> {
    TimeoutScope scope(10ms);
    EXPECT_TRUE(is_misuse([&] { scope.reschedule(now()); }));
    co_await scope.run(nothing());
    EXPECT_TRUE(is_misuse([&] { scope.reschedule(now()); }));
    TimeoutScope expiring(10ms);
    bool refused = false;
    const auto moves_too_late = [&](TimeoutScope& self) -> Task<> {
      try {
        co_await sleep_for(1s);
      } catch (const CancelledError&) {
        refused = is_misuse([&] { self.reschedule(now() + 1s); });
        throw;
      }
    };
    bool is_timeout = false;
    try {
      co_await expiring.run(moves_too_late);
    } catch (const TimeoutError&) {
      is_timeout = true;
    }
    EXPECT_TRUE(is_timeout);
    EXPECT_TRUE(refused);
  });
}

}  // namespace
}  // namespace coweave::test
