// Whatever another thread does to an execution is a failure (uncontrolled) with its place, and no
// crash.
#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"
#include "coweave/task/this_task.hpp"

namespace coweave {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// What two tasks wait for, and hold, while another thread does `what`.
struct Things {
  Lock lock{"lock"};
  Event event{"event"};
  Semaphore semaphore{0, "semaphore"};
  Queue<int> queue{0, "queue"};
  Condition condition;
  Barrier barrier{2, "barrier"};
  Shared<int> value{0, "value"};
  Future<int> future{"future"};
  std::optional<TaskHandle<>> handle;
  std::optional<ThisTask> body;
  TaskGroup new_group;
  TaskGroup* group = nullptr;
  TimeoutScope new_scope{std::nullopt};
  TimeoutScope* scope = nullptr;
  std::optional<CompletionOrder<void>> order;
};
Task<> waits_for_lock(Things& things) { const auto guard = co_await things.lock.scoped(); }
Task<> waits_for_event(Things& things) { co_await things.event.wait(); }
Task<> waits_for_permit(Things& things) { co_await things.semaphore.acquire(); }
Task<> waits_for_item(Things& things) { static_cast<void>(co_await things.queue.get()); }
Task<> waits_for_result(Things& things) { static_cast<void>(co_await things.future); }
Task<> waits_for_party(Things& things) { co_await things.barrier.wait(); }
Task<> waits_in_group(Things& things) {
  co_await task_group([&things](TaskGroup& group) -> Task<> {
    things.group = &group;
    co_await things.event.wait();
  });
}
Task<> waits_in_scope(Things& things) {
  co_await with_timeout(1h, [&things](TimeoutScope& scope) -> Task<> {
    things.scope = &scope;
    co_await things.event.wait();
  });
}

Report explore_with_thread(const std::function<void(Things&)>& what) {
  const auto body = [&what]() -> Task<> {
    Things things;
    things.body = this_task();
    co_await things.lock.acquire();
    things.handle = spawn_daemon(waits_for_lock(things), "lock");
    static_cast<void>(spawn_daemon(waits_for_event(things), "event"));
    static_cast<void>(spawn_daemon(waits_for_permit(things), "permit"));
    static_cast<void>(spawn_daemon(waits_for_item(things), "item"));
    static_cast<void>(spawn_daemon(waits_for_party(things), "party"));
    static_cast<void>(spawn_daemon(waits_for_result(things), "result"));
    static_cast<void>(spawn_daemon(waits_in_group(things), "group"));
    static_cast<void>(spawn_daemon(waits_in_scope(things), "scope"));
    things.order.emplace(std::vector{*things.handle});
    co_await wait_all_tasks_blocked();
    std::thread other([&] { what(things); });
    other.join();
    co_await yield();
  };
  return explore(
      body,
      {.strategy = production(), .shrink = {.max_executions = 0}, .compare_await_points = false});
}

struct Entry {
  const char* name;
  std::function<void(Things&)> call;
  std::uint32_t line;
  friend std::ostream& operator<<(std::ostream& out, const Entry& entry) {
    return out << entry.name;
  }
};
class FromAnotherThread : public ::testing::TestWithParam<Entry> {};

TEST_P(FromAnotherThread, IsUncontrolledWithItsPlace) {
  const Report report = explore_with_thread(GetParam().call);
  EXPECT_THAT(report, FailsWith(FailureKind::uncontrolled, HasSubstr("another thread")));
  if (report.failures.empty()) return;
  // Compilers differ on the line of what spans several.
  EXPECT_NEAR(report.failures.front().place.line, GetParam().line, 2);
}

#define ENTRY(name, code)            \
  Entry {                            \
    name,                            \
        [](Things& things) {         \
          static_cast<void>(things); \
          code;                      \
        },                           \
        __LINE__                     \
  }
// Not within another macro, whose line all of them would have.
std::vector<Entry> entries() {
  return {
      ENTRY("EventSet", things.event.set()),
      ENTRY("EventClear", things.event.clear()),
      ENTRY("LockRelease", things.lock.release()),
      ENTRY("SemaphoreRelease", things.semaphore.release()),
      ENTRY("QueuePut", things.queue.put_nowait(1)),
      ENTRY("QueueGet", EXPECT_THROW(static_cast<void>(things.queue.get_nowait()), QueueEmpty)),
      ENTRY("QueueShutdown", things.queue.shutdown()),
      ENTRY("QueueTaskDone", things.queue.task_done()),
      ENTRY("BarrierReset", things.barrier.reset()),
      ENTRY("BarrierAbort", things.barrier.abort()),
      ENTRY("FutureResult", things.future.set_result(1)),
      ENTRY("FutureException", things.future.set_exception(std::runtime_error("lost"))),
      ENTRY("FutureCancel", EXPECT_FALSE(things.future.cancel())),
      ENTRY("SharedRead", static_cast<void>(things.value.read())),
      ENTRY("SharedWrite", things.value.write(1)),
      ENTRY("Cancel", EXPECT_FALSE(things.handle->cancel())),
      ENTRY("Done", EXPECT_FALSE(things.handle->done())),
      ENTRY("Name", EXPECT_EQ(things.handle->name(), "")),
      ENTRY("CancelBody", EXPECT_FALSE(things.body->cancel())),
      ENTRY("Spawn", static_cast<void>(spawn(waits_for_event(things)))),
      ENTRY("SpawnDaemon", static_cast<void>(spawn_daemon(waits_for_event(things)))),
      ENTRY("SpawnEager", static_cast<void>(spawn(waits_for_event(things), Start::eager))),
      ENTRY("SpawnDaemonEager",
            static_cast<void>(spawn_daemon(waits_for_event(things), Start::eager))),
      ENTRY("GroupSpawn", static_cast<void>(things.group->spawn(waits_for_event(things)))),
      ENTRY("GroupSpawnEager",
            static_cast<void>(things.group->spawn(waits_for_event(things), Start::eager))),
      ENTRY("GroupCancel", things.group->cancel()),
      ENTRY("GroupRunning", EXPECT_EQ(things.group->running(), 0U)),
      ENTRY("NewGroupSpawn", static_cast<void>(things.new_group.spawn(waits_for_event(things)))),
      ENTRY("NewGroupCancel", things.new_group.cancel()),
      ENTRY("ScopeReschedule", things.scope->reschedule(std::nullopt)),
      ENTRY("ScopeWhen", EXPECT_EQ(things.scope->when(), std::nullopt)),
      ENTRY("ScopeExpired", EXPECT_FALSE(things.scope->expired())),
      ENTRY("NewScopeReschedule", things.new_scope.reschedule(std::nullopt)),
      ENTRY("Remaining", EXPECT_EQ(things.order->remaining(), 0U)),
      ENTRY("ThisTask", EXPECT_THROW(static_cast<void>(this_task()), Error)),
      ENTRY("Invariant", static_cast<void>(invariant([] { return true; }, "holds"))),
      ENTRY("MayFail", may_fail("disk full")),
      ENTRY("Sometimes", EXPECT_TRUE(sometimes(true, "seen"))),
      ENTRY("Choose", EXPECT_EQ(choose(3), 0U)),
      ENTRY("Check", EXPECT_FALSE(check(false, "x"))),
      ENTRY("Now", static_cast<void>(now())),
      ENTRY("Post", post([] {}))};
}
#undef ENTRY
INSTANTIATE_TEST_SUITE_P(All, FromAnotherThread, ::testing::ValuesIn(entries()),
                         [](const ::testing::TestParamInfo<Entry>& entry) {
                           return std::string(entry.param.name);
                         });

// A look has no place of its own: the object's is shown.
TEST(OtherThreads, ALookIsUncontrolledToo) {
  EXPECT_THAT(explore_with_thread([](Things& things) { EXPECT_FALSE(things.event.is_set()); }),
              FailsWith(FailureKind::uncontrolled, HasSubstr("event \"event\"")));
  EXPECT_THAT(explore_with_thread([](Things& things) { EXPECT_TRUE(things.lock.locked()); }),
              FailsWith(FailureKind::uncontrolled, HasSubstr("lock \"lock\"")));
  EXPECT_THAT(explore_with_thread([](Things& things) { EXPECT_FALSE(things.condition.locked()); }),
              FailsWith(FailureKind::uncontrolled, HasSubstr("use of lock")));
}

/// Starts at once; nothing of it is left when it ends.
struct Eager {
  struct promise_type {
    Eager get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};
template <class Awaitable>
Eager awaits(Awaitable awaitable, int& errors) {
  try {
    static_cast<void>(co_await awaitable());
  } catch (const Error&) {
    ++errors;
  }
}

// Each could complete at once, without a suspension.
TEST(OtherThreads, AnAwaitThereHasNoEffect) {
  int errors = 0;
  const auto body = [&errors]() -> Task<> {
    Lock lock("lock");
    Semaphore semaphore(1, "semaphore");
    Queue<int> queue(0, "queue");
    Barrier barrier(1, "barrier");
    Shared<int> value(0, "value");
    queue.put_nowait(1);
    errors = 0;
    std::thread other([&] {
      awaits([&] { return lock.acquire(); }, errors);
      awaits([&] { return semaphore.acquire(); }, errors);
      awaits([&] { return queue.get(); }, errors);
      awaits([&] { return queue.put(2); }, errors);
      awaits([&] { return barrier.wait(); }, errors);
      value.write(1);
      value.update([](int& changed) { changed = 2; });
    });
    other.join();
    EXPECT_FALSE(lock.locked());
    EXPECT_EQ(semaphore.value(), 1);
    EXPECT_EQ(queue.size(), 1U);
    EXPECT_EQ(value.read(), 0);
    co_await yield();
  };
  const Report report =
      explore(body, {.shrink = {.max_executions = 0}, .compare_await_points = false});
  EXPECT_EQ(errors, 5);
  ASSERT_THAT(report, FailsWith(FailureKind::uncontrolled));
  for (const char* const use : {"acquire of lock", "acquire of semaphore", "get of queue",
                                "put of queue", "wait of barrier", "write of shared"})
    EXPECT_THAT(::testing::PrintToString(report), HasSubstr(use));
}

TEST(OtherThreads, NothingIsClaimedOfAThreadThatUsesItsOwnThings) {
  const auto body = []() -> Task<> {
    std::thread other([] {
      Event own;
      own.set();
      Lock lock;
      Queue<int> queue;
      queue.put_nowait(1);
      EXPECT_EQ(queue.get_nowait(), 1);
      Shared<int> value = 1;
      value = value.read() + 1;
    });
    other.join();
    co_await yield();
  };
  EXPECT_THAT(explore(body), PassesExhaustively());
}

TEST(OtherThreads, OutsideAnyExecutionPrimitivesWork) {
  Event event;
  event.set();
  EXPECT_TRUE(event.is_set());
  Queue<int> queue;
  queue.put_nowait(3);
  EXPECT_EQ(queue.get_nowait(), 3);
  EXPECT_THROW(choose(2), Error);
  EXPECT_THROW(static_cast<void>(spawn(waits_for_event(*std::make_unique<Things>()))), Error);
}

struct ResumedByThread {
  ResumedByThread(std::thread& resumer, std::chrono::milliseconds delay)
      : thread(resumer), after(delay) {}
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    thread = std::thread([waiter, delay = after] {
      std::this_thread::sleep_for(delay);
      waiter.resume();
    });
  }
  void await_resume() const {}
  std::thread& thread;
  std::chrono::milliseconds after;
};

// The resume is waited for, and the program goes on as it does in production.
TEST(OtherThreads, AResumeIsWaitedFor) {
  int ended = 0;
  const auto body = [&]() -> Task<> {
    std::thread thread;
    co_await ResumedByThread(thread, 5ms);
    thread.join();
    ++ended;
  };
  const Report report =
      explore(body, {.shrink = {.max_executions = 0}, .compare_await_points = false});
  EXPECT_THAT(report, FailsWith(FailureKind::uncontrolled, HasSubstr("resumed by another thread")));
  EXPECT_GE(ended, 2);  // In the search, and where it was written down.
  EXPECT_THAT(report.failures.front().also, ::testing::IsEmpty());
}

// A daemon's resume may come when the body has ended: never "every interleaving".
TEST(OtherThreads, AResumeThatNobodyWaitsForIsSaid) {
  const auto body = []() -> Task<> {
    const auto daemon = [](std::thread& started) -> Task<> {
      co_await ResumedByThread(started, 0ms);
    };
    std::thread thread;
    static_cast<void>(spawn_daemon(daemon(thread)));
    co_await yield();
    co_await yield();
    if (thread.joinable()) thread.join();
  };
  EXPECT_THAT(explore(body, {.strategy = production(), .compare_await_points = false}),
              FailsWith(FailureKind::uncontrolled));
}

// Whether a thread that lives will resume it, nobody can know.
TEST(OtherThreads, AnAwaitBesideALivingThreadIsUncontrolled) {
  std::jthread other([](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::this_thread::sleep_for(1ms);
  });
  const auto body = []() -> Task<> { co_await std::suspend_always(); };
  EXPECT_THAT(explore(body, {.stuck_after = 200ms,
                             .shrink = {.max_executions = 0},
                             .compare_await_points = false}),
              FailsWith(FailureKind::uncontrolled, HasSubstr("another thread of the process")));
}

// A thread that the test starts, and that comes while the execution waits in vain.
TEST(OtherThreads, AThreadThatComesLateIsWaitedFor) {
  const auto body = []() -> Task<> {
    auto event = std::make_shared<Event>("late");
    std::thread([event] {
      std::this_thread::sleep_for(20ms);
      event->set();
    }).detach();
    co_await event->wait();
  };
  EXPECT_THAT(explore(body, {.strategy = production(),
                             .shrink = {.max_executions = 0},
                             .compare_await_points = false}),
              FailsWith(FailureKind::uncontrolled, HasSubstr("set of event \"late\"")));
}

// A Task that another thread destroys: its memory belongs to the execution.
TEST(OtherThreads, ATaskMayBeDestroyedThere) {
  const auto body = []() -> Task<> {
    Event event;
    const auto unused = [](Event& waited) -> Task<> { co_await waited.wait(); };
    auto task = std::make_unique<Task<>>(unused(event));
    std::thread other([&task] { task.reset(); });
    other.join();
    co_await yield();
  };
  EXPECT_THAT(explore(body), PassesExhaustively());
}

// An exploration within a step wakes a task of the one around it.
TEST(OtherThreads, AnExplorationWithinAStepIsOneToo) {
  const auto body = []() -> Task<> {
    Event event("outer");
    const auto waits = [](Event& waited) -> Task<> { co_await waited.wait(); };
    const auto handle = spawn_daemon(waits(event));
    co_await wait_all_tasks_blocked();
    const auto inner = [&event]() -> Task<> {
      event.set();
      co_await yield();
    };
    static_cast<void>(explore(inner, {.strategy = production(), .name = "inner"}));
    co_await yield();
  };
  EXPECT_THAT(
      explore(body, {.shrink = {.max_executions = 0}, .compare_await_points = false}),
      FailsWith(FailureKind::uncontrolled, HasSubstr("by an exploration within one of its steps")));
}

TEST(OtherThreads, ExplorationsOnTwoThreadsDoNotMeet) {
  const auto explores = [] {
    const auto body = []() -> Task<> {
      Lock lock;
      int n = 0;
      const auto adds = [](Lock& held, int& count) -> Task<> {
        const auto guard = co_await held.scoped();
        const int seen = count;
        co_await yield();
        count = seen + 1;
      };
      co_await gather(adds(lock, n), adds(lock, n), adds(lock, n));
      EXPECT_EQ(n, 3);
    };
    for (int i = 0; i < 5; ++i) EXPECT_THAT(explore(body), Passes());
  };
  std::thread first(explores);
  std::thread second(explores);
  first.join();
  second.join();
}

TEST(OtherThreads, UnderRunAUseIsAnErrorAndAPostRuns) {
  const auto used = []() -> Task<> {
    Event event;
    std::thread other([&event] {
      std::this_thread::sleep_for(1ms);
      event.set();
    });
    co_await sleep_for(20ms);
    other.join();
    co_await sleep_for(1ms);
  };
  EXPECT_THROW(run(used()), Error);
  bool is_over = false;
  const auto posted = [&is_over]() -> Task<> {
    Event event;
    std::thread other([&event] { post([&event] { event.set(); }); });
    const bool came = co_await event.wait();
    other.join();
    EXPECT_TRUE(came);
    is_over = true;
  };
  // While a task sleeps, nothing is a deadlock, however late the thread comes.
  const auto sleeps = [&is_over]() -> Task<> {
    while (!is_over) co_await sleep_for(1ms);
  };
  const auto guarded = [&sleeps](auto& program) -> Task<> { co_await gather(program(), sleeps()); };
  run(guarded(posted));
}

}  // namespace
}  // namespace coweave
