// TaskGroup::cancel(): asyncio.TaskGroup.cancel() of CPython 3.15.

#include <chrono>
#include <set>
#include <stdexcept>
#include <string>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

using namespace std::chrono_literals;

Task<> waits(Event& event, int& cancelled) {
  try {
    co_await event.wait();
  } catch (const CancelledError&) {
    ++cancelled;
    throw;
  }
}
Task<> cancels(TaskGroup& group) {
  group.cancel();
  co_return;
}

TEST(TaskGroupCancel, EndsChildrenAndBodyWithoutAnException) {
  expect_passes_exhaustively([]() -> Task<> {
    Event never;
    int cancelled = 0;
    bool body_went_on = false;
    const auto body = [&](TaskGroup& group) -> Task<> {
      group.spawn(waits(never, cancelled));
      group.spawn(waits(never, cancelled));
      co_await wait_all_tasks_blocked();
      group.cancel();
      co_await sleep_for(1h);
      body_went_on = true;
    };
    co_await task_group(body);
    EXPECT_EQ(cancelled, 2);
    EXPECT_FALSE(body_went_on);
    EXPECT_EQ(this_task().cancelling(), 0U);
    EXPECT_EQ(now().time_since_epoch(), 0h);
    co_await yield();  // Nothing is left of it.
  });
}

// By a child while the body runs and while the group waits; by a task outside.
TEST(TaskGroupCancel, MayBeCalledByAnyTask) {
  expect_passes_exhaustively([]() -> Task<> {
    Event never;
    int cancelled = 0;
    const auto body = [&](TaskGroup& group) -> Task<> {
      group.spawn(waits(never, cancelled));
      group.spawn(cancels(group));
      co_return;
    };
    co_await task_group(body);
    EXPECT_LE(cancelled, 1);

    TaskGroup group;
    const TaskHandle<> outside = spawn(cancels(group));
    const auto waiting_body = [&](TaskGroup&) -> Task<> { co_await never.wait(); };
    co_await group.run(waiting_body);
    co_await outside;
    EXPECT_EQ(this_task().cancelling(), 0U);
  });
}

// From its last await on the body cannot be cancelled any more: the request is taken back.
TEST(TaskGroupCancel, ByABodyThatAwaitsNothingMoreLeavesNothing) {
  expect_passes_exhaustively([]() -> Task<> {
    const auto body = [](TaskGroup& group) -> Task<> {
      group.cancel();
      group.cancel();
      co_return;
    };
    co_await task_group(body);
    EXPECT_EQ(this_task().cancelling(), 0U);
    co_await yield();
  });
}

TEST(TaskGroupCancel, BeforeTheGroupIsEnteredCancelsItThen) {
  expect_passes_exhaustively([]() -> Task<> {
    TaskGroup group;
    group.cancel();
    bool refused = false;
    bool went_on = false;
    const auto body = [&](TaskGroup& entered) -> Task<> {
      refused = is_misuse([&] {
        bool ran = false;
        entered.spawn(mark(ran));
      });
      co_await yield();
      went_on = true;
    };
    co_await group.run(body);
    EXPECT_TRUE(refused);
    EXPECT_FALSE(went_on);
    group.cancel();  // No effect: it has ended.
    co_await yield();
  });
}

TEST(TaskGroupCancel, LetsExceptionsLeave) {
  expect_passes_exhaustively([]() -> Task<> {
    Event never;
    const auto fails_at_its_end = [](Event& event) -> Task<> {
      try {
        co_await event.wait();
      } catch (const CancelledError&) {
      }
      throw std::domain_error("while ending");
    };
    const auto body = [&](TaskGroup& group) -> Task<> {
      group.spawn(fails_at_its_end(never));
      co_await wait_all_tasks_blocked();
      group.cancel();
    };
    std::size_t errors = 0;
    try {
      co_await task_group(body);
    } catch (const ExceptionGroup& group) {
      errors = group.exceptions().size();
    }
    EXPECT_EQ(errors, 1U);
  });
}

