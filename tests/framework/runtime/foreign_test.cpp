#include "coweave/runtime/foreign.hpp"

#include <chrono>
#include <coroutine>
#include <thread>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace coweave {
namespace {

/// An event in the manner of other libraries: resumes its waiter on the spot.
class InlineEvent {
 public:
  auto operator co_await() {
    struct Awaiter {
      explicit Awaiter(InlineEvent& waited) : event(waited) {}
      bool await_ready() const { return event.is_set_; }
      void await_suspend(std::coroutine_handle<> waiter) { event.waiters_.push_back(waiter); }
      int await_resume() const { return 7; }
      InlineEvent& event;
    };
    return Awaiter(*this);
  }
  void set() {
    is_set_ = true;
    for (const std::coroutine_handle<> waiter : std::exchange(waiters_, {})) waiter.resume();
  }
  [[nodiscard]] const std::vector<std::coroutine_handle<>>& waiters() const { return waiters_; }

 private:
  bool is_set_ = false;
  std::vector<std::coroutine_handle<>> waiters_;
};

Task<> waits(InlineEvent& event, int& got) { got = co_await event; }
Task<> sets(InlineEvent& event) {
  event.set();
  co_return;
}

// Two tasks, `waits` start (w), its resume (r), `sets` start (s): w s, where r is inline in s, w s
// r, and s w; under `every` the await of the set event is one point more, s w r, so the number
// stays 3.
TEST(Foreign, AnAwaitIsASchedulingPointAndGivesItsResult) {
  const auto body = []() -> Task<> {
    InlineEvent event;
    int got = 0;
    co_await gather(waits(event, got), sets(event));
    EXPECT_EQ(got, 7);
  };
  const Report report = explore(body, {.strategy = exhaustive()});
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_EQ(report.schedules, 3U);
}

struct ResumedInSuspend {
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) const { waiter.resume(); }
  int await_resume() const { return 3; }
};
struct RefusesToSuspend {
  bool await_ready() const { return false; }
  bool await_suspend(std::coroutine_handle<> /*waiter*/) const { return false; }
  int await_resume() const { return 4; }
};
struct ReturnsTheWaiter {
  bool await_ready() const { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) const { return waiter; }
  int await_resume() const { return 5; }
};

COWEAVE_TEST(Foreign, ResumedWithinItsOwnStepItIsComplete) {
  EXPECT_EQ(co_await ResumedInSuspend(), 3);
  EXPECT_EQ(co_await RefusesToSuspend(), 4);
  EXPECT_EQ(co_await ReturnsTheWaiter(), 5);
  co_await std::suspend_never();
}

// No thread and no reactor could resume it: see other_threads_test.cpp for what could be.
TEST(Foreign, ResumedByNothingIsADeadlockWithItsPlace) {
  const auto body = []() -> Task<> { co_await std::suspend_always(); };
  const Report report = explore(body);
  EXPECT_THAT(report, FailsWith(FailureKind::deadlock));
  EXPECT_EQ(report.failures.front().place.line, static_cast<std::uint32_t>(__LINE__ - 3));
}

TEST(Foreign, ResumedFromAnotherThreadIsReportedNotHungOn) {
  const auto body = []() -> Task<> {
    InlineEvent event;
    const auto wait = [](InlineEvent& waited) -> Task<> { co_await waited; };
    const TaskHandle<> handle = spawn(wait(event), "waiter");
    co_await yield();
    std::thread([&event] { event.set(); }).join();
    co_await handle;
  };
  EXPECT_THAT(explore(body, {.compare_await_points = false}),
              FailsWith(FailureKind::uncontrolled, ::testing::HasSubstr("another thread")));
}

// The foreign code keeps the handle beyond the execution and resumes it then: nothing happens.
TEST(Foreign, ALateResumeHasNoEffect) {
  std::vector<std::coroutine_handle<>> kept;
  const auto body = [&kept]() -> Task<> {
    struct Keep {
      explicit Keep(std::vector<std::coroutine_handle<>>& handles) : where(handles) {}
      bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> waiter) { where.push_back(waiter); }
      void await_resume() const {}
      std::vector<std::coroutine_handle<>>& where;
    };
    co_await Keep(kept);
  };
  static_cast<void>(explore(body, {.compare_await_points = false}));
  ASSERT_FALSE(kept.empty());
  for (const std::coroutine_handle<> handle : kept) handle.resume();
}

COWEAVE_TEST(Foreign, ACancelledAwaitThrowsAtOnceAndTheLateResumeIsHarmless) {
  InlineEvent event;
  int got = 0;
  const TaskHandle<> handle = spawn(waits(event, got));
  co_await wait_all_tasks_blocked();
  handle.cancel();
  bool cancelled = false;
  try {
    co_await handle;
  } catch (const CancelledError&) {
    cancelled = true;
  }
  EXPECT_TRUE(cancelled);
  event.set();
  EXPECT_EQ(got, 0);
}

TEST(Foreign, UnderRunAnotherThreadMayResume) {
  const auto body = [](InlineEvent& event) -> Task<int> { co_return co_await event; };
  InlineEvent event;
  std::thread other;
  const auto start = [](InlineEvent& waited, std::thread& thread, auto& wait) -> Task<int> {
    const TaskHandle<int> handle = spawn(wait(waited));
    co_await yield();
    thread = std::thread([&waited] { waited.set(); });
    co_return co_await handle;
  };
  EXPECT_EQ(run(start(event, other, body)), 7);
  other.join();
}

/// An awaitable by an operator that is no member, and one whose operator needs an rvalue.
struct ByFreeOperator {
  int value = 1;
};
auto operator co_await(const ByFreeOperator& awaited) {
  struct Awaiter {
    explicit Awaiter(int result) : value(result) {}
    bool await_ready() const { return true; }
    void await_suspend(std::coroutine_handle<>) const {}
    int await_resume() const { return value; }
    int value;
  };
  return Awaiter(awaited.value);
}
class OnceOnly {
 public:
  auto operator co_await() && { return std::suspend_never(); }
};

COWEAVE_TEST(Foreign, IsWhateverTheLanguageAwaits) {
  ByFreeOperator named;
  named.value = 2;
  EXPECT_EQ(co_await named, 2);
  EXPECT_EQ(co_await ByFreeOperator(), 1);
  OnceOnly once;
  co_await std::move(once);
  co_await OnceOnly();
  std::suspend_never never;
  co_await never;
}

static_assert(detail::is_awaitable<const ByFreeOperator&> && detail::is_awaitable<OnceOnly>);
static_assert(!detail::is_awaitable<OnceOnly&> && !detail::is_awaitable<int>);

}  // namespace
}  // namespace coweave
