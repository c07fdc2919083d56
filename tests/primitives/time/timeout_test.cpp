// Timeout scopes. Statements are those of asyncio_semantics.md, section 6; CPython's tests are
// those of test_timeouts.py.

#include <chrono>
#include <stdexcept>

#include "primitives/time/timeout_support.hpp"

namespace coweave::test {
namespace {

// Timeout 1. CPython: test_timeout_basic, test_outer_task_is_not_cancelled.
TEST(Timeout, EndsWhatLastsTooLong) {
  expect_passes_under_all_await_points([]() -> Task<> {
    TimeoutScope scope(10ms);
    EXPECT_FALSE(scope.expired());
    EXPECT_EQ(co_await exit_of(run_in(scope, sleeps(10s))), Exit::timeout);
    EXPECT_TRUE(scope.expired());
    EXPECT_EQ(now().time_since_epoch(), 10ms);
    EXPECT_EQ(this_task().cancelling(), 0U);
    co_await sleep_for(1s);  // The task is not cancelled.
  });
}

// Timeout 1. CPython: test_timeout_at_basic.
TEST(Timeout, HasADeadline) {
  expect_passes_under_all_await_points([]() -> Task<> {
    co_await sleep_for(1s);
    const Clock::time_point deadline = now() + 10ms;
    TimeoutScope scope(deadline);
    EXPECT_EQ(co_await exit_of(run_in(scope, sleeps(10s))), Exit::timeout);
    EXPECT_TRUE(scope.expired());
    EXPECT_EQ(scope.when(), deadline);
    EXPECT_EQ(now(), deadline);
    const auto at = [](Clock::time_point when) -> Task<> {
      co_await timeout_at(when, sleeps(10s));
    };
    EXPECT_EQ(co_await exit_of(at(now() + 1s)), Exit::timeout);
  });
}

TEST(Timeout, CostsNothingInAnExploration) {
  expect_passes_under_all_await_points([]() -> Task<> {
    EXPECT_EQ(co_await exit_of(in_time(48h, sleeps(49h))), Exit::timeout);
    EXPECT_EQ(now().time_since_epoch(), 48h);
  });
}

TEST(Timeout, GivesTheResultOfWhatEndsInTime) {
  expect_passes_under_all_await_points([]() -> Task<> {
    EXPECT_EQ(co_await with_timeout(2s, gives_after(1s, 7)), 7);
    const TaskHandle<int> handle = spawn(gives_after(1s, 8));
    EXPECT_EQ(co_await with_timeout(2s, handle), 8);
    EXPECT_EQ(now().time_since_epoch(), 2s);  // And no timer is left.
    co_await sleep_for(48h);
  });
}

Task<> note_cancellation(bool& is_cancelled, Task<> task) {
  try {
    co_await std::move(task);
  } catch (const CancelledError&) {
    is_cancelled = true;
    throw;
  }
}

// Timeout 3. CPython: test_nested_timeouts. Both deadlines pass at once: two requests to cancel, so
// only the outer scope, which takes back the last, converts.
TEST(Timeout, OfTwoThatExpireTogetherOnlyTheOuterOneThrows) {
  expect_passes_under_all_await_points([]() -> Task<> {
    bool is_cancelled = false;
    const Clock::time_point deadline = now() + 10ms;
    TimeoutScope outer(deadline);
    TimeoutScope inner(deadline);
    Task<> within = note_cancellation(is_cancelled, run_in(inner, sleeps(10s)));
    EXPECT_EQ(co_await exit_of(run_in(outer, std::move(within))), Exit::timeout);
    EXPECT_TRUE(is_cancelled);
    EXPECT_TRUE(outer.expired());
    EXPECT_TRUE(inner.expired());
    EXPECT_EQ(this_task().cancelling(), 0U);
  });
}

// Timeout 1. CPython: test_waiter_cancelled.
TEST(Timeout, IsACancellationInside) {
  expect_passes_under_all_await_points([]() -> Task<> {
    bool is_cancelled = false;
    EXPECT_EQ(co_await exit_of(in_time(10ms, note_cancellation(is_cancelled, sleeps(10s)))),
              Exit::timeout);
    EXPECT_TRUE(is_cancelled);
  });
}

// CPython: test_timeout_not_called.
TEST(Timeout, DoesNothingInTime) {
  expect_passes_under_all_await_points([]() -> Task<> {
    TimeoutScope scope(10s);
    co_await scope.run(sleeps(10ms));
    EXPECT_FALSE(scope.expired());
    CO_ASSERT_TRUE(scope.when().has_value());
    EXPECT_GT(*scope.when(), now());
  });
}

// CPython: test_timeout_disabled, test_timeout_at_disabled.
TEST(Timeout, MayHaveNoDeadline) {
  expect_passes_under_all_await_points([]() -> Task<> {
    TimeoutScope scope(std::nullopt);
    co_await scope.run(sleeps(48h));
    EXPECT_FALSE(scope.expired());
    EXPECT_EQ(scope.when(), std::nullopt);
    TimeoutScope endless(Clock::duration::max());
    co_await endless.run(sleeps(48h));
    EXPECT_EQ(endless.when(), std::nullopt);
  });
}

// Without a deadline a deadlock stays one.
TEST(Timeout, DoesNotHideADeadlockByADeadlineThatNeverComes) {
  const auto body = []() -> Task<> {
    Event never;
    const auto wait = [&](TimeoutScope&) -> Task<> { co_await never.wait(); };
    co_await with_timeout(Clock::duration::max(), wait);
  };
  EXPECT_THAT(explore(body), FailsWith(FailureKind::deadlock));
}

// Timeout 4. CPython: test_timeout_zero, test_timeout_zero_sleep_zero,
// test_timeout_in_the_past_sleep_zero.
TEST(Timeout, ThatHasPassedFiresAtTheNextSuspension) {
  expect_passes_under_all_await_points([]() -> Task<> {
    co_await sleep_for(1min);
    for (const Clock::duration duration : {Clock::duration(0s), Clock::duration(-11s)}) {
      TimeoutScope sleeping(duration);
      EXPECT_EQ(co_await exit_of(run_in(sleeping, sleeps(10s))), Exit::timeout);
      EXPECT_TRUE(sleeping.expired());
      TimeoutScope yielding(duration);
      EXPECT_EQ(co_await exit_of(run_in(yielding, yields_once())), Exit::timeout);
      EXPECT_TRUE(yielding.expired());
    }
    EXPECT_EQ(now().time_since_epoch(), 1min);
  });
}

// Timeout 4: not earlier, and not without a suspension. (Under the other AwaitPoints the await of
// the body is one.)
TEST(Timeout, ThatHasPassedLeavesABodyWithoutSuspensionAlone) {
  const auto body = []() -> Task<> {
    TimeoutScope scope(0s);
    co_await scope.run(nothing());
    EXPECT_FALSE(scope.expired());
    EXPECT_EQ(this_task().cancelling(), 0U);
    co_await yield();
  };
  EXPECT_THAT(explore(body, exhaustively(AwaitPoints::suspending)), PassesExhaustively());
  EXPECT_THAT(explore(body, exhaustively(AwaitPoints::operations)), PassesExhaustively());
  EXPECT_THAT(explore(body, exhaustively(AwaitPoints::every)), FailsWith(FailureKind::exception));
}

TEST(Timeout, ThatHasPassedDoesNotCountAsARequestBeforeItFires) {
  expect_passes_under_all_await_points([]() -> Task<> {
    TimeoutScope scope(0s);
    bool is_cancelled = false;
    const auto body = [&](TimeoutScope& self) -> Task<> {
      EXPECT_EQ(this_task().cancelling(), 0U);
      EXPECT_FALSE(self.expired());
      try {
        co_await yield();
      } catch (const CancelledError&) {
        is_cancelled = true;
        EXPECT_EQ(this_task().cancelling(), 1U);
        EXPECT_TRUE(self.expired());
        throw;
      }
    };
    bool is_timeout = false;
    try {
      co_await scope.run(body);
    } catch (const TimeoutError&) {
      is_timeout = true;
    }
    EXPECT_TRUE(is_timeout);
    EXPECT_TRUE(is_cancelled);
  });
}

Task<> throws() {
  throw std::domain_error("foreign");
  co_return;
}

// CPython: test_foreign_exception_passed.
TEST(Timeout, LetsOtherExceptionsPass) {
  expect_passes_under_all_await_points([]() -> Task<> {
    TimeoutScope scope(10ms);
    EXPECT_EQ(co_await exit_of(run_in(scope, throws())), Exit::other);
    EXPECT_FALSE(scope.expired());
    co_await sleep_for(1s);
  });
}

Task<> throws_instead_of_cancellation() {
  try {
    co_await sleep_for(1s);
  } catch (const CancelledError&) {
    throw std::domain_error("instead");
  }
}

// CPython: test_foreign_exception_on_timeout.
TEST(Timeout, LetsTheExceptionPassThatItsCancellationBecame) {
  expect_passes_under_all_await_points([]() -> Task<> {
    EXPECT_EQ(co_await exit_of(in_time(10ms, throws_instead_of_cancellation())), Exit::other);
    EXPECT_EQ(this_task().cancelling(), 0U);
  });
}

Task<> cancels_itself_and_sleeps(Clock::duration duration) {
  this_task().cancel();
  co_await sleep_for(duration);
}

// Timeout 2. CPython: test_foreign_cancel_doesnt_timeout_if_not_expired.
TEST(Timeout, LeavesAnotherCancellationOne) {
  expect_passes_under_all_await_points([]() -> Task<> {
    TimeoutScope scope(10s);
    EXPECT_EQ(co_await exit_of(run_in(scope, cancels_itself_and_sleeps(10s))), Exit::cancelled);
    EXPECT_FALSE(scope.expired());
    EXPECT_EQ(this_task().cancelling(), 1U);
    EXPECT_EQ(this_task().uncancel(), 0U);
  });
}

Task<> expired_and_cancelled(Event& expired, Exit& exit, std::uint32_t& requests) {
  const auto cleans_up = [&](TimeoutScope&) -> Task<> {
    bool is_cancelled = false;
    try {
      co_await sleep_for(10s);
    } catch (const CancelledError&) {
      is_cancelled = true;
    }
    expired.set();
    EXPECT_TRUE(is_cancelled);
    co_await sleep_for(10s);  // Where the other cancellation comes.
  };
  exit = Exit::value;
  try {
    co_await with_timeout(1s, cleans_up);
  } catch (const TimeoutError&) {
    exit = Exit::timeout;
  } catch (const CancelledError&) {
    exit = Exit::cancelled;
    requests = this_task().cancelling();
    throw;
  }
}

// Timeout 2: with both pending the other one wins, and its request is left.
TEST(Timeout, YieldsToAnotherCancellation) {
  expect_passes_under_all_await_points([]() -> Task<> {
    Event expired;
    Exit exit{};
    std::uint32_t requests = 0;
    const TaskHandle<> task = spawn(expired_and_cancelled(expired, exit, requests));
    co_await expired.wait();
    task.cancel();
    EXPECT_EQ(co_await ending_of(task), Ending::cancelled);
    EXPECT_EQ(exit, Exit::cancelled);
    EXPECT_EQ(requests, 1U);
    EXPECT_EQ(now().time_since_epoch(), 1s);
  });
}

/// Burns real time.
void crunch(Clock::duration duration) {
  const Clock::time_point end = now() + duration;
  while (now() < end) {
  }
}

// Timeout 3, on the real clock. CPython: test_nested_timeouts_concurrent. The outer deadline passes
// while the task runs.
TEST(Timeout, OfTwoOnlyTheOneThatExpiredThrows) {
  run([]() -> Task<> {
    TimeoutScope outer(2ms);
    TimeoutScope inner(10s);
    const auto crunches = [](TimeoutScope&) -> Task<> {
      crunch(3ms);
      co_await sleep_for(10s);
    };
    const auto nested = [&](TimeoutScope&) -> Task<> { co_await inner.run(crunches); };
    bool is_timeout = false;
    try {
      co_await outer.run(nested);
    } catch (const TimeoutError&) {
      is_timeout = true;
    }
    EXPECT_TRUE(is_timeout);
    EXPECT_TRUE(outer.expired());
    EXPECT_FALSE(inner.expired());
  }());
}

// Timeout 3. CPython: test_nested_timeouts_loop_busy. The inner scope converts, the outer one then
// ends what follows.
TEST(Timeout, OfTheOuterScopeEndsWhatFollowsTheInnerOne) {
  expect_passes_under_all_await_points([]() -> Task<> {
    TimeoutScope outer(100ms);
    const auto both = [](TimeoutScope&) -> Task<> {
      EXPECT_EQ(co_await exit_of(in_time(10ms, sleeps(1s))), Exit::timeout);
      EXPECT_EQ(now().time_since_epoch(), 10ms);
      co_await sleep_for(10s);
    };
    bool is_timeout = false;
    try {
      co_await outer.run(both);
    } catch (const TimeoutError&) {
      is_timeout = true;
    }
    EXPECT_TRUE(is_timeout);
    EXPECT_EQ(now().time_since_epoch(), 100ms);
  });
}

Task<> cleans_up_in_time(Exit& exit) {
  bool is_cancelled = false;
  try {
    co_await sleep_for(1s);
  } catch (const CancelledError&) {
    is_cancelled = true;
  }
  if (!is_cancelled) co_return;
  exit = co_await exit_of(in_time(10ms, sleeps(10s)));
  throw CancelledError();
}

// Timeout 3. CPython: test_nested_timeout_in_finally.
TEST(Timeout, WorksInTheCleanUpOfAnother) {
  expect_passes_under_all_await_points([]() -> Task<> {
    Exit inner{};
    EXPECT_EQ(co_await exit_of(in_time(10ms, cleans_up_in_time(inner))), Exit::timeout);
    EXPECT_EQ(inner, Exit::timeout);
    EXPECT_EQ(now().time_since_epoch(), 20ms);
  });
}

// Timeout 2. CPython: test_timeout_after_cancellation. A request that was there before the scope
// began is none of its business.
TEST(Timeout, WorksAfterACancellation) {
  expect_passes_under_all_await_points([]() -> Task<> {
    EXPECT_EQ(co_await exit_of(cancels_itself_and_sleeps(1s)), Exit::cancelled);
    EXPECT_EQ(co_await exit_of(in_time(0s, sleeps(1s))), Exit::timeout);
    EXPECT_EQ(this_task().cancelling(), 1U);
  });
}

// Timeout 2. CPython: test_cancel_in_timeout_after_cancellation.
TEST(Timeout, LeavesASecondCancellationOne) {
  expect_passes_under_all_await_points([]() -> Task<> {
    EXPECT_EQ(co_await exit_of(cancels_itself_and_sleeps(1s)), Exit::cancelled);
    EXPECT_EQ(co_await exit_of(in_time(1s, cancels_itself_and_sleeps(2s))), Exit::cancelled);
    EXPECT_EQ(this_task().cancelling(), 2U);
  });
}

// CPython: test_timeout_already_entered, test_timeout_double_enter.
TEST(Timeout, IsForOneUse) {
  expect_passes_under_all_await_points([]() -> Task<> {
    TimeoutScope scope(10s);
    const auto enters_again = [](TimeoutScope& self) -> Task<> {
      EXPECT_TRUE(co_await throws_misuse(run_in(self, nothing())));
    };
    co_await scope.run(enters_again);
    EXPECT_TRUE(co_await throws_misuse(run_in(scope, nothing())));
    EXPECT_FALSE(scope.expired());
  });
}

// CPython: test_timeout_without_task.
TEST(Timeout, NeedsAScheduler) {
  EXPECT_THROW(TimeoutScope(10ms), Error);
  EXPECT_THROW(static_cast<void>(this_task()), Error);
}

TEST(Timeout, UsesTheRealClockUnderRun) {
  run([]() -> Task<> {
    const Clock::time_point begin = now();
    EXPECT_EQ(co_await exit_of(in_time(2ms, sleeps(48h))), Exit::timeout);
    EXPECT_GE(now() - begin, 2ms);
    EXPECT_EQ(co_await exit_of(in_time(0s, yields_once())), Exit::timeout);
    EXPECT_EQ(co_await with_timeout(10s, gives_after(1ms, 3)), 3);
    co_await sleep_until(now() + 1ms);
    EXPECT_GE(now() - begin, 4ms);
  }());
}

TEST(Timeout, IsNamedInTheTrace) {
  const auto body = []() -> Task<> {
    EXPECT_EQ(co_await exit_of(in_time(1s, sleeps(2s))), Exit::timeout);
    check(false, "to have a trace");
  };
  const Report report = explore(body, in_production_order());
  ASSERT_EQ(report.failures.size(), 1U);
  int timeouts = 0;
  for (const TraceStep& step : report.failures[0].schedule.trace.steps)
    for (const TraceEffect& effect : step.effects)
      timeouts += effect.kind == OperationKind::timeout ? 1 : 0;
  EXPECT_EQ(timeouts, 1);
}

TEST(Sleep, LastsUntilATimeOfTheClock) {
  expect_passes_under_all_await_points([]() -> Task<> {
    co_await sleep_for(1s);
    co_await sleep_until(Clock::time_point(3s));
    EXPECT_EQ(now().time_since_epoch(), 3s);
    co_await sleep_until(Clock::time_point(2s));  // Has passed: a yield.
    EXPECT_EQ(now().time_since_epoch(), 3s);
    co_await sleep_until(Clock::time_point::min());
  });
}

}  // namespace
}  // namespace coweave::test
