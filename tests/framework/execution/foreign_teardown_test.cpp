// A failed execution that leaves coroutines waiting in another library, whose destructors end the
// process or run on: the failure is reported all the same.
#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"
#include "coweave/task/this_task.hpp"
#include "framework/execution/hostile_library.hpp"

namespace coweave {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A scheduling point for coroutines of any type.
struct Hop {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) const { post(waiter, "hop"); }
  void await_resume() const noexcept {}
};

Task<> as_task(hostile::task task) { co_await std::move(task); }
hostile::task locks_both(hostile::mutex& first, hostile::mutex& second) {
  const auto outer = co_await first.scoped();
  co_await Hop();
  const auto inner = co_await second.scoped();
}
Task<> lock_order() {
  hostile::mutex a;
  hostile::mutex b;
  co_await gather(as_task(locks_both(a, b)), as_task(locks_both(b, a)));
}
Task<> task_locks_both(hostile::mutex& first, hostile::mutex& second) {
  const auto outer = co_await first.scoped();
  co_await yield();
  const auto inner = co_await second.scoped();
}
Task<> lock_order_of_tasks() {
  hostile::mutex a;
  hostile::mutex b;
  co_await gather(task_locks_both(a, b), task_locks_both(b, a));
}
hostile::task waits(hostile::event& event) { co_await event; }
Task<> task_waits(hostile::event& event) { co_await event; }
Task<> lost_wake_up() {
  hostile::event event;
  co_await gather(as_task(waits(event)), task_waits(event));
}

void expect_deadlock(const Report& report) {
  EXPECT_THAT(report, FailsWith(FailureKind::deadlock, HasSubstr("tasks wait")));
  ASSERT_FALSE(report.failures.empty());
  EXPECT_THAT(report.failures.front().also, IsEmpty());
  EXPECT_NE(report.failures.front().place.line, 0U);
  EXPECT_THAT(report.warnings, Contains(AllOf(HasSubstr("leaked, not destroyed"))));
}

TEST(ForeignTearDown, ADeadlockInALibrarysMutexesIsADeadlock) {
  expect_deadlock(explore(lock_order));
  expect_deadlock(explore(lock_order_of_tasks));
}

TEST(ForeignTearDown, ALostWakeUpInALibrarysEventIsADeadlock) {
  expect_deadlock(explore(lost_wake_up));
  expect_deadlock(explore(lost_wake_up, {.strategy = exhaustive(), .keep_going = true}));
  expect_deadlock(explore(lost_wake_up, {.strategy = dpor()}));
}

// The body, two starts, and the hops or yields: every replay is the same deadlock.
TEST(ForeignTearDown, ADeadlockReplays) {
  const Report found = explore(lock_order);
  ASSERT_THAT(found, FailsWith(FailureKind::deadlock));
  const Report again = replay(lock_order, found.failures.front().schedule);
  EXPECT_THAT(again, FailsWith(FailureKind::deadlock));
  EXPECT_THAT(again.warnings, Contains(HasSubstr("leaked")));
}

hostile::task holds(hostile::mutex& mutex, int& n) {
  const auto guard = co_await mutex.scoped();
  co_await Hop();
  ++n;
}
Task<> leaves_early() {
  hostile::mutex mutex;
  int n = 0;
  const TaskHandle<> first = spawn(as_task(holds(mutex, n)));
  const TaskHandle<> second = spawn(as_task(holds(mutex, n)));
  co_await yield();
  CO_ASSERT_EQ(n, 5) << "the body ends early";
  co_await first;
  co_await second;
}

TEST(ForeignTearDown, ABodyThatEndsEarlyFailsByItsCheck) {
  EXPECT_THAT(explore(leaves_early), FailsWith(FailureKind::check, HasSubstr("ends early")));
}

