// Misuse of the primitives: what is thrown, what is recorded, and what the report says of it.

#include <memory>
#include <string>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

/// The first failure is misuse with such a message, at that line of this file, under every
/// schedule.
template <class Body>
void expect_misuse(Body body, const std::string& message, std::uint32_t line) {
  for (const AwaitPoints points : {AwaitPoints::suspending, AwaitPoints::every}) {
    SCOPED_TRACE(to_string(points));
    const Report report = explore(body, exhaustively(points));
    EXPECT_THAT(report, FailsWith(FailureKind::misuse, HasSubstr(message)));
    if (report.failures.empty()) continue;
    EXPECT_THAT(report.failures.front().place.file, EndsWith("misuse_test.cpp"));
    EXPECT_EQ(report.failures.front().place.line, line);
  }
}

constexpr std::uint32_t release_free_lock_line = __LINE__ + 3;
Task<> release_free_lock() {
  Lock lock("db");
  lock.release();
  co_return;
}

// Lock 10.
TEST(Misuse, IsToReleaseALockThatIsFree) {
  expect_misuse(release_free_lock, "release of lock \"db\": expected it to be held, found it free",
                release_free_lock_line);
}

constexpr std::uint32_t unnamed_lock_line = __LINE__ + 2;
Task<> release_unnamed_lock() {
  Lock lock;
  lock.release();
  co_return;
}

// An object without a name is known by where it was created.
TEST(Misuse, NamesAnUnnamedObjectByItsPlace) {
  expect_misuse(release_unnamed_lock,
                "release of lock (created at misuse_test.cpp:" + std::to_string(unnamed_lock_line),
                unnamed_lock_line + 1);
}

constexpr std::uint32_t over_release_line = __LINE__ + 5;
Task<> release_beyond_bound() {
  BoundedSemaphore semaphore(1, "permits");
  co_await semaphore.acquire();
  semaphore.release();
  semaphore.release();
}

// BoundedSemaphore 15.
TEST(Misuse, IsToReleaseABoundedSemaphoreBeyondItsBound) {
  expect_misuse(release_beyond_bound, "release of bounded semaphore \"permits\"",
                over_release_line);
}

constexpr std::uint32_t negative_line = __LINE__ + 2;
Task<> create_negative() {
  const Semaphore semaphore(-1, "permits");
  co_return;
}

// Semaphore 1.
TEST(Misuse, IsToCreateASemaphoreWithANegativeValue) {
  expect_misuse(create_negative, "semaphore \"permits\"", negative_line);
}

constexpr std::uint32_t wait_line = __LINE__ + 3;
Task<> wait_without_lock() {
  Condition condition("changed");
  co_await condition.wait();
}

// Condition 3.
TEST(Misuse, IsToWaitForAConditionWithoutItsLock) {
  expect_misuse(wait_without_lock, "wait of condition \"changed\"", wait_line);
}

constexpr std::uint32_t wait_for_line = __LINE__ + 4;
Task<> wait_for_without_lock() {
  Condition condition("changed");
  const auto never = [] { return false; };
  co_await condition.wait_for(never);
}

// Condition 3, 14.
TEST(Misuse, IsToWaitForAPredicateWithoutTheLock) {
  expect_misuse(wait_for_without_lock, "wait of condition \"changed\"", wait_for_line);
}

constexpr std::uint32_t notify_line = __LINE__ + 3;
Task<> notify_without_lock() {
  Condition condition("changed");
  condition.notify();
  co_return;
}

constexpr std::uint32_t notify_all_line = __LINE__ + 3;
Task<> notify_all_without_lock() {
  Condition condition("changed");
  condition.notify_all();
  co_return;
}

// Condition 6.
TEST(Misuse, IsToNotifyAConditionWithoutItsLock) {
  expect_misuse(notify_without_lock, "notify of condition \"changed\"", notify_line);
  expect_misuse(notify_all_without_lock, "notify of condition \"changed\"", notify_all_line);
}

constexpr std::uint32_t held_line = __LINE__ + 2;
Task<> destroy_held_lock() {
  Lock lock("db");
  co_await lock.acquire();
}

