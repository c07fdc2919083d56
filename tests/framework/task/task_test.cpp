#include "coweave/task/task.hpp"

#include <memory>
#include <stdexcept>
#include <string>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace coweave {
namespace {

Task<int> number(int value) { co_return value; }
Task<std::unique_ptr<int>> boxed(int value) { co_return std::make_unique<int>(value); }
Task<int&> same(int& value) { co_return value; }
Task<int> throwing() {
  co_await yield();
  throw std::runtime_error("from the child");
}
Task<> deep(int levels, int& reached) {
  ++reached;
  if (levels > 0) co_await deep(levels - 1, reached);
}

COWEAVE_TEST(Task, GivesValuesReferencesAndMoveOnlyResults) {
  int here = 1;
  EXPECT_EQ(co_await number(42), 42);
  const std::unique_ptr<int> box = co_await boxed(7);
  EXPECT_EQ(*box, 7);
  int& there = co_await same(here);
  EXPECT_EQ(&there, &here);
}

COWEAVE_TEST(Task, ExceptionsLeaveByTheAwait) {
  std::string caught;
  try {
    co_await throwing();
  } catch (const std::runtime_error& thrown) {
    caught = thrown.what();
  }
  EXPECT_EQ(caught, "from the child");
}

TEST(Task, IsLazyAndIsDestroyedUnstarted) {
  bool ran = false;
  const auto body = [](bool& started) -> Task<> {
    started = true;
    co_return;
  };
  { const Task<> unused = body(ran); }
  EXPECT_FALSE(ran);
}

// One resume a level would overflow the stack; the trampoline uses none.
COWEAVE_TEST(Task, DeepChainsOfAwaitsDoNotGrowTheStack, Options{.max_schedules = 1}) {
  int reached = 0;
  co_await deep(20'000, reached);
  EXPECT_EQ(reached, 20'001);
}

COWEAVE_TEST(Task, AwaitedTwiceIsAnError) {
  Task<int> task = number(1);
  EXPECT_EQ(co_await std::move(task), 1);
  bool refused = false;
  try {
    co_await std::move(task);
  } catch (const Error&) {
    refused = true;
  }
  EXPECT_TRUE(refused);
}

TEST(Task, AwaitOfOursOutsideASchedulerIsAnError) {
  EXPECT_THROW(static_cast<void>(now()), Error);
  EXPECT_THROW(static_cast<void>(choose(2)), Error);
  EXPECT_THROW(static_cast<void>(spawn(number(1))), Error);
}

// A child that does not suspend: under `every` its await is one scheduling point, elsewhere none.
// Two tasks of k points each have (2(k+1))!/((k+1)!)^2 schedules: 6 for k = 1, 2 for k = 0.
TEST(Task, AwaitOfAChildThatDoesNotSuspendIsAPointUnderEveryOnly) {
  const auto calls = []() -> Task<> { co_await number(1); };
  const auto both = [&calls]() -> Task<> { co_await gather(calls(), calls()); };
  for (const auto& [points, expected] : {std::pair{AwaitPoints::every, 6U},
                                         {AwaitPoints::operations, 2U},
                                         {AwaitPoints::suspending, 2U}}) {
    const Report report = explore(both, {.strategy = exhaustive(), .await_points = points});
    EXPECT_THAT(report, PassesExhaustively());
    EXPECT_EQ(report.schedules, expected) << to_string(points);
  }
}

}  // namespace
}  // namespace coweave
