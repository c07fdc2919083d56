#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

// How many schedules small programs have, counted by hand beside Coweave's enumeration. The body's
// own steps add none: nothing else is ready when it starts and when it resumes.

namespace {

using coweave::AwaitPoints;
using coweave::Options;
using coweave::Report;
using coweave::Task;

Options enumeration(AwaitPoints points) {
  Options options;
  options.strategy = coweave::exhaustive();
  options.await_points = points;
  options.max_schedules = 1'000'000;
  options.max_time = std::chrono::minutes(5);
  return options;
}

template <class Body>
std::uint64_t schedules_of(Body body, AwaitPoints points = AwaitPoints::every) {
  const Report report = coweave::explore(body, enumeration(points));
  EXPECT_THAT(report, coweave::PassesExhaustively());
  return report.schedules;
}

/// n! / (k! (n-k)!), exactly.
std::uint64_t binomial(std::uint64_t n, std::uint64_t k) {
  std::uint64_t result = 1;
  for (std::uint64_t i = 1; i <= k; ++i) result = result * (n - k + i) / i;
  return result;
}

/// (tasks * steps)! / (steps!)^tasks: one after the other, each task's steps take their places
/// among those of the tasks before.
std::uint64_t interleavings(std::uint64_t tasks, std::uint64_t steps) {
  std::uint64_t result = 1;
  for (std::uint64_t task = 1; task <= tasks; ++task) result *= binomial(task * steps, steps);
  return result;
}

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await coweave::yield();
}

Task<> gathered(int tasks, int times) {
  switch (tasks) {
    case 2:
      co_await coweave::gather(yields(times), yields(times));
      break;
    case 3:
      co_await coweave::gather(yields(times), yields(times), yields(times));
      break;
    default:
      co_await coweave::gather(yields(times), yields(times), yields(times), yields(times));
  }
}

struct Gathered {
  int tasks;
  int yields;
  std::uint64_t schedules;
};

class GatherOfYields : public ::testing::TestWithParam<Gathered> {};

// A task of K yields has K + 1 steps.
TEST_P(GatherOfYields, HasTheMultinomialNumberOfSchedules) {
  const auto [tasks, times, schedules] = GetParam();
  const auto steps = static_cast<std::uint64_t>(times) + 1;
  EXPECT_EQ(interleavings(static_cast<std::uint64_t>(tasks), steps), schedules);

  const auto body = [n = tasks, k = times] { return gathered(n, k); };
  const Report report = coweave::explore(body, enumeration(AwaitPoints::every));
  EXPECT_THAT(report, coweave::PassesExhaustively());
  EXPECT_EQ(report.schedules, schedules);
  // Each has the steps of all tasks, the body's start and its resume after the gather.
  EXPECT_EQ(report.steps, schedules * (static_cast<std::uint64_t>(tasks) * steps + 2));
}

