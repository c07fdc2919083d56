// The primitives under three tasks that use them for two rounds each while one of them is cancelled
// at any point by a fourth: every interleaving. And their mutants, each found by the same program.

#include <string>
#include <vector>

#include "primitives/sync/mutants.hpp"
#include "primitives/sync/stress_programs.hpp"

namespace coweave::test {
namespace {

template <class Body>
void expect_correct(Body body) {
  EXPECT_THAT(explore(body, exhaustively(AwaitPoints::suspending)), PassesExhaustively());
}

/// In some schedule `claim` is the first to fail.
template <class Body>
void expect_found(Body body, const std::string& claim) {
  Options options = exhaustively(AwaitPoints::suspending);
  options.keep_going = true;
  const Report report = explore(body, options);
  std::vector<std::string> violated;
  for (const Failure& failure : report.failures) violated.push_back(failure.message);
  EXPECT_THAT(violated, ::testing::Contains(claim));
}

TEST(Stress, LeavesALockCorrect) { expect_correct(stress_lock<Lock, 2>); }

TEST(Stress, LeavesASemaphoreCorrect) {
  expect_correct(stress_semaphore<Semaphore, 1, 2>);
  expect_correct(stress_semaphore<Semaphore, 2, 2>);
}

TEST(Stress, LeavesABoundedSemaphoreCorrect) {
  expect_correct(stress_semaphore<BoundedSemaphore, 1, 2>);
  expect_correct(stress_semaphore<BoundedSemaphore, 2, 2>);
}

TEST(Stress, LeavesAnEventCorrect) { expect_correct(stress_event<Event, 2>); }

TEST(Stress, LeavesAConditionCorrect) { expect_correct(stress_condition<Condition, 2>); }

/// The mutant without a flaw passes what the flawed ones are found by.
TEST(Stress, LeavesMutantsWithoutAFlawCorrect) {
  expect_correct(stress_lock<MutantLock<LockFlaw::none>, 2>);
  expect_correct(stress_semaphore<MutantSemaphore<SemaphoreFlaw::none>, 1, 2>);
  expect_correct(stress_semaphore<MutantSemaphore<SemaphoreFlaw::none>, 2, 2>);
  expect_correct(stress_event<MutantEvent<EventFlaw::none>, 1>);
  expect_correct(stress_condition<MutantCondition<ConditionFlaw::none>, 2>);
}

TEST(Stress, FindsTheLockThatLosesAWakeUp) {
  expect_found(stress_lock<MutantLock<LockFlaw::loses_wake_up>, 2>, "a task sleeps for ever");
}

TEST(Stress, FindsTheLockThatIsGrantedTwice) {
  expect_found(stress_lock<MutantLock<LockFlaw::marks_first_pending>, 2>,
               "too many tasks are inside");
}

TEST(Stress, FindsTheLockThatLetsANewcomerOvertake) {
  expect_found(stress_lock<MutantLock<LockFlaw::lets_overtake>, 2>, "a task was overtaken");
}

TEST(Stress, FindsTheSemaphoreThatLetsTheReleaserOvertake) {
  expect_found(stress_semaphore<MutantSemaphore<SemaphoreFlaw::barges>, 1, 2>,
               "a task was overtaken");
}

TEST(Stress, FindsTheSemaphoreThatLosesAPermit) {
  expect_found(stress_semaphore<MutantSemaphore<SemaphoreFlaw::loses_permit>, 2, 2>,
               "permits are not conserved");
  expect_found(stress_semaphore<MutantSemaphore<SemaphoreFlaw::loses_permit>, 1, 2>,
               "a task sleeps for ever");
}

TEST(Stress, FindsTheSemaphoreThatLosesAWakeUp) {
  expect_found(stress_semaphore<MutantSemaphore<SemaphoreFlaw::loses_wake_up>, 1, 2>,
               "a task sleeps for ever");
}

TEST(Stress, FindsTheSemaphoreThatGetsStuck) {
  expect_found(stress_semaphore<MutantSemaphore<SemaphoreFlaw::sticks>, 1, 2>,
               "a permit cannot be taken");
}

TEST(Stress, FindsTheEventThatForgetsItsWaiters) {
  expect_found(stress_event<MutantEvent<EventFlaw::forgets_waiters>, 1>, "a waiter missed a set");
}

TEST(Stress, FindsTheEventThatWakesOneWaiter) {
  expect_found(stress_event<MutantEvent<EventFlaw::wakes_one>, 1>, "a waiter missed a set");
}

TEST(Stress, FindsTheConditionThatLosesANotification) {
  expect_found(stress_condition<MutantCondition<ConditionFlaw::loses_notification>, 2>,
               "a task waits while there is an item for it");
}

TEST(Stress, FindsTheConditionThatSwallowsACancellation) {
  expect_found(stress_condition<MutantCondition<ConditionFlaw::swallows_cancellation>, 2>,
               "a cancellation is swallowed");
}

}  // namespace
}  // namespace coweave::test
