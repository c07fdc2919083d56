#include "coweave/diagnosis/lost_wake_up.hpp"

#include <string>

#include "coweave/diagnosis/diagnosis.hpp"
#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"
#include "programs/a10_lost_notification.hpp"

// Signals that tasks missed, found from the steps of a failing execution; and the order that would
// have saved them, executed.

namespace coweave {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using Cause = LostWakeUp::Cause;

Options brief() {
  Options options;
  options.await_points = AwaitPoints::suspending;
  options.compare_await_points = false;
  options.source_root = {};
  return options;
}

std::vector<Cause> causes_of(const Trace& trace) {
  std::vector<Cause> causes;
  for (const LostWakeUp& lost : lost_wake_ups(trace)) causes.push_back(lost.cause);
  return causes;
}

struct Mailbox {
  Condition ready{"ready"};
  bool is_full = false;
};

Task<> consume(Mailbox& box, int yields) {
  for (int i = 0; i < yields; ++i) co_await yield();
  const LockGuard guard = co_await box.ready.scoped();
  co_await box.ready.wait();
}
Task<> produce(Mailbox& box) {
  const LockGuard guard = co_await box.ready.scoped();
  box.is_full = true;
  box.ready.notify();
}

Task<> notified_too_early() {
  Mailbox box;
  const TaskHandle<> consumer = spawn(consume(box, 1), "consumer");
  const TaskHandle<> producer = spawn(produce(box), "producer");
  co_await producer;
  co_await consumer;
}

// Steps: 1 body, 2 consumer starts and yields, 3 producer notifies, 4 consumer waits (or 5: the
// body is ready before it).
TEST(LostWakeUp, PairsAWaiterWithTheNotificationBeforeItsWait) {
  const Report report = explore(notified_too_early, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  const Failure& failure = report.failures.front();
  ASSERT_EQ(failure.schedule.deviations(), 0U);
  const Trace& trace = failure.schedule.trace;
  const std::vector<LostWakeUp> lost = lost_wake_ups(trace);
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost[0].cause, Cause::nobody_waits);
  EXPECT_EQ(trace.tasks[trace.blocked[lost[0].blocked].task].name, "consumer");
  EXPECT_EQ(trace.tasks[lost[0].task].name, "producer");
  EXPECT_EQ(lost[0].step, 2U);
  EXPECT_EQ(lost[0].signal.kind, OperationKind::notify);
  EXPECT_THAT(
      explain_blocked(trace),
      Contains(AllOf(StartsWith("lost wake-up: producer notifies condition \"ready\" at "),
                     HasSubstr("in step 3, when nobody waits; consumer begins to wait for it"))));
  EXPECT_THAT(failure.explanation.tried,
              ElementsAre(AllOf(StartsWith("producer held back at step 3 until consumer has made"),
                                EndsWith(": it passes"))));
}

// Both orders fail: what was tried is told as it was.
Task<> never_enough() {
  Mailbox box;
  const TaskHandle<> first = spawn(consume(box, 1), "first");
  const TaskHandle<> second = spawn(consume(box, 1), "second");
  const TaskHandle<> producer = spawn(produce(box), "producer");
  co_await producer;
  co_await first;
  co_await second;
}

TEST(LostWakeUp, ClaimsNoCureThatExecutionRefutes) {
  const Report report = explore(never_enough, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  const Explanation& explanation = report.failures.front().explanation;
  EXPECT_THAT(explanation.tried,
              ElementsAre(EndsWith("it fails too: nothing is ready and 2 tasks wait"),
                          EndsWith("it fails too: nothing is ready and 2 tasks wait")));
}

// One notification, two waiters: the first gets it, and nothing is lost by an order.
Task<> one_for_two() {
  Mailbox box;
  const TaskHandle<> first = spawn(consume(box, 0), "first");
  const TaskHandle<> second = spawn(consume(box, 0), "second");
  co_await wait_all_tasks_blocked();
  const TaskHandle<> producer = spawn(produce(box), "producer");
  co_await producer;
  co_await first;
  co_await second;
}

TEST(LostWakeUp, TellsThatANotificationWentToAnother) {
  const Report report = explore(one_for_two, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  const Failure& failure = report.failures.front();
  EXPECT_THAT(causes_of(failure.schedule.trace), ElementsAre(Cause::wakes_others));
  EXPECT_THAT(
      explain_blocked(failure.schedule.trace),
      Contains(HasSubstr(", which wakes first and not second, which waits for it since step")));
  EXPECT_THAT(failure.explanation.tried, IsEmpty());
}

Task<> waits_twice(Mailbox& box) {
  const LockGuard guard = co_await box.ready.scoped();
  co_await box.ready.wait();
  co_await box.ready.wait();
}
Task<> waits_once_too_often() {
  Mailbox box;
  const TaskHandle<> consumer = spawn(waits_twice(box), "consumer");
  co_await wait_all_tasks_blocked();
  co_await produce(box);
  co_await consumer;
}

TEST(LostWakeUp, IsNoneWhereTheWaiterGotEverySignal) {
  const Report report = explore(waits_once_too_often, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  EXPECT_THAT(lost_wake_ups(report.failures.front().schedule.trace), IsEmpty());
}

Task<> waits_for(Event& go, int yields) {
  for (int i = 0; i < yields; ++i) co_await yield();
  co_await go.wait();
}
Task<> sets(Event& go) {
  go.set();
  co_return;
}
Task<> clears(Event& go) {
  go.clear();
  co_return;
}

// In production order the set and the clear come while the late one yields.
Task<> pulsed() {
  Event go("go");
  const TaskHandle<> early = spawn(waits_for(go, 0), "early");
  const TaskHandle<> late = spawn(waits_for(go, 1), "late");
  const TaskHandle<> setter = spawn(sets(go), "setter");
  const TaskHandle<> clearer = spawn(clears(go), "clearer");
  co_await early;
  co_await late;
}

TEST(LostWakeUp, TellsWhoClearedAnEventBeforeTheWait) {
  const Report report = explore(pulsed, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  const Failure& failure = report.failures.front();
  EXPECT_THAT(
      explain_blocked(failure.schedule.trace),
      Contains(AllOf(StartsWith("lost wake-up: setter sets event \"go\" at "),
                     HasSubstr(", which wakes early, and clearer clears it at "),
                     HasSubstr("; late begins to wait for it at "), HasSubstr(" only in step"))));
  EXPECT_THAT(failure.explanation.tried, ElementsAre(EndsWith(": it passes")));
}

Task<> handles_all(Event& work, int times) {
  for (int i = 0; i < times; ++i) {
    co_await work.wait();
    work.clear();
  }
}
Task<> two_sets() {
  Event work("work");
  const TaskHandle<> worker = spawn(handles_all(work, 2), "worker");
  const TaskHandle<> one = spawn(sets(work), "one");
  const TaskHandle<> two = spawn(sets(work), "two");
  co_await worker;
}

// Held back until the worker waits again, the second set wakes it.
TEST(LostWakeUp, TellsOfTwoSetsThatWakeOnce) {
  const Report report = explore(two_sets, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  const Failure& failure = report.failures.front();
  EXPECT_THAT(causes_of(failure.schedule.trace), ElementsAre(Cause::coalesced));
  EXPECT_THAT(
      explain_blocked(failure.schedule.trace),
      Contains(AllOf(StartsWith("lost wake-up: two sets event \"work\" at "),
                     HasSubstr(", when it is still set by one at "),
                     HasSubstr(": the two wake once; worker begins to wait for it again at "))));
  EXPECT_THAT(failure.explanation.tried, ElementsAre(EndsWith(": it passes")));
}

// The daemon that sleeps is told though the failure is that of a check.
TEST(LostWakeUp, TellsOfAWakeUpThatDiedWithACancellation) {
  const Report report = explore(programs::lost_notification::buggy, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const Failure& failure = report.failures.front();
  EXPECT_THAT(
      explain_blocked(failure.schedule.trace),
      Contains(AllOf(StartsWith("lost wake-up: producer wakes first consumer in step "),
                     HasSubstr(", K cancels first consumer at actors.hpp:"),
                     HasSubstr(" before it goes on, and nobody is woken in its place: second "
                               "consumer waits at "))))
      << failure;
  EXPECT_THAT(failure.explanation.tried,
              ElementsAre(AllOf(StartsWith("K held back at step "), EndsWith(": it passes"))));
}

// The same with a cancellation by the exploration, which has no order to be held back by.
TEST(LostWakeUp, NamesAnInjectedCancellation) {
  Options options = brief();
  options.inject_cancellation.at_most = 1;
  const Report report = explore(programs::lost_notification::buggy_uncancelled, options);
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const Failure& failure = report.failures.front();
  EXPECT_THAT(explain_blocked(failure.schedule.trace),
              Contains(AllOf(HasSubstr("producer wakes first consumer in step "),
                             HasSubstr("first consumer is cancelled (injected) in step "))))
      << failure;
  EXPECT_THAT(failure.explanation.tried, IsEmpty());
}

// Coweave's own condition passes a wake-up on: nobody sleeps, and nothing is told.
TEST(LostWakeUp, IsNoneWhereTheCancelledTaskPassesItOn) {
  EXPECT_THAT(explore(programs::lost_notification::fixed, brief()), Passes());
}

}  // namespace
}  // namespace coweave
