// A waiter that has its answer is deaf: timers, wake-ups and cancellations that meet it later
// change nothing, in every order of equal deadlines, under every TimerOrder and under run().

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "framework/runtime/other_library.hpp"
#include "primitives/time/timeout_support.hpp"

namespace coweave::test {
namespace {

struct Program {
  const char* name;
  Task<> (*body)();
};

Task<> sleep_with_an_equal_timeout() {
  EXPECT_EQ(co_await exit_of(in_time(2ms, sleeps(2ms))), Exit::timeout);
}

Task<> sleep_in_a_scope_of_equal_deadline() {
  TimeoutScope scope(2ms);
  const auto body = [](TimeoutScope&) -> Task<> { co_await sleep_for(2ms); };
  EXPECT_EQ(co_await exit_of(scope.run(body)), Exit::timeout);
  EXPECT_TRUE(scope.expired());
}

Task<> absolute_deadlines() {
  const Clock::time_point when = now() + 2ms;
  const auto until = [](Clock::time_point deadline) -> Task<> { co_await sleep_until(deadline); };
  EXPECT_EQ(co_await exit_of(timeout_at(when, until(when))), Exit::timeout);
}

Task<> scopes_of_equal_deadlines() {
  TimeoutScope outer(2ms);
  TimeoutScope inner(2ms);
  EXPECT_EQ(co_await exit_of(outer.run(run_in(inner, sleeps(2ms)))), Exit::timeout);
  EXPECT_TRUE(outer.expired());
  EXPECT_EQ(this_task().cancelling(), 0U);
}

Task<> gather_with_an_equal_timeout() {
  const auto both = []() -> Task<> { co_await gather(sleeps(2ms), sleeps(2ms)); };
  EXPECT_NE(co_await exit_of(in_time(2ms, both())), Exit::other);
  EXPECT_EQ(this_task().cancelling(), 0U);
}

Task<> cancelled_when_its_sleep_ends() {
  const TaskHandle<> nap = spawn(sleeps(2ms), "nap");
  co_await sleep_for(2ms);
  nap.cancel();
  static_cast<void>(co_await settled(nap));
}

Task<> cancels_after(Clock::duration delay, TaskHandle<>& handle) {
  co_await sleep_for(delay);
  handle.cancel();
  handle.cancel();
}

Task<> cancelled_by_an_earlier_task() {
  TaskHandle<> nap;
  const TaskHandle<> canceller = spawn(cancels_after(2ms, nap), "canceller");
  nap = spawn(sleeps(2ms), "nap");
  static_cast<void>(co_await settled(nap));
  static_cast<void>(co_await settled(canceller));
}

Task<> moved_to_the_deadline_of_the_sleep() {
  TimeoutScope scope(1h);
  const TaskHandle<> task = spawn(run_in(scope, sleeps(2ms)), "sleeper");
  co_await yield();
  try {
    scope.reschedule(now() + 2ms);
  } catch (const MisuseError&) {
    // It has not begun, or has ended.
  }
  const Settled<void> end = co_await settled(task);
  EXPECT_FALSE(end.has_value() && scope.expired());
}

Task<> releases_after(Lock& lock, Clock::duration delay) {
  const LockGuard guard = co_await lock.scoped();
  co_await sleep_for(delay);
}

Task<> acquires(Lock& lock) { const LockGuard guard = co_await lock.scoped(); }

Task<> release_at_the_deadline_of_the_waiter() {
  Lock lock("lock");
  const TaskHandle<> holder = spawn(releases_after(lock, 2ms), "holder");
  const TaskHandle<> first = spawn(in_time(2ms, acquires(lock)), "first");
  const TaskHandle<> second = spawn(acquires(lock), "second");
  static_cast<void>(co_await settled(holder));
  static_cast<void>(co_await settled(first));
  static_cast<void>(co_await settled(second));
  EXPECT_FALSE(lock.locked());
}

Task<> puts_after(Queue<int>& queue, Clock::duration delay) {
  co_await sleep_for(delay);
  co_await queue.put(1);
}

Task<> gets(Queue<int>& queue, int& got) { got += co_await queue.get(); }

Task<> put_at_the_deadline_of_the_getter() {
  Queue<int> queue(1);
  int got = 0;
  const TaskHandle<> getter = spawn(in_time(2ms, gets(queue, got)), "getter");
  const TaskHandle<> putter = spawn(puts_after(queue, 2ms), "putter");
  static_cast<void>(co_await settled(getter));
  const Settled<void> put = co_await settled(putter);
  // The item is taken or still there, unless the putter was cancelled before it put.
  const bool is_kept = got + static_cast<int>(queue.size()) == 1;
  EXPECT_TRUE(is_kept || !put.has_value());
}

Task<> shield_with_an_equal_timeout() {
  const TaskHandle<> nap = spawn(sleeps(2ms), "nap");
  const auto shielded = [](TaskHandle<> handle) -> Task<> { co_await shield(handle); };
  static_cast<void>(co_await exit_of(in_time(2ms, shielded(nap))));
  static_cast<void>(co_await settled(nap));
}

Task<> throws_after_a_yield() {
  co_await yield();
  throw std::runtime_error("child");
}

Task<> group_whose_child_throws() {
  const auto body = [](TaskGroup& group) -> Task<> {
    group.spawn(sleeps(1h), "sleeper");
    group.spawn(throws_after_a_yield(), "thrower");
    co_return;
  };
  bool is_known = false;
  try {
    co_await task_group(body);
  } catch (const ExceptionGroup&) {
    is_known = true;
  }
  static_cast<void>(is_known);  // False if the thrower was cancelled before it threw.
}

Task<> sleeps_again(bool& is_long_enough) {
  try {
    co_await sleep_for(3ms);
  } catch (const CancelledError&) {
  }
  const Clock::time_point start = now();
  try {
    co_await sleep_for(5ms);
  } catch (const CancelledError&) {
    co_return;
  }
  is_long_enough = now() - start >= 5ms;
}

// The timer of the first sleep must not end the second.
Task<> sleep_after_a_cancelled_one() {
  bool is_long_enough = true;
  const TaskHandle<> task = spawn(sleeps_again(is_long_enough), "sleeper");
  co_await yield();
  task.cancel();
  static_cast<void>(co_await settled(task));
  EXPECT_TRUE(is_long_enough);
}

Task<> waits_for_both(std::vector<TaskHandle<>> handles) {
  CompletionOrder<void> order = as_completed(std::move(handles));
  while (order.remaining() > 0) static_cast<void>(co_await order.next());
}

Task<> two_ends_and_a_timeout_at_once() {
  std::vector<TaskHandle<>> naps;
  naps.push_back(spawn(sleeps(2ms), "a"));
  naps.push_back(spawn(sleeps(2ms), "b"));
  static_cast<void>(co_await exit_of(in_time(2ms, waits_for_both(naps))));
  for (const TaskHandle<>& nap : naps) static_cast<void>(co_await settled(nap));
}

const Program programs[] = {
    {"sleep_with_an_equal_timeout", sleep_with_an_equal_timeout},
    {"sleep_in_a_scope_of_equal_deadline", sleep_in_a_scope_of_equal_deadline},
    {"absolute_deadlines", absolute_deadlines},
    {"scopes_of_equal_deadlines", scopes_of_equal_deadlines},
    {"gather_with_an_equal_timeout", gather_with_an_equal_timeout},
    {"cancelled_when_its_sleep_ends", cancelled_when_its_sleep_ends},
    {"cancelled_by_an_earlier_task", cancelled_by_an_earlier_task},
    {"moved_to_the_deadline_of_the_sleep", moved_to_the_deadline_of_the_sleep},
    {"release_at_the_deadline_of_the_waiter", release_at_the_deadline_of_the_waiter},
    {"put_at_the_deadline_of_the_getter", put_at_the_deadline_of_the_getter},
    {"shield_with_an_equal_timeout", shield_with_an_equal_timeout},
    {"group_whose_child_throws", group_whose_child_throws},
    {"sleep_after_a_cancelled_one", sleep_after_a_cancelled_one},
    {"two_ends_and_a_timeout_at_once", two_ends_and_a_timeout_at_once},
};

class AnsweredWaiter : public testing::TestWithParam<Program> {
 protected:
  static Options all_of(AwaitPoints points, TimerOrder timers) {
    Options options = exhaustively(points);
    options.timers = timers;
    options.max_schedules = 20'000;  // Enough for all but three with injections.
    return options;
  }
};

TEST_P(AnsweredWaiter, IsDeafInEveryOrderOfTheTimers) {
  for (const AwaitPoints points :
       {AwaitPoints::suspending, AwaitPoints::operations, AwaitPoints::every})
    for (const TimerOrder timers : {TimerOrder::when_idle, TimerOrder::any})
      EXPECT_THAT(explore(GetParam().body, all_of(points, timers)), Passes());
}

TEST_P(AnsweredWaiter, IsDeafBesideInjectedCancellations) {
  for (const TimerOrder timers : {TimerOrder::when_idle, TimerOrder::any}) {
    Options options = all_of(AwaitPoints::every, timers);
    options.inject_cancellation.at_most = 2;
    EXPECT_THAT(explore(GetParam().body, options), Passes());
  }
}

TEST_P(AnsweredWaiter, IsDeafUnderRun) { run(GetParam().body()); }

INSTANTIATE_TEST_SUITE_P(Programs, AnsweredWaiter, testing::ValuesIn(programs),
                         [](const auto& program) { return std::string(program.param.name); });

Task<> cancels_a_sleeper() {
  const TaskHandle<> task = spawn(sleeps(1h), "sleeper");
  co_await yield();
  task.cancel();
  static_cast<void>(co_await settled(task));
}

// The body (b) goes on before the sleeper (s) has started: b s b. Else s is asleep, and b cancels
// it, which leaves one order: s b s b; or the timer (t) comes before, and either goes first: s t b
// s b and s t s b. There is no timer any more once the sleep is cancelled. Together 4.
TEST(CancelledSleep, HasNoTimerThatCouldStillFire) {
  Options options = exhaustively(AwaitPoints::every);
  EXPECT_EQ(explore(cancels_a_sleeper, options).schedules, 2U);  // Without t.
  options.timers = TimerOrder::any;
  const Report report = explore(cancels_a_sleeper, options);
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_EQ(report.schedules, 4U);
}

// asyncio: uncancel() takes back what a task would get at its next await, never the end of a wait.
TEST(Uncancel, DoesNotGrantALockToAWaiterWhoseWaitWasCancelled) {
  expect_passes_under_all_await_points([]() -> Task<> {
    Lock lock("lock");
    const LockGuard guard = co_await lock.scoped();
    const TaskHandle<> waiter = spawn(acquires(lock), "waiter");
    co_await wait_all_tasks_blocked();
    waiter.cancel();
    EXPECT_EQ(waiter.uncancel(), 0U);
    EXPECT_TRUE((co_await settled(waiter)).cancelled());
    EXPECT_TRUE(lock.locked());
  });
}

Task<int> awaits_shielded(TaskHandle<int> handle) { co_return co_await shield(handle); }

TEST(Uncancel, DoesNotGiveTheResultOfATaskThatHasNotEnded) {
  expect_passes_under_all_await_points([]() -> Task<> {
    const TaskHandle<int> task = spawn(gives_after(1s, 7), "task");
    const TaskHandle<int> waiter = spawn(awaits_shielded(task), "waiter");
    co_await wait_all_tasks_blocked();
    waiter.cancel();
    waiter.uncancel();
    EXPECT_TRUE((co_await settled(waiter)).cancelled());
    EXPECT_EQ(co_await task, 7);
  });
}

other::task cancels_itself_and_waits(other::single_consumer_event& never) {
  co_await yield();
  this_task().cancel();
  co_await never;
}

Task<> awaits_another_library(other::single_consumer_event& never) {
  co_await cancels_itself_and_waits(never);
}

// The converse: a cancellation that is pending when the task starts to wait for another library's
// coroutine ends that wait.
TEST(PendingCancellation, EndsAWaitForACoroutineOfAnotherLibrary) {
  expect_passes_under_all_await_points([]() -> Task<> {
    other::single_consumer_event never;
    const TaskHandle<> task = spawn(awaits_another_library(never), "task");
    EXPECT_TRUE((co_await settled(task)).cancelled());
  });
}

}  // namespace
}  // namespace coweave::test