TEST(Misuse, IsToDestroyALockThatIsHeld) {
  expect_misuse(destroy_held_lock,
                "destruction of lock \"db\": expected it to be free, found it held", held_line);
}

Task<> acquire_permit(Semaphore& semaphore) { co_await semaphore.acquire(); }
Task<> acquire_lock(Lock& lock) { co_await lock.acquire(); }
Task<> wait_on(Event& event) { co_await event.wait(); }

constexpr std::uint32_t semaphore_waited_line = __LINE__ + 2;
Task<> destroy_semaphore_waited_for() {
  Semaphore semaphore(0, "permits");
  spawn(acquire_permit(semaphore));
  co_await wait_all_tasks_blocked();
}

constexpr std::uint32_t event_waited_line = __LINE__ + 2;
Task<> destroy_event_waited_for() {
  Event event("ready");
  spawn(wait_on(event));
  co_await wait_all_tasks_blocked();
}

Task<> wait_forever(Condition& condition) {
  const LockGuard guard = co_await condition.scoped();
  co_await condition.wait();
}

constexpr std::uint32_t condition_waited_line = __LINE__ + 2;
Task<> destroy_condition_waited_for() {
  Condition condition("changed");
  spawn(wait_forever(condition));
  co_await wait_all_tasks_blocked();
}

/// The lock is free, and the woken waiter has not resumed when it goes.
constexpr std::uint32_t lock_waited_line = __LINE__ + 2;
Task<> destroy_lock_waited_for() {
  Lock lock("db");
  co_await lock.acquire();
  spawn(acquire_lock(lock));
  co_await wait_all_tasks_blocked();
  lock.release();
}

TEST(Misuse, IsToDestroyAPrimitiveThatIsWaitedFor) {
  const std::string found = ": expected no waiters, found some";
  expect_misuse(destroy_semaphore_waited_for, "destruction of semaphore \"permits\"" + found,
                semaphore_waited_line);
  expect_misuse(destroy_event_waited_for, "destruction of event \"ready\"" + found,
                event_waited_line);
  expect_misuse(destroy_condition_waited_for, "destruction of condition \"changed\"" + found,
                condition_waited_line);
  expect_misuse(destroy_lock_waited_for, "destruction of lock \"db\"" + found, lock_waited_line);
}

// Daemons may be left waiting for what goes.
TEST(Misuse, IsNotToDestroyAPrimitiveThatOnlyADaemonWaitsFor) {
  expect_passes_exhaustively([]() -> Task<> {
    Event event("ready");
    Semaphore semaphore(0, "permits");
    Condition condition("changed");
    spawn_daemon(wait_on(event));
    spawn_daemon(acquire_permit(semaphore));
    spawn_daemon(wait_forever(condition));
    co_await wait_all_tasks_blocked();
  });
}

/// The object goes in the middle of the execution, after the waiter was woken or cancelled and
/// before it resumes.
Task<> destroy_under_a_ready_waiter(bool is_cancelled) {
  auto event = std::make_unique<Event>("ready");
  const TaskHandle<> waiter = spawn(wait_on(*event));
  co_await wait_all_tasks_blocked();
  if (is_cancelled) {
    waiter.cancel();
  } else {
    event->set();
  }
  event.reset();
  co_await wait_all_tasks_blocked();
}

// The waiter must not touch what is gone: what AddressSanitizer says of this test is its point.
TEST(Misuse, IsToDestroyAPrimitiveBeforeAReadyWaiterHasResumed) {
  for (const bool is_cancelled : {false, true}) {
    const Report report = explore([&] { return destroy_under_a_ready_waiter(is_cancelled); },
                                  exhaustively(AwaitPoints::suspending));
    EXPECT_THAT(report, FailsWith(FailureKind::misuse, HasSubstr("event \"ready\"")));
  }
}

constexpr std::uint32_t lock_guard_line = __LINE__ + 3;
Task<> release_lock_under_guard() {
  Lock lock("db");
  const LockGuard guard = co_await lock.scoped();
  lock.release();
}

constexpr std::uint32_t semaphore_guard_line = __LINE__ + 3;
Task<> release_semaphore_under_guard() {
  BoundedSemaphore semaphore(1, "permits");
  const SemaphoreGuard guard = co_await semaphore.scoped();
  semaphore.release();
}

