// Primitives that are older than an execution, and those that wait for them when it ends.
#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace coweave {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Older {
  Lock lock{"older lock"};
  Event event{"older event"};
  Semaphore semaphore{0, "older semaphore"};
  Queue<int> queue{1, "older queue"};
  Condition condition;
  Barrier barrier{2, "older barrier"};
};

Task<> waits_for_event(Older& older) { co_await older.event.wait(); }
Task<> waits_for_permit(Older& older) { co_await older.semaphore.acquire(); }
Task<> gets(Older& older) {
  while (true) static_cast<void>(co_await older.queue.get());
}
Task<> waits_for_condition(Older& older) {
  co_await older.condition.acquire();
  co_await older.condition.wait();
}
Task<> waits_for_party(Older& older) { static_cast<void>(co_await older.barrier.wait()); }

// Daemons that wait when the body ends leave the queues of what lives on, in every execution.
TEST(OlderObjects, DaemonsLeaveTheirQueuesAtTheEnd) {
  Older older;
  const auto waits = [](Older& things) -> Task<> {
    for (auto* start : {waits_for_event, waits_for_permit, gets, waits_for_condition})
      static_cast<void>(spawn_daemon(start(things)));
    co_await wait_all_tasks_blocked();
  };
  EXPECT_THAT(explore([&] { return waits(older); }), PassesExhaustively());
  // Nobody is left in them.
  older.event.set();
  older.semaphore.release();
  EXPECT_EQ(older.semaphore.value(), 1);
  older.queue.put_nowait(1);
  EXPECT_EQ(older.queue.get_nowait(), 1);
}

TEST(OlderObjects, AStaticWorkerServesEveryExecution) {
  static Queue<int> lines;
  static int written = 0;
  const auto worker = []() -> Task<> {
    while (true) {
      static_cast<void>(co_await lines.get());
      ++written;
      lines.task_done();
    }
  };
  const auto body = [&worker]() -> Task<> {
    written = 0;
    static_cast<void>(spawn_daemon(worker(), "worker"));
    lines.put_nowait(1);
    lines.put_nowait(2);
    co_await lines.join();
    EXPECT_EQ(written, 2);
  };
  const Report report = explore(body);
  EXPECT_THAT(report, PassesExhaustively());
}

// A barrier whose last party stands in it, ready, when the body ends.
TEST(OlderObjects, APartyThatIsReadyLeavesTheBarrier) {
  Older older;
  const auto body = [](Older& things) -> Task<> {
    static_cast<void>(spawn_daemon(waits_for_party(things)));
    static_cast<void>(spawn_daemon(waits_for_party(things)));
    co_await yield();
    co_await yield();
    things.barrier.reset();
  };
  const Report report = explore([&] { return body(older); }, {.strategy = exhaustive()});
  EXPECT_TRUE(report.failures.empty() ||
              report.failures.front().kind == FailureKind::nondeterminism)
      << report;
  EXPECT_EQ(older.barrier.n_waiting(), 0U);
}

// The lock is still held when the next execution begins: said by name.
TEST(OlderObjects, WhatOneExecutionLeavesHeldIsNamedInNondeterminism) {
  Older older;
  const auto holds = [](Older& things) -> Task<> {
    const auto guard = co_await things.lock.scoped();
    co_await sleep_for(std::chrono::hours(1));
  };
  const auto body = [&holds](Older& things) -> Task<> {
    static_cast<void>(spawn_daemon(holds(things), "holds"));
    co_await yield();
    co_await yield();
  };
  const Report report = explore([&] { return body(older); });
  EXPECT_THAT(report, FailsWith(FailureKind::nondeterminism));
  ASSERT_FALSE(report.failures.empty());
  EXPECT_THAT(report.failures.front().details,
              Contains(HasSubstr("lock \"older lock\" (created at")));
  EXPECT_THAT(report.failures.front().details, Contains(HasSubstr("older than the execution")));
}

TEST(OlderObjects, ADeadlockOnOneIsNamed) {
  Older older;
  const auto body = [](Older& things) -> Task<> { co_await things.event.wait(); };
  const Report report = explore([&] { return body(older); });
  EXPECT_THAT(report, FailsWith(FailureKind::deadlock));
  ASSERT_FALSE(report.failures.empty());
  EXPECT_THAT(report.failures.front().details, Contains(HasSubstr("is older than the execution")));
}

TEST(OlderObjects, ALeakThatWaitsForOneIsNamed) {
  Older older;
  const auto body = [](Older& things) -> Task<> {
    static_cast<void>(spawn(waits_for_event(things)));
    co_await wait_all_tasks_blocked();
  };
  const Report report = explore([&] { return body(older); });
  EXPECT_THAT(report, FailsWith(FailureKind::leaked_task));
  ASSERT_FALSE(report.failures.empty());
  EXPECT_THAT(report.failures.front().details, Contains(HasSubstr("\"older event\"")));
}

TEST(OlderObjects, NoneIsNamedWhereAllAreTheExecutionsOwn) {
  const auto body = []() -> Task<> {
    Older own;
    co_await own.event.wait();
  };
  const Report report = explore(body);
  EXPECT_THAT(report, FailsWith(FailureKind::deadlock));
  ASSERT_FALSE(report.failures.empty());
  EXPECT_THAT(report.failures.front().details, Not(Contains(HasSubstr("is older"))));
}

// An object that is used, and waited for by nobody, has nothing to do with a deadlock.
TEST(OlderObjects, OneThatNobodyWaitsForIsNotNamed) {
  Older older;
  const auto body = [](Older& things) -> Task<> {
    things.event.set();
    Event never;
    co_await never.wait();
  };
  const Report report = explore([&] { return body(older); });
  ASSERT_FALSE(report.failures.empty());
  EXPECT_THAT(report.failures.front().details, IsEmpty());
}

// A group and a timeout scope that outlive the execution they were entered in.
TEST(OlderObjects, AGroupAndAScopeOfAnExecutionThatHasEndedRefuse) {
  auto group = std::make_unique<TaskGroup>();
  std::optional<TimeoutScope> scope;
  const auto waits = [](Event& event) -> Task<> { co_await event.wait(); };
  const auto first = [&]() -> Task<> {
    Event never;
    scope.emplace(std::chrono::hours(1));
    const auto in_group = [&](TaskGroup& running) -> Task<> {
      static_cast<void>(running.spawn(waits(never)));
      co_await scope->run(waits(never));
    };
    static_cast<void>(spawn_daemon(group->run(in_group)));
    co_await yield();
    co_await yield();
    co_await yield();
    check(false, "ends while the group runs");
  };
  EXPECT_FALSE(explore(first, {.strategy = production(),
                               .shrink = {.max_executions = 0},
                               .compare_await_points = false})
                   .failures.empty());
  const auto second = [&]() -> Task<> {
    Event event;
    event.set();
    EXPECT_THROW(static_cast<void>(group->spawn(waits(event))), MisuseError);
    EXPECT_THROW(scope->reschedule(std::nullopt), MisuseError);
    co_await yield();
  };
  EXPECT_THAT(explore(second), PassesExhaustively());
  group.reset();
}

}  // namespace
}  // namespace coweave
