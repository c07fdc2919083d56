#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

// Cancellations, early timers, spurious wake-ups and faults as branches of the search.

namespace coweave {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

Options enumeration(Options options = {}) {
  options.strategy = exhaustive();
  options.max_schedules = 1'000'000;
  options.max_time = 2min;
  options.keep_going = true;
  options.compare_await_points = false;
  return options;
}

Task<> yields(int count) {
  for (int i = 0; i < count; ++i) co_await yield();
}

/// Waits for `task` however it ends.
Task<> settle(TaskHandle<> task) {
  try {
    co_await task;
  } catch (const CancelledError&) {
  }
}

Task<> one_task(int count) {
  const TaskHandle<> task = spawn(yields(count), "worker");
  co_await settle(task);
}

// Cancellation.

// The body is blocked and the worker alone: not cancelled, or cancelled in one of its yields.
TEST(InjectedCancellation, HasABranchForEverySuspension) {
  for (const int count : {0, 1, 2, 5}) {
    const Report report = explore([count] { return one_task(count); },
                                  enumeration({.await_points = AwaitPoints::suspending,
                                               .inject_cancellation = {.at_most = 1}}));
    EXPECT_THAT(report, PassesExhaustively());
    EXPECT_EQ(report.schedules, 1U + static_cast<std::uint64_t>(count));
    EXPECT_EQ(report.injected, static_cast<std::uint64_t>(count));
  }
}

Task<> insists(int yields_each, int times) {
  for (int done = 0; done < times;) {
    try {
      co_await yields(yields_each);
      ++done;
    } catch (const CancelledError&) {
      ++done;
    }
  }
}

// Three attempts of one yield each, which a cancellation ends early: at most b of the three are
// hit. b = 1: 1 + 3, b = 2: 1 + 3 + 3, b = 3 and more: 2^3.
TEST(InjectedCancellation, IsBoundedForEachExecution) {
  const std::uint64_t expected[] = {1, 4, 7, 8, 8};
  for (std::uint32_t bound = 0; bound < 5; ++bound) {
    const auto body = []() -> Task<> {
      const TaskHandle<> task = spawn(insists(1, 3), "worker");
      co_await task;
    };
    const Report report = explore(body, enumeration({.await_points = AwaitPoints::suspending,
                                                     .inject_cancellation = {.at_most = bound}}));
    EXPECT_THAT(report, PassesExhaustively());
    EXPECT_EQ(report.schedules, expected[bound]) << bound;
  }
}

Task<> two_named(std::set<std::string>& cancelled) {
  const TaskHandle<> first = spawn(yields(1), "first");
  const TaskHandle<> second = spawn(yields(1));
  co_await settle(first);
  co_await settle(second);
  if (first.cancelled()) cancelled.insert("first");
  if (second.cancelled()) cancelled.insert("yields");
}

TEST(InjectedCancellation, HitsTheNamedTasksOnly) {
  using Names = std::vector<std::string>;
  const auto cancelled_of = [](Names names) {
    std::set<std::string> cancelled;
    const auto body = [&cancelled] { return two_named(cancelled); };
    const Report report = explore(
        body, enumeration({.inject_cancellation = {.at_most = 1, .tasks = std::move(names)}}));
    EXPECT_THAT(report, PassesExhaustively());
    return cancelled;
  };
  EXPECT_EQ(cancelled_of({"first"}), (std::set<std::string>{"first"}));
  EXPECT_EQ(cancelled_of({"yields"}), (std::set<std::string>{"yields"}));  // Its function.
  EXPECT_EQ(cancelled_of({"other"}), (std::set<std::string>{}));
  EXPECT_EQ(cancelled_of({}), (std::set<std::string>{"first", "yields"}));
}

Task<> waits_for(Event& event) { co_await event.wait(); }

Task<> sleeps_for_ever() {
  Event never;
  const TaskHandle<> waiter = spawn(waits_for(never), "waiter");
  co_await settle(waiter);
}

// Nothing is ready: a deadlock, unless the waiter is cancelled just there.
TEST(InjectedCancellation, HappensAlsoWhereNothingIsReady) {
  const Report report = explore(
      sleeps_for_ever, enumeration({.await_points = AwaitPoints::suspending,
                                    .inject_cancellation = {.at_most = 1, .tasks = {"waiter"}}}));
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  EXPECT_EQ(report.schedules, 2U);
  EXPECT_EQ(report.failing, 1U);
  EXPECT_THAT(report.failures.front().schedule.picks, ElementsAre(0));  // Time passes, in vain.
}

// The most a cancellation can do is what another task's cancel() can do at the same moment: a
// program whose workers start with a canceller of their own has the same outcomes.
enum class How { by_task, injected };

struct Outcomes {
  std::set<std::string> seen;
};

Task<> cancels(TaskHandle<> target) {
  target.cancel();
  co_return;
}

Task<> user(Lock& lock, Semaphore& permits, std::string& story, char name) {
  {
    const LockGuard guard = co_await lock.scoped();
    story += name;
    co_await yield();
    story += static_cast<char>(name - 'a' + 'A');
  }
  co_await permits.acquire();
  story += '+';
  permits.release();
}

Task<> story(How how, Outcomes& outcomes) {
  Lock lock;
  Semaphore permits(1);
  std::string text;
  TaskHandle<> first;
  const auto with_canceller = [&]() -> Task<> {
    if (how == How::by_task) spawn_daemon(cancels(first), "K");
    co_await user(lock, permits, text, 'a');
  };
  first = spawn(with_canceller(), "first");
  const TaskHandle<> second = spawn(user(lock, permits, text, 'b'), "second");
  co_await settle(first);
  co_await settle(second);
  EXPECT_FALSE(lock.locked());
  EXPECT_FALSE(permits.locked());
  outcomes.seen.insert(text + (first.cancelled() ? " cancelled" : ""));
}

TEST(InjectedCancellation, DoesWhatATaskThatCancelsMayDo) {
  for (const AwaitPoints points :
       {AwaitPoints::every, AwaitPoints::operations, AwaitPoints::suspending}) {
    Outcomes by_task;
    Outcomes injected;
    EXPECT_THAT(explore([&] { return story(How::by_task, by_task); },
                        enumeration({.await_points = points})),
                PassesExhaustively());
    EXPECT_THAT(explore([&] { return story(How::injected, injected); },
                        enumeration({.await_points = points,
                                     .inject_cancellation = {.at_most = 1, .tasks = {"first"}}})),
                PassesExhaustively());
    EXPECT_EQ(by_task.seen, injected.seen);
    EXPECT_GT(injected.seen.size(), 4U);
  }
}

TEST(InjectedCancellation, NeverHitsTheBody) {
  const auto body = []() -> Task<> { co_await yields(3); };
  const Report report = explore(body, enumeration({.inject_cancellation = {.at_most = 3}}));
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_EQ(report.schedules, 1U);
}

// Timers.

Task<> sleeper() { co_await sleep_for(48h); }
Task<> timer_and_work(int yields_of_work) { co_await gather(sleeper(), yields(yields_of_work)); }

// The sleeper's start S, the move of the clock C and its wake-up W in that order, among the m steps
// of the other: C(m + 3, 3). When timers wait for quiet, C and W come last: m + 1.
TEST(AnyTimerOrder, InterleavesTheClockWithReadyWork) {
  const std::uint64_t any[] = {4, 10, 20, 35};
  for (int yields_of_work = 0; yields_of_work < 4; ++yields_of_work) {
    const auto body = [yields_of_work] { return timer_and_work(yields_of_work); };
    const auto m = static_cast<std::uint64_t>(yields_of_work) + 1;
    EXPECT_EQ(explore(body, enumeration()).schedules, m + 1);
    const Report report = explore(body, enumeration({.timers = TimerOrder::any}));
    EXPECT_THAT(report, PassesExhaustively());
    EXPECT_EQ(report.schedules, any[yields_of_work]);
  }
}

Task<> ticks(int& count) {
  while (true) {
    co_await sleep_for(1s);
    ++count;
  }
}
Task<> works_beside_a_clock(int& most) {
  int count = 0;
  spawn_daemon(ticks(count));
  co_await yields(3);
  most = std::max(most, count);
}

// Without a bound an endless timer loop is a livelock that the program does not have.
TEST(AnyTimerOrder, MovesTheClockAtMostAsOftenAsAllowed) {
  for (const std::uint32_t bound : {0U, 1U, 3U}) {
    int most = 0;
    const Report report =
        explore([&most] { return works_beside_a_clock(most); },
                enumeration({.timers = TimerOrder::any, .max_early_timers = bound}));
    EXPECT_THAT(report, PassesExhaustively());
    EXPECT_EQ(most, static_cast<int>(bound));
  }
  int most = 0;
  EXPECT_THAT(
      explore(
          [&most] { return works_beside_a_clock(most); },
          {.strategy = exhaustive(), .max_steps = 100, .fairness = 0, .timers = TimerOrder::any}),
      FailsWith(FailureKind::livelock));
}

Task<> late(Clock::time_point& woken) {
  co_await sleep_for(2s);
  woken = now();
}
Task<> early(Clock::time_point& woken) {
  co_await sleep_for(1s);
  woken = now();
}

TEST(AnyTimerOrder, FiresInTheOrderOfTheDeadlines) {
  const auto body = []() -> Task<> {
    Clock::time_point first;
    Clock::time_point second;
    co_await gather(late(second), early(first), yields(2));
    EXPECT_GE(first.time_since_epoch(), 1s);
    EXPECT_GE(second.time_since_epoch(), 2s);
  };
  EXPECT_THAT(explore(body, enumeration({.timers = TimerOrder::any})), PassesExhaustively());
}

// The body is alone: the clock moves in one of its k yields, or in none. When timers wait for
// quiet, the deadline never comes.
TEST(AnyTimerOrder, ExploresBothOrdersOfATimeoutAndWhatItGuards) {
  for (const int k : {0, 1, 4}) {
    int completed = 0;
    int timed_out = 0;
    const auto body = [&]() -> Task<> {
      try {
        co_await with_timeout(1h, yields(k));
        ++completed;
      } catch (const TimeoutError&) {
        ++timed_out;
      }
    };
    const auto counts = [&](TimerOrder timers) {
      completed = timed_out = 0;
      const Report report =
          explore(body, enumeration({.await_points = AwaitPoints::suspending, .timers = timers}));
      EXPECT_THAT(report, PassesExhaustively());
      return report.schedules;
    };
    EXPECT_EQ(counts(TimerOrder::when_idle), 1U);
    EXPECT_EQ(timed_out, 0);
    EXPECT_EQ(counts(TimerOrder::any), static_cast<std::uint64_t>(k) + 1);
    EXPECT_GT(completed, 0);
    EXPECT_EQ(timed_out > 0, k > 0);
  }
}

// Wake-ups.

struct Gate {
  Condition changed{"gate"};
  bool is_open = false;
};

Task<> opens(Gate& gate) {
  const LockGuard guard = co_await gate.changed.scoped();
  gate.is_open = true;
  gate.changed.notify_all();
}
Task<> passes_if(Gate& gate) {
  const LockGuard guard = co_await gate.changed.scoped();
  if (!gate.is_open) co_await gate.changed.wait();
  check(gate.is_open, "passed a closed gate");
}
Task<> passes_while(Gate& gate) {
  const LockGuard guard = co_await gate.changed.scoped();
  while (!gate.is_open) co_await gate.changed.wait();
  check(gate.is_open, "passed a closed gate");
}

TEST(InjectedWakeUp, FindsAMissingReCheckWithoutASecondNotifier) {
  const auto without_check = []() -> Task<> {
    Gate gate;
    co_await gather(passes_if(gate), opens(gate));
  };
  EXPECT_THAT(explore(without_check, enumeration()), PassesExhaustively());
  const Report report = explore(without_check, enumeration({.inject_wakeups = 1}));
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  // The wake-up, and the woken task before the one that opens, which has been ready for longer.
  EXPECT_EQ(report.failures.front().schedule.deviations(), 2U);

  const auto with_check = []() -> Task<> {
    Gate gate;
    co_await gather(passes_while(gate), opens(gate));
  };
  EXPECT_THAT(explore(with_check, enumeration({.inject_wakeups = 2})), PassesExhaustively());
}

// Faults.

Task<> tries(int times, int& caught) {
  for (int i = 0; i < times; ++i) {
    try {
      co_await fault_point("disk full");
    } catch (const InjectedFault&) {
      ++caught;
    }
  }
}

// Each of three points throws or not, at most b of them: 1, 1 + 3, 1 + 3 + 3, 2^3.
TEST(FaultPoint, ThrowsOrReturnsByBranchOfTheTree) {
  const std::uint64_t expected[] = {1, 4, 7, 8};
  for (std::uint32_t bound = 0; bound < 4; ++bound) {
    int most = 0;
    const auto body = [&most]() -> Task<> {
      int caught = 0;
      co_await tries(3, caught);
      most = std::max(most, caught);
    };
    const Report report = explore(body, enumeration({.inject_faults = bound}));
    EXPECT_THAT(report, PassesExhaustively());
    EXPECT_EQ(report.schedules, expected[bound]);
    EXPECT_EQ(most, static_cast<int>(bound));
  }
}

TEST(FaultPoint, SaysItsNameWhenNobodyCatches) {
  const auto body = []() -> Task<> { co_await fault_point("disk full"); };
  const Report report = explore(body, {.strategy = exhaustive()});
  ASSERT_THAT(report, FailsWith(FailureKind::exception));
  EXPECT_THAT(report.failures.front().message, HasSubstr("disk full"));
}

TEST(FaultPoint, ReturnsUnderRun) {
  int caught = 0;
  run(tries(3, caught));
  EXPECT_EQ(caught, 0);
}

// What a search with injections finds survives.

TEST(Injections, AreSavedLoadedAndReplayed) {
  const auto without_check = []() -> Task<> {
    Gate gate;
    co_await gather(passes_if(gate), opens(gate));
  };
  const Report wakeup = explore(without_check, enumeration({.inject_wakeups = 1}));
  const Report cancelled = explore(sleeps_for_ever, enumeration({.inject_cancellation = {1, {}}}));
  const auto fails = []() -> Task<> {
    co_await gather(sleeper(), yields(2));
    co_await fault_point("disk full");
    check(now().time_since_epoch() == 0h);
  };
  const Report faults = explore(fails, enumeration({.timers = TimerOrder::any}));
  const auto survives = [](const Report& report, auto body) {
    ASSERT_TRUE(report.failed());
    for (const Failure& failure : report.failures) {
      const Schedule loaded = Schedule::from_json(failure.schedule.to_json(), "test");
      EXPECT_EQ(loaded, failure.schedule);
      const Report again =
          replay(body, loaded);  // Options of its own: the file says what is injected.
      ASSERT_THAT(again, FailsWith(failure.kind));
      EXPECT_EQ(again.failures.front().schedule.trace, failure.schedule.trace);
      Schedule picks_only = loaded;
      picks_only.trace = {};
      EXPECT_THAT(replay(body, picks_only), FailsWith(failure.kind));
    }
  };
  survives(wakeup, without_check);
  survives(cancelled, sleeps_for_ever);
  survives(faults, fails);
}

TEST(Injections, AreCountedInTheVerdict) {
  const Report report =
      explore([] { return one_task(2); }, enumeration({.await_points = AwaitPoints::suspending,
                                                       .inject_cancellation = {.at_most = 1}}));
  EXPECT_EQ(report.verdict_detail,
            "every interleaving: 3 schedules; in 2 of them injections (at most 1 cancellation, at "
            "most 1 fault)");
}

// Drawn from a range of positions twice as long as the execution: about half of the executions have
// one, and every suspension is hit.
TEST(RandomWalk, SpreadsInjectionsOverTheExecution) {
  std::set<std::string> stories;
  const auto body = [&stories]() -> Task<> {
    int done = 0;
    const auto work = [&done]() -> Task<> {
      for (; done < 20; ++done) co_await yield();
    };
    const TaskHandle<> task = spawn(work(), "worker");
    co_await settle(task);
    stories.insert(std::to_string(done));
  };
  const Report report = explore(
      body,
      {.strategy = random_walk(), .max_schedules = 2'000, .inject_cancellation = {.at_most = 1}});
  EXPECT_EQ(report.verdict, Verdict::sampled);
  EXPECT_EQ(stories.size(), 21U);  // Cancelled in each of 20 yields, or not at all.
  EXPECT_GT(report.injected, 700U);
  EXPECT_LT(report.injected, 1'300U);
}

}  // namespace
}  // namespace coweave
