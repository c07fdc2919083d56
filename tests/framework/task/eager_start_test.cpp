// spawn() with Start::eager: asyncio's eager tasks (CPython 3.12's test_eager_task_factory.py).

#include <chrono>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Task<int> gives(int value) { co_return value; }
Task<int> yields_and_gives(Order& order, int id) {
  order.push_back(id);
  co_await yield();
  order.push_back(10 * id);
  co_return id;
}

TEST(EagerStart, OfATaskThatDoesNotSuspendEndsItWithinSpawn) {
  // One schedule: nothing is ever queued but the body.
  const Report report = explore(
      []() -> Task<> {
        const TaskHandle<int> handle = spawn(gives(3), Start::eager);
        EXPECT_TRUE(handle.done());
        EXPECT_EQ(co_await handle, 3);
      },
      exhaustively(AwaitPoints::suspending));
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_EQ(report.schedules, 1U);
  EXPECT_EQ(report.steps, 1U);
}

// asyncio: what the eager part makes ready stands before what the spawning task makes ready later.
TEST(EagerStart, RunsUpToTheFirstSuspensionAndQueuesTheRest) {
  expect_passes_in_production_order([]() -> Task<> {
    Order order;
    const TaskHandle<int> first = spawn(yields_and_gives(order, 1), Start::eager);
    const TaskHandle<int> second = spawn(yields_and_gives(order, 2));
    EXPECT_THAT(order, ElementsAre(1));
    EXPECT_FALSE(first.done());
    co_await yield();
    EXPECT_THAT(order, ElementsAre(1, 10, 2));
    EXPECT_EQ(co_await first, 1);
    EXPECT_EQ(co_await second, 2);
  });
}

// The eager task has one step left (its second half), a queued one has two. The body waits for both
// in turn, which orders nothing: 3! / (1! 2!) = 3 orders, where both are queued 4! / (2! 2!) = 6.
TEST(EagerStart, TakesTheFirstStepOutOfTheSchedule) {
  const auto both = [](Start start) {
    return [start]() -> Task<> {
      Order order;
      const TaskHandle<int> first = spawn(yields_and_gives(order, 1), start);
      const TaskHandle<int> second = spawn(yields_and_gives(order, 2), Start::queued);
      co_await wait_all_tasks_blocked();
      EXPECT_EQ(order.size(), 4U);
      EXPECT_EQ(co_await first + co_await second, 3);
    };
  };
  const Options options = exhaustively(AwaitPoints::suspending);
  EXPECT_EQ(explore(both(Start::eager), options).schedules, 3U);
  EXPECT_EQ(explore(both(Start::queued), options).schedules, 6U);
}

TEST(EagerStart, MakesTheTaskTheRunningOneMeanwhile) {
  expect_passes_exhaustively([]() -> Task<> {
    const auto says_its_name = [](std::string& name) -> Task<> {
      name = this_task().name();
      co_return;
    };
    std::string name;
    const TaskHandle<> handle = spawn(says_its_name(name), Start::eager, "child");
    EXPECT_EQ(name, "child");
    EXPECT_NE(this_task().name(), "child");
    co_await handle;
  });
}

