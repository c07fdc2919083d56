#include <chrono>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

// What happens to an execution that has ended: frames, guards, failures.

namespace coweave {
namespace {

using testing::IsEmpty;

/// Writes its name down when it is destroyed.
class Trail {
 public:
  Trail(std::string& log, char name) : log_(log), name_(name) {}
  ~Trail() { log_ += name_; }
  Trail(const Trail&) = delete;
  Trail& operator=(const Trail&) = delete;

 private:
  std::string& log_;
  char name_;
};

Task<> waits(std::string& log, char name, Event& never) {
  const Trail trail(log, name);
  co_await never.wait();
}

Task<> waits_in_a_child(std::string& log, char name, char child, Event& never) {
  const Trail trail(log, name);
  co_await waits(log, child, never);
}

Task<> four_that_wait(std::string& log) {
  Event never;
  const Trail trail(log, '0');
  spawn(waits(log, '1', never));
  spawn(waits_in_a_child(log, '2', 'c', never));
  co_await gather(waits(log, '3', never), waits(log, '4', never));
}

/// What the last execution of `program` logs.
template <class Program>
std::string last_log(Program program, FailureKind kind) {
  std::string log;
  const auto body = [&log, &program] {
    log.clear();
    return program(log);
  };
  EXPECT_THAT(explore(body, {.strategy = production(), .compare_await_points = false}),
              FailsWith(kind));
  return log;
}

TEST(TearDown, DestroysTasksInReverseOrderOfCreationInnerFramesFirst) {
  EXPECT_EQ(last_log(four_that_wait, FailureKind::deadlock), "43c210");
}

Task<> sleeps(std::string& log, char name) {
  const Trail trail(log, name);
  co_await sleep_for(std::chrono::hours(1));
}
Task<> leaves_two(std::string& log) {
  const Trail trail(log, '0');
  spawn(sleeps(log, '1'));
  spawn(sleeps(log, '2'));
  co_await wait_all_tasks_blocked();
}

// The frame of the body goes when it has ended, before the frames of what it leaves behind.
TEST(TearDown, ComesAfterTheEndOfTheBody) {
  EXPECT_EQ(last_log(leaves_two, FailureKind::leaked_task), "021");
}

Task<> spawns_one_and_leaves_another_unstarted(std::string& log) {
  const Trail trail(log, '0');
  Event never;
  const Task<> unstarted = waits(log, '2', never);
  spawn(waits(log, '1', never));
  co_return;
}

// What was never started holds no locals: only its arguments go.
TEST(TearDown, DestroysTasksThatNeverStarted) {
  EXPECT_EQ(last_log(spawns_one_and_leaves_another_unstarted, FailureKind::leaked_task), "0");
}

Task<> crosses(Lock& first, Lock& second) {
  const LockGuard outer = co_await first.scoped();
  co_await yield();
  const LockGuard inner = co_await second.scoped();
}
Task<> lock_order() {
  Lock a;
  Lock b;
  co_await gather(crosses(a, b), crosses(b, a));
}

TEST(TearDown, ReleasesNothingThroughTheGuardsOfADeadlock) {
  const Report report = explore(lock_order);
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  EXPECT_THAT(report.failures.front().also, IsEmpty());
}

/// Misbehaves in its destructor in every way that it can.
class Saboteur {
 public:
  Saboteur(Lock& lock, Event& event, Semaphore& semaphore)
      : lock_(lock), event_(event), semaphore_(semaphore) {}
  ~Saboteur() {
    check(false, "a check in a destructor");
    EXPECT_EQ(1, 2) << "an expectation in a destructor";
    lock_.release();
    lock_.release();
    event_.set();
    event_.clear();
    semaphore_.release();
    EXPECT_EQ(choose(3), 0U);
  }
  Saboteur(const Saboteur&) = delete;
  Saboteur& operator=(const Saboteur&) = delete;

 private:
  Lock& lock_;
  Event& event_;
  Semaphore& semaphore_;
};

Task<> sabotages(Lock& lock, Event& event, Semaphore& semaphore) {
  const Saboteur saboteur(lock, event, semaphore);
  co_await event.wait();
}
Task<> sabotaged() {
  Lock lock;
  Event event;
  BoundedSemaphore semaphore(1);
  co_await gather(sabotages(lock, event, semaphore), sabotages(lock, event, semaphore));
}

TEST(TearDown, DropsFailuresAndMakesPrimitivesInert) {
  const Report report = explore(sabotaged);
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  EXPECT_THAT(report.failures.front().also, IsEmpty());
  EXPECT_EQ(report.failures.front().schedule.trace.steps.size(), 3U);  // The body and two starts.
}

Task<> owns_a_lock(Lock*& published) {
  Lock lock("of the younger task");
  published = &lock;
  co_await wait_all_tasks_blocked();
  Event never;
  co_await never.wait();
}
Task<> holds(Lock*& published) {
  while (published == nullptr) co_await yield();
  const LockGuard guard = co_await published->scoped();
  Event never;
  co_await never.wait();
}
Task<> guard_outlives_lock() {
  Lock* published = nullptr;
  co_await gather(holds(published), owns_a_lock(published));
}

// Younger frames go first, so the lock dies before the guard: that may not touch it.
// (AddressSanitizer sees it if it does.)
TEST(TearDown, LetsAGuardOutliveItsLock) {
  EXPECT_THAT(explore(guard_outlives_lock, {.strategy = production()}),
              FailsWith(FailureKind::deadlock));
}

Task<> keeps_a_handle(std::vector<TaskHandle<>>& kept) {
  const auto quick = []() -> Task<> { co_return; };
  kept.push_back(spawn(quick()));
  co_await kept.back();
}

// A handle that outlives its execution is of no use and does no harm.
TEST(TearDown, LeavesOldHandlesHarmless) {
  std::vector<TaskHandle<>> kept;
  EXPECT_THAT(explore([&kept] { return keeps_a_handle(kept); }), PassesExhaustively());
  ASSERT_FALSE(kept.empty());
  EXPECT_THROW(static_cast<void>(kept.front().done()), Error);
  const TaskHandle<> copy = kept.front();  // NOLINT(performance-unnecessary-copy-initialization)
  EXPECT_THROW(static_cast<void>(copy.cancel()), Error);
  kept.clear();
}

}  // namespace
}  // namespace coweave