// Somebody else wants the task to end too: that is not the group's to take back.
TEST(TaskGroupCancel, LeavesACancellationByOthers) {
  expect_passes_exhaustively([]() -> Task<> {
    Event never;
    TaskGroup group;
    const auto runs = [](TaskGroup& run, Event& event) -> Task<> {
      const auto body = [&](TaskGroup&) -> Task<> { co_await event.wait(); };
      co_await run.run(body);
    };
    const TaskHandle<> handle = spawn(runs(group, never));
    co_await wait_all_tasks_blocked();
    handle.cancel();
    group.cancel();
    EXPECT_EQ(co_await ending_of(handle), Ending::cancelled);
  });
}

TEST(TaskGroupCancel, OfABodyWithAResultThrowsIfItHasNone) {
  expect_passes_exhaustively([]() -> Task<> {
    const auto waits_for_ever = [](TaskGroup& group) -> Task<int> {
      group.cancel();
      co_await sleep_for(1h);
      co_return 1;
    };
    bool thrown = false;
    try {
      static_cast<void>(co_await task_group(waits_for_ever));
    } catch (const CancelledError&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
    const auto has_a_result = [](TaskGroup& group) -> Task<int> {
      group.cancel();
      co_return 1;
    };
    EXPECT_EQ(co_await task_group(has_a_result), 1);
  });
}

// The bug: a child that is spawned while the group is cancelled, in some order.
TEST(TaskGroupCancel, RefusesALaterChild) {
  const auto body = []() -> Task<> {
    const auto spawns = [](TaskGroup& group) -> Task<> {
      co_await yield();
      bool ran = false;
      group.spawn(mark(ran));
    };
    const auto both = [&](TaskGroup& group) -> Task<> {
      group.spawn(cancels(group), "canceller");
      co_await spawns(group);
    };
    co_await task_group(both);
  };
  // A body that is cancelled before it spawns ends there: no order is wrong.
  EXPECT_THAT(explore(body), PassesExhaustively());
}

TEST(TaskGroupCancel, IsReducedToTheOutcomesOfTheEnumeration) {
  const auto outcomes = [](const Options& options, std::uint64_t& schedules) {
    std::set<std::string> found;
    const auto body = [&found]() -> Task<> {
      Shared<int> value{0};
      TaskGroup group;
      const auto adds = [](Shared<int>& to, int by) -> Task<> {
        co_await yield();
        const int seen = *to;
        co_await yield();
        to = seen + by;
      };
      const TaskHandle<> canceller = spawn(cancels(group));
      const auto children = [&](TaskGroup& open) -> Task<> {
        try {
          open.spawn(adds(value, 1));
          open.spawn(adds(value, 10));
        } catch (const MisuseError&) {
        }
        co_await yield();
      };
      co_await group.run(children);
      co_await canceller;
      found.insert(std::to_string(*value));
    };
    const Report report = explore(body, options);
    EXPECT_THAT(report, PassesExhaustively());
    schedules = report.schedules;
    return found;
  };
  std::uint64_t all = 0;
  std::uint64_t reduced = 0;
  const auto expected = outcomes(exhaustively(AwaitPoints::suspending), all);
  Options options = exhaustively(AwaitPoints::suspending);
  options.strategy = dpor();
  options.tracking = Tracking::declared;
  EXPECT_EQ(outcomes(options, reduced), expected);
  EXPECT_GT(expected.size(), 2U);
  EXPECT_LE(reduced, all);
}

TEST(TaskGroupCancel, WorksUnderRun) {
  run([]() -> Task<> {
    const auto body = [](TaskGroup& group) -> Task<> {
      group.spawn(cancels(group));
      co_await sleep_for(1h);
    };
    co_await task_group(body);
  }());
}

}  // namespace
}  // namespace coweave::test