TEST(EagerStart, ThrowsWhenTheHandleIsAwaited) {
  const auto fails = []() -> Task<> {
    throw std::runtime_error("at once");
    co_return;
  };
  expect_passes_exhaustively([&]() -> Task<> {
    const TaskHandle<> handle = spawn(fails(), Start::eager);
    EXPECT_TRUE(handle.done());
    bool thrown = false;
    try {
      co_await handle;
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
  });
  // Nobody awaits it: as for every task.
  EXPECT_THAT(explore([&]() -> Task<> {
                spawn(fails(), Start::eager);
                co_return;
              }),
              FailsWith(FailureKind::exception, HasSubstr("at once")));
}

TEST(EagerStart, WakesAndIsWokenWithinTheStep) {
  expect_passes_exhaustively([]() -> Task<> {
    Event there;
    Event back;
    const auto answers = [](Event& in, Event& out) -> Task<> {
      co_await in.wait();
      out.set();
    };
    const TaskHandle<> handle = spawn(answers(there, back), Start::eager);
    there.set();  // The task waits already.
    co_await back.wait();
    co_await handle;
  });
}

TEST(EagerStart, IsCancelledInTheStepThatStartedIt) {
  expect_passes_exhaustively([]() -> Task<> {
    bool began = false;
    const auto sleeps = [](bool& flag) -> Task<> {
      flag = true;
      co_await sleep_for(1h);
    };
    const TaskHandle<> handle = spawn(sleeps(began), Start::eager);
    EXPECT_TRUE(handle.cancel());
    EXPECT_EQ(co_await ending_of(handle), Ending::cancelled);
    EXPECT_TRUE(began);
    EXPECT_EQ(now().time_since_epoch(), 0h);
  });
}

TEST(EagerStart, Nests) {
  expect_passes_exhaustively([]() -> Task<> {
    const auto outer = []() -> Task<int> {
      const TaskHandle<int> inner = spawn(gives(2), Start::eager);
      co_await yield();
      co_return co_await inner + 1;
    };
    const TaskHandle<int> handle = spawn(outer(), Start::eager);
    EXPECT_EQ(co_await handle, 3);
  });
}

TEST(EagerStart, OfAChildOfAGroup) {
  expect_passes_exhaustively([]() -> Task<> {
    int sum = 0;
    const auto adds = [](int& total, bool suspends) -> Task<> {
      if (suspends) co_await yield();
      ++total;
    };
    const auto body = [&](TaskGroup& group) -> Task<> {
      group.spawn(adds(sum, false), Start::eager);
      EXPECT_EQ(sum, 1);
      EXPECT_EQ(group.running(), 0U);
      group.spawn(adds(sum, true), Start::eager);
      EXPECT_EQ(group.running(), 1U);
      co_return;
    };
    co_await task_group(body);
    EXPECT_EQ(sum, 2);
  });
}

TEST(EagerStart, WorksUnderRun) {
  Order order;
  const int sum = run([](Order& noted) -> Task<int> {
    const TaskHandle<int> first = spawn(yields_and_gives(noted, 1), Start::eager);
    const TaskHandle<int> second = spawn(gives(2), Start::eager);
    EXPECT_TRUE(second.done());
    noted.push_back(0);
    const int one = co_await first;
    co_return one + co_await second;
  }(order));
  EXPECT_EQ(sum, 3);
  EXPECT_THAT(order, ElementsAre(1, 0, 10));
}

/// Two eager tasks lose an update: each reads within the step of the body, then writes.
Task<> loses_an_update() {
  int counter = 0;
  const auto adds = [](int& value) -> Task<> {
    const int seen = value;
    co_await yield();
    value = seen + 1;
  };
  const TaskHandle<> first = spawn(adds(counter), Start::eager, "first");
  const TaskHandle<> second = spawn(adds(counter), Start::eager, "second");
  co_await first;
  co_await second;
  check(counter == 2, "an update was lost");
}

TEST(EagerStart, IsToldAndReplayed) {
  const Report report = explore(loses_an_update);
  ASSERT_THAT(report, FailsWith(FailureKind::check, "an update was lost"));
  EXPECT_THAT(testing::PrintToString(report), HasSubstr("first"));
  const Schedule& schedule = report.failures.front().schedule;
  const Schedule loaded = Schedule::from_json(schedule.to_json(), "test");
  EXPECT_EQ(loaded, schedule);
  const Report again = replay(loses_an_update, loaded);
  ASSERT_THAT(again, FailsWith(FailureKind::check, "an update was lost"));
  EXPECT_EQ(again.failures.front().schedule.trace, schedule.trace);
}

using Outcomes = std::set<std::string>;

/// Locks, a shared value, an event and a cancellation, in eager tasks and beside them.
Outcomes outcomes_under(const Options& options, std::uint64_t& schedules) {
  Outcomes found;
  const auto body = [&found]() -> Task<> {
    Lock lock;
    Event event;
    Shared<int> value{0};
    std::string log;
    const auto takes = [](Lock& taken, Shared<int>& of, std::string& text, char id) -> Task<> {
      const LockGuard guard = co_await taken.scoped();
      const int seen = *of;
      co_await yield();
      of = seen + 1;
      text += id;
    };
    const auto waits = [](Event& awaited, Shared<int>& of, std::string& text) -> Task<> {
      try {
        co_await awaited.wait();
        text += std::to_string(*of);
      } catch (const CancelledError&) {
        text += 'c';
      }
    };
    const auto sets = [](Event& of) -> Task<> {
      of.set();
      co_return;
    };
    const TaskHandle<> a = spawn(takes(lock, value, log, 'a'), Start::eager);
    const TaskHandle<> b = spawn(takes(lock, value, log, 'b'), Start::eager);
    const TaskHandle<> w = spawn(waits(event, value, log), Start::eager);
    const TaskHandle<> s = spawn(sets(event));
    co_await yield();
    w.cancel();
    const std::vector all = {a, b, w, s};
    for (const TaskHandle<>& each : all) co_await each;
    found.insert(log);
  };
  const Report report = explore(body, options);
  EXPECT_THAT(report, PassesExhaustively());
  schedules = report.schedules;
  return found;
}

TEST(EagerStart, IsReducedToTheOutcomesOfTheEnumeration) {
  for (const AwaitPoints points : {AwaitPoints::suspending, AwaitPoints::every}) {
    std::uint64_t all = 0;
    std::uint64_t reduced = 0;
    const Outcomes expected = outcomes_under(exhaustively(points), all);
    Options options = exhaustively(points);
    options.strategy = dpor();
    options.tracking = Tracking::declared;
    EXPECT_EQ(outcomes_under(options, reduced), expected);
    EXPECT_GT(expected.size(), 3U);
    EXPECT_LT(reduced, all);
  }
}

TEST(EagerStart, MeetsInjectedCancellations) {
  Outcomes endings[2];
  std::uint64_t schedules[2] = {};
  for (const bool is_reduced : {false, true}) {
    Options options = exhaustively(AwaitPoints::suspending);
    options.inject_cancellation = {.at_most = 1};
    if (is_reduced) {
      options.strategy = dpor();
      options.tracking = Tracking::declared;
    }
    const auto body = [&found = endings[is_reduced ? 1 : 0]]() -> Task<> {
      Shared<int> turn{0};
      const auto works = [](Shared<int>& of) -> Task<> {
        co_await yield();
        of.update([](int& value) { ++value; });
        co_await yield();
        of.update([](int& value) { value *= 2; });
      };
      const TaskHandle<> first = spawn(works(turn), Start::eager);
      const TaskHandle<> second = spawn(works(turn), Start::eager);
      static_cast<void>(co_await ending_of(first));
      static_cast<void>(co_await ending_of(second));
      found.insert(std::to_string(*turn));
    };
    const Report report = explore(body, options);
    EXPECT_THAT(report, PassesExhaustively());
    schedules[is_reduced ? 1 : 0] = report.schedules;
  }
  EXPECT_EQ(endings[0], endings[1]);
  EXPECT_GT(endings[0].size(), 2U);
  EXPECT_LE(schedules[1], schedules[0]);
}

}  // namespace
}  // namespace coweave::test
