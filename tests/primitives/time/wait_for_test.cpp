// with_timeout where asyncio has wait_for: of a handle, or of a coroutine. Statement 6 of
// asyncio_semantics.md, section 6; CPython's tests are those of test_waitfor.py.

#include <chrono>
#include <stdexcept>
#include <string>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

using namespace std::chrono_literals;

template <class T>
Task<bool> times_out(Clock::duration duration, TaskHandle<T> handle) {
  try {
    static_cast<void>(co_await with_timeout(duration, handle));
  } catch (const TimeoutError&) {
    co_return true;
  }
  co_return false;
}

/// Works until its time has come, whatever cancellations come.
Task<> works_on(Clock::duration duration, bool& has_ended) {
  const Clock::time_point end = now() + duration;
  while (now() < end) {
    try {
      co_await sleep_until(end);
    } catch (const CancelledError&) {
    }
  }
  has_ended = true;
}

Task<> in_time(Clock::duration duration, Task<> task) {
  co_await with_timeout(duration, std::move(task));
}

// CPython: test_asyncio_wait_for_cancelled, test_asyncio_wait_for_timeout.
TEST(WithTimeout, WaitsForWhatIgnoresCancellations) {
  expect_passes_exhaustively([]() -> Task<> {
    bool has_ended = false;
    const TaskHandle<> waiting = spawn(in_time(400ms, works_on(200ms, has_ended)));
    co_await wait_all_tasks_blocked();
    waiting.cancel();
    co_await settled(waiting);
    EXPECT_TRUE(has_ended);
    has_ended = false;
    co_await with_timeout(100ms, works_on(200ms, has_ended));
    EXPECT_TRUE(has_ended);
  });
}

Task<std::string> done() { co_return "done"; }

// CPython: test_wait_for_timeout_less_then_0_or_0_future_done, test_wait_for_blocking.
TEST(WithTimeout, GivesAResultThatIsThereThoughItHasNoTime) {
  const auto body = []() -> Task<> {
    const TaskHandle<std::string> handle = spawn(done());
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(co_await with_timeout(0s, handle), "done");
    EXPECT_EQ(co_await with_timeout(-1s, handle), "done");
    EXPECT_EQ(co_await timeout_at(std::nullopt, done()), "done");
  };
  EXPECT_THAT(explore(body, exhaustively(AwaitPoints::suspending)), PassesExhaustively());
}

Task<std::string> sleeps_long(bool& is_running) {
  is_running = true;
  try {
    co_await sleep_for(10s);
  } catch (const CancelledError&) {
    is_running = false;
    throw;
  }
  co_return "done";
}

// CPython: test_wait_for_timeout_less_then_0_or_0, test_wait_for.
TEST(WithTimeout, CancelsTheAwaitedTask) {
  expect_passes_exhaustively([]() -> Task<> {
    for (const Clock::duration duration :
         {Clock::duration(0s), Clock::duration(-1s), Clock::duration(100ms)}) {
      bool is_running = false;
      const TaskHandle<std::string> handle = spawn(sleeps_long(is_running));
      co_await wait_all_tasks_blocked();
      EXPECT_TRUE(is_running);
      EXPECT_TRUE(co_await times_out(duration, handle));
      EXPECT_TRUE(handle.cancelled());
      EXPECT_FALSE(is_running);
    }
    EXPECT_EQ(now().time_since_epoch(), 100ms);
  });
}

// CPython: test_wait_for_timeout_less_then_0_or_0_coroutine_do_not_started: of a spawned task.
TEST(WithTimeout, OfNoTimeNeverStartsATaskThatHasNotStarted) {
  expect_passes_in_production_order([]() -> Task<> {
    bool is_running = false;
    EXPECT_TRUE(co_await times_out(0s, spawn(sleeps_long(is_running))));
    EXPECT_FALSE(is_running);
  });
}

Task<> set_at(Event& event, Clock::duration duration) {
  co_await sleep_for(duration);
  event.set();
}

Task<bool> waits(Event& event) { co_return co_await event.wait(); }

// CPython: test_wait_for_race_condition.
TEST(WithTimeout, GivesAResultThatComesInTime) {
  expect_passes_exhaustively([]() -> Task<> {
    Event event;
    const TaskHandle<> setter = spawn(set_at(event, 100ms));
    EXPECT_TRUE(co_await with_timeout(200ms, waits(event)));
    co_await setter;
  });
}

Task<int> absorbs() {
  bool is_cancelled = false;
  try {
    co_await sleep_for(1s);
  } catch (const CancelledError&) {
    is_cancelled = true;
  }
  EXPECT_TRUE(is_cancelled);
  co_return 42;
}