struct Counted {
  explicit Counted(int& alive) : count(alive) { ++count; }
  ~Counted() { --count; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  int& count;
};
Task<> waits_counted(hostile::event& event, int& alive) {
  const Counted counted(alive);
  co_await event;
}

// What passes is destroyed, and so is what fails without a foreign await.
TEST(ForeignTearDown, LeaksNothingWhereNothingForeignWaits) {
  int alive = 0;
  const auto sets = [](hostile::event& event) -> Task<> {
    event.set();
    co_return;
  };
  const auto passes = [&]() -> Task<> {
    hostile::event event;
    co_await gather(waits_counted(event, alive), sets(event));
  };
  const Report passing = explore(passes);
  EXPECT_THAT(passing, PassesExhaustively());
  EXPECT_THAT(passing.warnings, Not(Contains(HasSubstr("leaked"))));
  EXPECT_EQ(alive, 0);
  const auto own = [&]() -> Task<> {
    const Counted counted(alive);
    Event never;
    co_await never.wait();
  };
  const Report failing = explore(own);
  EXPECT_THAT(failing, FailsWith(FailureKind::deadlock));
  EXPECT_THAT(failing.warnings, Not(Contains(HasSubstr("leaked"))));
  EXPECT_EQ(alive, 0);
}

// A handle of a leaked execution is resumed during a later one: nobody hears it.
TEST(ForeignTearDown, ALateResumeOfWhatWasLeakedHasNoEffect) {
  std::vector<std::coroutine_handle<>> kept;
  struct Keep {
    explicit Keep(std::vector<std::coroutine_handle<>>& handles) : where(handles) {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiter) { where.push_back(waiter); }
    void await_resume() const {}
    std::vector<std::coroutine_handle<>>& where;
  };
  const auto awaits = [](std::vector<std::coroutine_handle<>>& handles) -> Task<> {
    co_await Keep(handles);
  };
  EXPECT_THAT(explore([&] { return awaits(kept); }, {.compare_await_points = false}),
              FailsWith(FailureKind::deadlock));
  ASSERT_FALSE(kept.empty());
  const auto resumes = [&]() -> Task<> {
    for (const std::coroutine_handle<> handle : kept) handle.resume();
    co_await yield();
  };
  EXPECT_THAT(explore(resumes), PassesExhaustively());
}

// Frames that were leaked keep their memory: later executions of the same search do not use it.
TEST(ForeignTearDown, MemoryOfWhatWasLeakedIsNotUsedAgain) {
  std::vector<const std::vector<int>*> kept;
  const auto body = [&]() -> Task<> {
    const std::vector<int> mine(3, 7);
    kept.push_back(&mine);
    co_await yield();
    hostile::event never;
    co_await never;
  };
  const Report report = explore(body, {.shrink = {.max_executions = 50}});
  EXPECT_THAT(report, FailsWith(FailureKind::deadlock));
  ASSERT_GT(kept.size(), 1U);
  for (const std::vector<int>* each : kept) EXPECT_THAT(*each, ElementsAre(7, 7, 7));
}

struct Never {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> /*waiter*/) const noexcept {}
  void await_resume() const noexcept {}
};
Task<> awaits_never() { co_await Never(); }
Task<> outlasts_deadline(Event& event) {
  try {
    co_await event.wait();
    co_return;
  } catch (const CancelledError&) {  // Nothing may be awaited here.
  }
  co_await event.wait();
}
hostile::owned waits_limited(Event& event, Clock::duration limit) {
  co_await with_timeout(limit, outlasts_deadline(event));
}

/// Leaks what waits, before or after its deadline; it is destroyed in the next execution, and the
/// last one when there is none.
void expect_limited_waits_are_destroyed(Clock::duration limit) {
  Event event;
  std::vector<hostile::owned> owners;
  const auto body = [&]() -> Task<> {
    owners.clear();
    static_cast<void>(spawn_daemon(awaits_never()));
    post([&] { owners.push_back(waits_limited(event, limit)); });
    co_await sleep_for(std::chrono::seconds(1));
    check(false, "too early");
  };
  const Report report = explore(body, {.strategy = production(), .compare_await_points = false});
  EXPECT_THAT(report, FailsWith(FailureKind::check, HasSubstr("too early")));
  EXPECT_THAT(report.warnings, Contains(HasSubstr("leaked")));
  EXPECT_EQ(owners.size(), 1U);
}

