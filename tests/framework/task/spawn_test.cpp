#include "coweave/task/spawn.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace coweave {
namespace {

Task<int> after_yields(int yields, int value) {
  for (int i = 0; i < yields; ++i) co_await yield();
  co_return value;
}
Task<int> failing(int yields, std::string text) {
  for (int i = 0; i < yields; ++i) co_await yield();
  throw std::runtime_error(text);
}
Task<> waits_for_ever(Event& never, std::vector<std::string>& log, std::string name) {
  try {
    co_await never.wait();
  } catch (const CancelledError& cancelled) {
    log.push_back(name + " cancelled: " + cancelled.message());
    throw;
  }
}

COWEAVE_TEST(Spawn, AHandleGivesTheResultAgainAndAgain) {
  const TaskHandle<int> handle = spawn(after_yields(1, 5), "worker");
  EXPECT_EQ(handle.name(), "worker");
  EXPECT_EQ(co_await handle, 5);
  EXPECT_TRUE(handle.done());
  EXPECT_EQ(co_await handle, 5);
  EXPECT_FALSE(handle.cancel());
}

COWEAVE_TEST(Spawn, AnExceptionComesOutOfEveryAwaitOfTheHandle) {
  const TaskHandle<int> handle = spawn(failing(1, "boom"));
  int caught = 0;
  for (int i = 0; i < 2; ++i) {
    try {
      co_await handle;
    } catch (const std::runtime_error&) {
      ++caught;
    }
  }
  EXPECT_EQ(caught, 2);
}

TEST(Spawn, AnExceptionThatNobodyAwaitsFailsTheTest) {
  const auto body = []() -> Task<> {
    spawn(failing(0, "unseen"));
    co_await yield();
  };
  EXPECT_THAT(explore(body, {.strategy = production()}),
              FailsWith(FailureKind::exception, ::testing::HasSubstr("unseen")));
}

TEST(Spawn, ATaskThatOutlivesTheBodyIsLeakedUnlessItIsADaemon) {
  const auto leaks = []() -> Task<> {
    spawn(after_yields(3, 0), "left behind");
    co_return;
  };
  const auto daemon = []() -> Task<> {
    spawn_daemon(after_yields(3, 0));
    co_return;
  };
  EXPECT_THAT(explore(leaks),
              FailsWith(FailureKind::leaked_task, ::testing::HasSubstr("left behind")));
  EXPECT_THAT(explore(daemon), PassesExhaustively());
}

// G4 (a).
COWEAVE_TEST(Cancel, BeforeTheFirstStepTheBodyNeverRuns) {
  std::vector<std::string> log;
  Event never;
  const TaskHandle<> handle = spawn(waits_for_ever(never, log, "task"));
  EXPECT_TRUE(handle.cancel("early"));
  bool cancelled = false;
  try {
    co_await handle;
  } catch (const CancelledError&) {
    cancelled = true;
  }
  EXPECT_TRUE(cancelled);
  EXPECT_TRUE(handle.cancelled());
  EXPECT_TRUE(log.empty());
}

// Cancelling a task that awaits a handle cancels that first; the awaiter goes on when it has ended.
COWEAVE_TEST(Cancel, OfAnAwaiterOfAHandleCancelsTheAwaitedTaskFirst) {
  std::vector<std::string> log;
  Event never;
  const auto awaits = [](TaskHandle<> inner, std::vector<std::string>& seen) -> Task<> {
    try {
      co_await inner;
    } catch (const CancelledError&) {
      seen.push_back("outer");
      throw;
    }
  };
  const TaskHandle<> inner = spawn(waits_for_ever(never, log, "inner"));
  const TaskHandle<> outer = spawn(awaits(inner, log));
  co_await wait_all_tasks_blocked();
  outer.cancel("stop");
  try {
    co_await outer;
  } catch (const CancelledError&) {
  }
  EXPECT_EQ(log, (std::vector<std::string>{"inner cancelled: stop", "outer"}));
}

COWEAVE_TEST(Cancel, OfATaskThatAwaitsItselfByACycleOfHandlesEnds) {
  const auto join = [](std::vector<TaskHandle<>>& handles, std::size_t which) -> Task<> {
    co_await yield();
    co_await handles[which];
  };
  std::vector<TaskHandle<>> handles;
  handles.push_back(spawn(join(handles, 1)));
  handles.push_back(spawn(join(handles, 0)));
  co_await wait_all_tasks_blocked();
  handles[0].cancel();
  co_await wait_all_tasks_blocked();
  EXPECT_TRUE(handles[0].done());
  EXPECT_TRUE(handles[1].done());
}

COWEAVE_TEST(Post, RunsACallableAsATaskOfItsOwn) {
  int ran = 0;
  Event done;
  post([&] {
    ++ran;
    done.set();
  });
  co_await done.wait();
  EXPECT_EQ(ran, 1);
}

TEST(Post, AnExceptionThatLeavesTheCallableFailsTheTest) {
  const auto body = []() -> Task<> {
    post([] { throw std::runtime_error("posted"); });
    co_await yield();
  };
  EXPECT_THAT(explore(body, {.strategy = production()}),
              FailsWith(FailureKind::exception, ::testing::HasSubstr("posted")));
}

}  // namespace
}  // namespace coweave