// The place is that of scoped().
TEST(Misuse, IsToReleaseByAGuardWhatWasReleasedAlready) {
  expect_misuse(release_lock_under_guard, "release by a guard of lock \"db\"", lock_guard_line);
  expect_misuse(release_semaphore_under_guard,
                "release by a guard of bounded semaphore \"permits\"", semaphore_guard_line);
}

// A task that handles the error has not failed; the object stays as it was.
TEST(Misuse, IsNoFailureIfItIsCaught) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock("db");
    std::string message;
    std::uint32_t line = 0;
    try {
      lock.release();
    } catch (const MisuseError& error) {
      message = error.what();
      line = error.place().line();
    }
    EXPECT_EQ(message, "release of lock \"db\": expected it to be held, found it free");
    EXPECT_EQ(line, static_cast<std::uint32_t>(__LINE__ - 6));
    EXPECT_TRUE(co_await lock.acquire());
    lock.release();
  });
}

Task<> release_in_a_task(Lock& lock) {
  co_await yield();
  lock.release();
}

// It is an exception like any other: whoever awaits the task may handle it.
TEST(Misuse, CanBeHandledByWhoeverAwaitsTheTask) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    EXPECT_TRUE(co_await throws_misuse(spawn(release_in_a_task(lock))));
    EXPECT_TRUE(co_await throws_misuse(gather(release_in_a_task(lock))));
  });
}

TEST(Misuse, FailsTheTestIfNobodyAwaitsTheTask) {
  const Report report = explore(
      []() -> Task<> {
        Lock lock("db");
        spawn(release_in_a_task(lock));
        co_await wait_all_tasks_blocked();
      },
      exhaustively(AwaitPoints::every));
  EXPECT_THAT(report, FailsWith(FailureKind::misuse, HasSubstr("lock \"db\"")));
}

// What is left when an execution fails is torn down without a word: the deadlock is the only
// failure.
TEST(Misuse, IsNotReportedOfWhatTheEndOfAnExecutionDestroys) {
  const Report report = explore(
      []() -> Task<> {
        Lock lock("db");
        Event event("ready");
        Semaphore semaphore(1, "permits");
        const LockGuard guard = co_await lock.scoped();
        const SemaphoreGuard permit = co_await semaphore.scoped();
        spawn(wait_on(event));
        co_await event.wait();
      },
      exhaustively(AwaitPoints::every));
  EXPECT_THAT(report, FailsWith(FailureKind::deadlock));
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_TRUE(report.failures.front().also.empty());
}

Task<> hold_what_is_lent(Lock*& lent, BoundedSemaphore*& permits, Event& ready, Event& never) {
  co_await ready.wait();
  const LockGuard guard = co_await lent->scoped();
  const SemaphoreGuard permit = co_await permits->scoped();
  co_await never.wait();
}

Task<> own_and_lend(Lock*& lent, BoundedSemaphore*& permits, Event& ready, Event& never) {
  const auto lock = std::make_unique<Lock>("db");
  const auto semaphore = std::make_unique<BoundedSemaphore>(1, "permits");
  lent = lock.get();
  permits = semaphore.get();
  ready.set();
  co_await never.wait();
}

// At teardown frames die in reverse order of creation, so a guard may outlive what it holds; it is
// inert like everything else. What AddressSanitizer says of this test is its point.
TEST(Misuse, IsNotReportedOfAGuardThatOutlivesItsLockAtTheEndOfAnExecution) {
  const Report report = explore(
      []() -> Task<> {
        Event ready("ready");
        Event never("never");
        Lock* lent = nullptr;
        BoundedSemaphore* permits = nullptr;
        spawn(hold_what_is_lent(lent, permits, ready, never));
        spawn(own_and_lend(lent, permits, ready, never));
        co_await never.wait();
      },
      exhaustively(AwaitPoints::suspending));
  EXPECT_THAT(report, FailsWith(FailureKind::deadlock));
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_TRUE(report.failures.front().also.empty());
}

}  // namespace
}  // namespace coweave::test
