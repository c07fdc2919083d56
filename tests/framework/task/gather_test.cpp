#include "coweave/task/gather.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace coweave {
namespace {

Task<int> value(int result) {
  co_await yield();
  co_return result;
}
Task<std::unique_ptr<int>> boxed(int result) { co_return std::make_unique<int>(result); }
Task<int&> same(int& result) { co_return result; }
Task<> nothing() { co_return; }
Task<> fails_after(int yields, const char* text) {
  for (int i = 0; i < yields; ++i) co_await yield();
  throw std::runtime_error(text);
}

COWEAVE_TEST(Gather, GivesTheResultsInTheOrderOfTheArguments) {
  int here = 0;
  auto [a, b, c, d] = co_await gather(value(1), boxed(2), nothing(), same(here));
  EXPECT_EQ(a, 1);
  EXPECT_EQ(*b, 2);
  static_assert(std::is_same_v<decltype(c), std::monostate>);
  EXPECT_EQ(&d, &here);
}

COWEAVE_TEST(Gather, OfNothingIsComplete) {
  const std::tuple<> empty = co_await gather();
  static_cast<void>(empty);
}

Task<> sets(bool& flag, int yields) {
  for (int i = 0; i < yields; ++i) co_await yield();
  flag = true;
}

Task<> empty() {
  Task<> task = nothing();
  const Task<> taken = std::move(task);
  return task;
}

// Refused before any child starts: one that had started would tell an awaiter that is gone of its
// end.
COWEAVE_TEST(Gather, StartsNoChildIfAnyTaskIsEmpty) {
  bool first_ran = false;
  std::string refusal;
  try {
    co_await gather(sets(first_ran, 0), empty());
  } catch (const Error& error) {
    refusal = error.what();
  }
  EXPECT_NE(refusal.find("gather_test.cpp:"), std::string::npos) << refusal;
  EXPECT_NE(refusal.find("found an empty one"), std::string::npos) << refusal;
  co_await wait_all_tasks_blocked();
  EXPECT_FALSE(first_ran);
}

COWEAVE_TEST(Gather, ThrowsOnlyAfterAllChildrenHaveEnded) {
  bool ended = false;
  bool thrown = false;
  try {
    co_await gather(fails_after(0, "first"), sets(ended, 2));
  } catch (const std::runtime_error&) {
    thrown = true;
    EXPECT_TRUE(ended);
  }
  EXPECT_TRUE(thrown);
}

// Which of two failures is the first depends on the schedule; both are possible, nothing else is.
TEST(Gather, RethrowsTheExceptionOfTheChildThatFailedFirst) {
  std::string first;
  const auto body = [&first]() -> Task<> {
    std::vector<std::string> order;
    const auto fails = [](std::vector<std::string>& failed, std::string name) -> Task<> {
      co_await yield();
      failed.push_back(name);
      throw std::runtime_error(name);
    };
    try {
      co_await gather(fails(order, "a"), fails(order, "b"));
    } catch (const std::runtime_error& thrown) {
      EXPECT_EQ(thrown.what(), order.front());
      first += thrown.what();
    }
  };
  const Report report = explore(body, {.strategy = exhaustive()});
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_NE(first.find('a'), std::string::npos);
  EXPECT_NE(first.find('b'), std::string::npos);
}

Task<> waits(Event& event, int& cancelled) {
  bool is_cancelled = false;
  try {
    co_await event.wait();
  } catch (const CancelledError&) {
    is_cancelled = true;
  }
  if (!is_cancelled) co_return;
  co_await yield();  // Clean-up that suspends.
  ++cancelled;
  throw CancelledError();
}

COWEAVE_TEST(Gather, CancellingTheAwaiterCancelsTheChildrenAndWaitsForThem) {
  Event never;
  int cancelled = 0;
  const auto both = [](Event& event, int& count) -> Task<> {
    co_await gather(waits(event, count), waits(event, count));
  };
  const TaskHandle<> handle = spawn(both(never, cancelled));
  co_await wait_all_tasks_blocked();
  handle.cancel();
  try {
    co_await handle;
  } catch (const CancelledError&) {
  }
  EXPECT_EQ(cancelled, 2);
  EXPECT_TRUE(handle.cancelled());
}

Task<> swallows(Event& event) {
  try {
    co_await event.wait();
  } catch (const CancelledError&) {
  }
}

// asyncio: a gather whose cancellation all children swallow is cancelled all the same.
COWEAVE_TEST(Gather, IsCancelledThoughItsChildrenSwallowTheCancellation) {
  Event never;
  const auto both = [](Event& event) -> Task<> {
    co_await gather(swallows(event), swallows(event));
  };
  const TaskHandle<> handle = spawn(both(never));
  co_await wait_all_tasks_blocked();
  handle.cancel();
  try {
    co_await handle;
  } catch (const CancelledError&) {
  }
  EXPECT_TRUE(handle.cancelled());
}

}  // namespace
}  // namespace coweave