TEST(ForeignTearDown, AWaitWithADeadlineMayBeDestroyedAfterItsExecution) {
  expect_limited_waits_are_destroyed(std::chrono::hours(1));
  expect_limited_waits_are_destroyed(std::chrono::milliseconds(1));
}

hostile::owned waits_for(Event& event) { co_await event.wait(); }

// In one step the task is cancelled, starts to wait, and what it waits for is destroyed.
TEST(ForeignTearDown, ACancelledTaskMayWaitForWhatIsGoneInTheSameStep) {
  std::vector<hostile::owned> owners;
  const auto body = [&]() -> Task<> {
    post([&] {
      this_task().cancel();
      Event event("short-lived");
      owners.push_back(waits_for(event));
    });
    co_await wait_all_tasks_blocked();
  };
  EXPECT_THAT(explore(body, {.strategy = production()}),
              FailsWith(FailureKind::misuse, HasSubstr("short-lived")));
}

class SavedEarly : public ::testing::Test {
 protected:
  ~SavedEarly() override { std::filesystem::remove_all(directory_); }
  [[nodiscard]] std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(directory_))
      found.push_back(entry.path());
    return found;
  }
  const std::filesystem::path directory_ =
      std::filesystem::path(::testing::TempDir()) /
      ("coweave-early-" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()));
};

// While the failed execution is torn down its schedule is there already, and replays.
TEST_F(SavedEarly, BeforeAnythingIsDestroyed) {
  std::vector<Schedule> seen;
  struct Looks {
    Looks(const std::filesystem::path& where, std::vector<Schedule>& found)
        : directory(where), schedules(found) {}
    ~Looks() {
      if (!std::filesystem::exists(directory)) return;
      for (const auto& entry : std::filesystem::directory_iterator(directory))
        schedules.push_back(Schedule::load(entry.path()));
    }
    Looks(const Looks&) = delete;
    Looks& operator=(const Looks&) = delete;
    const std::filesystem::path& directory;
    std::vector<Schedule>& schedules;
  };
  const auto body = [&]() -> Task<> {
    const Looks looks(directory_, seen);
    Event never;
    co_await yield();
    co_await never.wait();
  };
  const Report report = explore(body, {.name = "Early", .schedule_dir = directory_});
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  ASSERT_FALSE(seen.empty());
  ASSERT_TRUE(seen.front().failure);
  EXPECT_EQ(seen.front().failure->kind, FailureKind::deadlock);
  EXPECT_EQ(seen.front().picks, report.failures.front().schedule.picks);
  EXPECT_THAT(seen.front().trace.steps, IsEmpty());
  EXPECT_THAT(replay(body, seen.front()), FailsWith(FailureKind::deadlock));
  // The schedule with its trace has taken its place.
  ASSERT_EQ(files().size(), 1U);
  const Schedule kept = Schedule::load(files().front());
  EXPECT_EQ(kept.picks, seen.front().picks);
  EXPECT_EQ(kept.trace.steps.size(), report.failures.front().schedule.trace.steps.size());
}

Task<> two_ways() {
  if (choose(2) == 0) {
    Event never;
    co_await never.wait();
  }
  check(false, "the other way");
}

TEST_F(SavedEarly, OneFileForEachFailure) {
  const Report report =
      explore(two_ways, {.keep_going = true, .name = "Two", .schedule_dir = directory_});
  EXPECT_EQ(report.failures.size(), 2U);
  EXPECT_EQ(files().size(), 2U);
}

// An execution that does not come back alike is nondeterminism: what was saved early goes.
TEST_F(SavedEarly, NothingIsLeftOfWhatTurnedOutToBeNondeterminism) {
  int executions = 0;
  const auto body = [&]() -> Task<> {
    co_await yield();
    check(executions++ != 0, "the first time only");
  };
  const Report report = explore(body, {.name = "Once", .schedule_dir = directory_});
  EXPECT_THAT(report, FailsWith(FailureKind::nondeterminism));
  ASSERT_EQ(files().size(), 1U);
  EXPECT_FALSE(Schedule::load(files().front()).trace.steps.empty());
}

}  // namespace
}  // namespace coweave