// wait_for 6. CPython: test_wait_for_cancellation_race_condition, test_wait_for_cancel_suppressed.
TEST(WithTimeout, DeliversTheResultOfWhatAbsorbsTheCancellation) {
  expect_passes_exhaustively([]() -> Task<> {
    EXPECT_EQ(co_await with_timeout(10ms, absorbs()), 42);
    EXPECT_EQ(this_task().cancelling(), 0U);
    EXPECT_EQ(co_await with_timeout(10ms, spawn(absorbs())), 42);
    EXPECT_EQ(this_task().cancelling(), 0U);
    co_await yield();
  });
}

Task<> cleans_up(bool& has_ended) {
  bool is_cancelled = false;
  try {
    co_await sleep_for(10s);
  } catch (const CancelledError&) {
    is_cancelled = true;
  }
  co_await sleep_for(1ms);
  has_ended = true;
  if (is_cancelled) throw CancelledError();
}

// CPython: test_wait_for_waits_for_task_cancellation, ..._w_timeout_0.
TEST(WithTimeout, WaitsForTheCleanUpOfWhatItCancels) {
  expect_passes_exhaustively([]() -> Task<> {
    for (const Clock::duration duration : {Clock::duration(0s), Clock::duration(1ms)}) {
      bool has_ended = false;
      const TaskHandle<> handle = spawn(cleans_up(has_ended));
      co_await wait_all_tasks_blocked();
      EXPECT_TRUE(co_await times_out(duration, handle));
      EXPECT_TRUE(has_ended);
    }
  });
}

Task<> throws_when_cancelled() {
  try {
    co_await sleep_for(1s);
  } catch (const CancelledError&) {
    throw std::domain_error("instead");
  }
}

// CPython: test_wait_for_reraises_exception_during_cancellation.
TEST(WithTimeout, LetsAnExceptionOfTheCleanUpPass) {
  expect_passes_exhaustively([]() -> Task<> {
    bool is_thrown = false;
    try {
      co_await with_timeout(1ms, spawn(throws_when_cancelled()));
    } catch (const std::domain_error&) {
      is_thrown = true;
    }
    EXPECT_TRUE(is_thrown);
  });
}

Task<> blocks(Event& never) { co_await never.wait(); }
Task<> awaits_in_time(Clock::duration duration, TaskHandle<> handle) {
  co_await with_timeout(duration, handle);
}

// CPython: test_cancel_blocking_wait_for, test_cancel_wait_for.
TEST(WithTimeout, CancelledItselfCancelsTheAwaitedTask) {
  expect_passes_exhaustively([]() -> Task<> {
    for (const Clock::duration duration : {Clock::duration::max(), Clock::duration(60s)}) {
      Event never;
      const TaskHandle<> task = spawn(blocks(never));
      const TaskHandle<> waiting = spawn(awaits_in_time(duration, task));
      co_await wait_all_tasks_blocked();
      waiting.cancel();
      EXPECT_EQ(co_await ending_of(waiting), Ending::cancelled);
      EXPECT_TRUE(task.cancelled());
    }
  });
}

Task<> inner() { co_return; }
Task<> goes_on_after(bool& has_gone_on, bool& is_ready) {
  const TaskHandle<> handle = spawn(inner());
  is_ready = true;
  co_await with_timeout(100s, handle);
  co_await sleep_for(1s);
  has_gone_on = true;
}

// wait_for 6. CPython: test_wait_for_issue86296: the cancellation comes after the result and before
// the awaiter has resumed, or whenever.
TEST(WithTimeout, LosesNoCancellationThatRacesWithTheCompletion) {
  expect_passes_exhaustively([]() -> Task<> {
    bool has_gone_on = false;
    bool is_ready = false;
    const TaskHandle<> task = spawn(goes_on_after(has_gone_on, is_ready));
    co_await yield();
    co_await yield();
    EXPECT_FALSE(task.done());
    task.cancel();
    EXPECT_EQ(co_await ending_of(task), Ending::cancelled);
    EXPECT_FALSE(has_gone_on);
    EXPECT_EQ(now().time_since_epoch(), 0s);
    co_await wait_all_tasks_blocked();  // `inner` may never have been cancelled.
  });
}

// CPython: test_timeout_in_block of test_locks.py.
TEST(WithTimeout, LeavesAConditionInOrder) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    const auto guard = co_await condition.scoped();
    bool is_timeout = false;
    const auto wait = [&](TimeoutScope&) -> Task<bool> { co_return co_await condition.wait(); };
    try {
      co_await with_timeout(1ms, wait);
    } catch (const TimeoutError&) {
      is_timeout = true;
    }
    EXPECT_TRUE(is_timeout);
    EXPECT_TRUE(condition.locked());
  });
}

}  // namespace
}  // namespace coweave::test
