// gather() of a range of tasks.

#include <iterator>
#include <memory>
#include <ranges>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

using ::testing::ElementsAre;

Task<int> squared(int value) {
  co_await yield();
  co_return value* value;
}
Task<> counts(int& count) {
  co_await yield();
  ++count;
}
Task<std::unique_ptr<int>> boxed(int value) { co_return std::make_unique<int>(value); }
Task<int&> same(int& value) { co_return value; }

std::vector<Task<int>> squares(int count) {
  std::vector<Task<int>> tasks;
  for (int i = 1; i <= count; ++i) tasks.push_back(squared(i));
  return tasks;
}

// Three tasks of two steps each: 6! / (2! 2! 2!) = 90.
TEST(GatherOfARange, GivesTheResultsInItsOrder) {
  const Report report =
      explore([]() -> Task<> { EXPECT_THAT(co_await gather(squares(3)), ElementsAre(1, 4, 9)); },
              exhaustively(AwaitPoints::suspending));
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_EQ(report.schedules, 90U);
}

// The two are one thing: the same schedules, step by step.
TEST(GatherOfARange, HasTheSchedulesOfGatherOfArguments) {
  for (const AwaitPoints points : {AwaitPoints::suspending, AwaitPoints::every}) {
    const Report of_range =
        explore([]() -> Task<> { co_await gather(squares(2)); }, exhaustively(points));
    const Report of_arguments =
        explore([]() -> Task<> { co_await gather(squared(1), squared(2)); }, exhaustively(points));
    EXPECT_EQ(of_range.schedules, of_arguments.schedules);
    EXPECT_EQ(of_range.steps, of_arguments.steps);
  }
}

TEST(GatherOfARange, TakesWhatGivesItsTasksAway) {
  expect_passes_exhaustively([]() -> Task<> {
    int count = 0;
    std::vector<Task<>> named;
    for (int i = 0; i < 2; ++i) named.push_back(counts(count));
    const std::vector<std::monostate> done = co_await gather(std::move(named));
    EXPECT_EQ(done.size(), 2U);
    EXPECT_EQ(count, 2);

    const std::vector<int> values = {2, 3};
    auto made = values | std::views::transform([](int value) { return squared(value); });
    EXPECT_THAT(co_await gather(made), ElementsAre(4, 9));

    std::vector<Task<int>> tasks = squares(2);
    const std::ranges::subrange moved(std::make_move_iterator(tasks.begin()),
                                      std::make_move_iterator(tasks.end()));
    EXPECT_THAT(co_await gather(moved), ElementsAre(1, 4));
  });
}

TEST(GatherOfARange, GivesWhatCannotBeCopiedAndReferences) {
  expect_passes_exhaustively([]() -> Task<> {
    std::vector<Task<std::unique_ptr<int>>> boxes;
    for (int i = 0; i < 2; ++i) boxes.push_back(boxed(i));
    const std::vector<std::unique_ptr<int>> opened = co_await gather(std::move(boxes));
    EXPECT_EQ(*opened[1], 1);

    int here = 0;
    std::vector<Task<int&>> references;
    references.push_back(same(here));
    const auto found = co_await gather(std::move(references));
    EXPECT_EQ(&found[0].get(), &here);
  });
}

// As gather(): at once, without a suspension where the rule for awaits allows that.
TEST(GatherOfARange, OfNoTaskIsComplete) {
  expect_no_suspension([]() -> Task<> {
    bool other_has_run = false;
    const TaskHandle<> other = spawn(mark(other_has_run));
    EXPECT_TRUE((co_await gather(std::vector<Task<int>>())).empty());
    if (detail::context.await_points == AwaitPoints::suspending) {
      EXPECT_FALSE(other_has_run);
    }
    co_await other;
  });
}

TEST(GatherOfARange, ThrowsOnlyAfterAllChildrenHaveEnded) {
  expect_passes_exhaustively([]() -> Task<> {
    const auto fails = []() -> Task<> {
      throw std::runtime_error("first");
      co_return;
    };
    int count = 0;
    std::vector<Task<>> tasks;
    tasks.push_back(fails());
    tasks.push_back(counts(count));
    bool thrown = false;
    try {
      co_await gather(std::move(tasks));
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
    EXPECT_EQ(count, 1);
  });
}

TEST(GatherOfARange, IsCancelledWithItsTask) {
  expect_passes_exhaustively([]() -> Task<> {
    Event never;
    int cancelled = 0;
    const auto waits = [](Event& event, int& count) -> Task<> {
      try {
        co_await event.wait();
      } catch (const CancelledError&) {
        ++count;
        throw;
      }
    };
    const auto gathers = [&]() -> Task<> {
      std::vector<Task<>> tasks;
      for (int i = 0; i < 3; ++i) tasks.push_back(waits(never, cancelled));
      co_await gather(std::move(tasks));
    };
    const TaskHandle<> handle = spawn(gathers());
    co_await wait_all_tasks_blocked();
    handle.cancel();
    EXPECT_EQ(co_await ending_of(handle), Ending::cancelled);
    EXPECT_EQ(cancelled, 3);
  });
}

TEST(GatherOfARange, StartsNoChildIfAnyTaskIsEmpty) {
  expect_passes_exhaustively([]() -> Task<> {
    int count = 0;
    std::vector<Task<>> tasks;
    tasks.push_back(counts(count));
    tasks.push_back(counts(count));
    const Task<> taken = std::move(tasks[1]);
    bool refused = false;
    try {
      co_await gather(std::move(tasks));
    } catch (const Error&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(count, 0);
  });
}

TEST(GatherOfARange, WorksUnderRun) {
  EXPECT_THAT(run([]() -> Task<std::vector<int>> { co_return co_await gather(squares(3)); }()),
              ElementsAre(1, 4, 9));
}

}  // namespace
}  // namespace coweave::test