INSTANTIATE_TEST_SUITE_P(Counts, GatherOfYields,
                         ::testing::Values(Gathered{2, 2, 20},         // 6! / (3! 3!)
                                           Gathered{3, 1, 90},         // 6! / (2! 2! 2!)
                                           Gathered{2, 3, 70},         // 8! / (4! 4!)
                                           Gathered{3, 2, 1'680},      // 9! / (3! 3! 3!)
                                           Gathered{4, 1, 2'520},      // 8! / (2! 2! 2! 2!)
                                           Gathered{4, 2, 369'600}));  // 12! / (3! 3! 3! 3!)

TEST(Counts, AreTheSameUnderEveryAwaitPointsWhereOnlyYieldsSuspend) {
  const auto body = [] { return gathered(3, 2); };
  for (const AwaitPoints points :
       {AwaitPoints::every, AwaitPoints::operations, AwaitPoints::suspending})
    EXPECT_EQ(schedules_of(body, points), 1'680U) << to_string(points);
}

Task<> chooses_once(std::uint32_t alternatives) {
  coweave::choose(alternatives);
  co_return;
}

TEST(Counts, AChoiceOfNHasNBranches) {
  EXPECT_EQ(schedules_of([] { return chooses_once(1); }), 1U);
  EXPECT_EQ(schedules_of([] { return chooses_once(2); }), 2U);
  EXPECT_EQ(schedules_of([] { return chooses_once(7); }), 7U);
}

Task<> chooses_again_after_one() {
  if (coweave::choose(3) == 1) coweave::choose(4);
  co_return;
}

// 2 values end at once, the third has 4 more below it.
TEST(Counts, AChoiceBelowAChoiceMultipliesOnlyThere) {
  EXPECT_EQ(schedules_of(chooses_again_after_one), 2U + 4U);
}

Task<> two_choosers() { co_await coweave::gather(chooses_once(2), chooses_once(3)); }

// 2! orders of the two tasks, 2 values of the one, 3 of the other.
TEST(Counts, ChoicesMultiplyWithInterleavings) {
  EXPECT_EQ(schedules_of(two_choosers), 2U * 2 * 3);
}

Task<> spawns_yields_and_joins(int times) {
  const auto child = coweave::spawn(yields(times));
  co_await coweave::yield();
  co_await child;
}

// The body's yield resumes at one of K + 2 places: before, between or after the K + 1 steps of the
// child. Then it waits for the child, or, if that has ended, takes at most a step of its own.
TEST(Counts, ASpawnedChildRunsBesideItsParentUntilTheJoin) {
  for (const AwaitPoints points :
       {AwaitPoints::every, AwaitPoints::operations, AwaitPoints::suspending}) {
    EXPECT_EQ(schedules_of([] { return spawns_yields_and_joins(0); }, points), 2U);
    EXPECT_EQ(schedules_of([] { return spawns_yields_and_joins(1); }, points), 3U);
    EXPECT_EQ(schedules_of([] { return spawns_yields_and_joins(4); }, points), 6U);
  }
}

Task<> holds_lock(coweave::Lock& lock, int times) {
  const auto guard = co_await lock.scoped();
  co_await yields(times);
}

Task<> two_hold_lock() {
  coweave::Lock lock;
  co_await coweave::gather(holds_lock(lock, 0), holds_lock(lock, 0));
}

Task<> two_hold_lock_over_a_yield() {
  coweave::Lock lock;
  co_await coweave::gather(holds_lock(lock, 1), holds_lock(lock, 1));
}

// Whoever starts first (2 ways) has the lock after its first step. The other one's start finds one
// of the places after the holder's steps; from the holder's release on there is one task, and one
// way. The holder's steps: its start (acquire); the resume from an acquire that completed at once,
// if such awaits suspend; the resume from a yield, if there is one; the resume from the await of
// the child that has not suspended, if that suspends.
TEST(Counts, TwoTasksAtALock) {
  EXPECT_EQ(schedules_of(two_hold_lock, AwaitPoints::suspending), 2U * 1);
  EXPECT_EQ(schedules_of(two_hold_lock, AwaitPoints::operations), 2U * 2);
  EXPECT_EQ(schedules_of(two_hold_lock, AwaitPoints::every), 2U * 3);
  EXPECT_EQ(schedules_of(two_hold_lock_over_a_yield, AwaitPoints::suspending), 2U * 2);
  EXPECT_EQ(schedules_of(two_hold_lock_over_a_yield, AwaitPoints::operations), 2U * 3);
  EXPECT_EQ(schedules_of(two_hold_lock_over_a_yield, AwaitPoints::every), 2U * 3);
}

Task<int> completes_at_once() { co_return 1; }

Task<> awaits_child() { co_await completes_at_once(); }
Task<> two_await_children() { co_await coweave::gather(awaits_child(), awaits_child()); }

Task<> awaits_suspending_child() { co_await yields(1); }
Task<> two_await_suspending_children() {
  co_await coweave::gather(awaits_suspending_child(), awaits_suspending_child());
}

TEST(Counts, AnInlineChildThatCompletesAtOnceSuspendsOnlyUnderEvery) {
  EXPECT_EQ(schedules_of(two_await_children, AwaitPoints::every), 6U);       // 4! / (2! 2!)
  EXPECT_EQ(schedules_of(two_await_children, AwaitPoints::operations), 2U);  // 2!
  EXPECT_EQ(schedules_of(two_await_children, AwaitPoints::suspending), 2U);
}

TEST(Counts, AnInlineChildThatSuspendsAddsNoStepOfItsOwn) {
  for (const AwaitPoints points :
       {AwaitPoints::every, AwaitPoints::operations, AwaitPoints::suspending})
    EXPECT_EQ(schedules_of(two_await_suspending_children, points), 6U);  // 4! / (2! 2!)
}

Task<> waits_for(coweave::Event& event) { co_await event.wait(); }
Task<> two_wait_for_set_event() {
  coweave::Event event;
  event.set();
  co_await coweave::gather(waits_for(event), waits_for(event));
}

Task<> takes_permit(coweave::Semaphore& permits) { co_await permits.acquire(); }
Task<> two_take_free_permits() {
  coweave::Semaphore permits(2);
  co_await coweave::gather(takes_permit(permits), takes_permit(permits));
}

TEST(Counts, AnOperationThatCompletesAtOnceSuspendsUnlessSuspending) {
  for (const auto body : {two_wait_for_set_event, two_take_free_permits}) {
    EXPECT_EQ(schedules_of(body, AwaitPoints::every), 6U);       // 4! / (2! 2!)
    EXPECT_EQ(schedules_of(body, AwaitPoints::operations), 6U);  // 4! / (2! 2!)
    EXPECT_EQ(schedules_of(body, AwaitPoints::suspending), 2U);  // 2!
  }
}

Task<> sets(coweave::Event& event) {
  event.set();
  co_return;
}
Task<> one_sets_for_two() {
  coweave::Event event;
  co_await coweave::gather(waits_for(event), waits_for(event), sets(event));
}

// The setter S and two waiters. S first: the waiters' awaits complete at once, 2! orders. One
// waiter (2 ways) before S: after S that one resumes and the other one starts, 2! orders. Both (2!
// orders) before S: 2! orders of their resumes.
TEST(Counts, AnEventWakesAllItsWaiters) {
  EXPECT_EQ(schedules_of(one_sets_for_two, AwaitPoints::suspending), 2U + 2U * 2U + 2U * 2U);
}

Task<> cancels(coweave::TaskHandle<> target) {
  target.cancel();
  co_return;
}
Task<> cancels_a_yielding_task() {
  const auto target = coweave::spawn(yields(1));
  coweave::spawn(cancels(target));
  co_await coweave::wait_all_tasks_blocked();
}

// C before the target's start, between its two steps, after them; cancelled or not, the target
// takes a step to end: 1 + 1 + 1.
TEST(Counts, ACancellationDisablesNoStep) { EXPECT_EQ(schedules_of(cancels_a_yielding_task), 3U); }

}  // namespace
