#include "coweave/execution/ready_queue.hpp"

#include <gmock/gmock.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "coweave/core/rng.hpp"
#include "coweave/execution/execution.hpp"

namespace coweave::detail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Tasks to queue, known by their ids.
std::deque<TaskControl> numbered_tasks(std::uint32_t count) {
  static const Execution scheduler({AwaitPoints::every, 1, {}});
  std::deque<TaskControl> tasks;
  for (std::uint32_t i = 0; i < count; ++i) tasks.emplace_back(scheduler);
  for (std::uint32_t i = 0; i < count; ++i) tasks[i].id = static_cast<TaskId>(i);
  return tasks;
}

std::vector<std::uint32_t> ids(const ReadyQueue& queue) {
  std::vector<std::uint32_t> result;
  for (std::size_t i = 0; i < queue.size(); ++i) result.push_back(index_of(queue.at(i).id));
  return result;
}

TEST(ReadyQueue, KeepsTheOrderOfTheRestWhicheverTaskMoves) {
  std::deque<TaskControl> tasks = numbered_tasks(7);
  ReadyQueue queue;
  for (TaskControl& task : tasks) queue.push_back(task);
  EXPECT_EQ(index_of(queue.at(2).id), 2U);
  queue.remove(2);
  EXPECT_THAT(ids(queue), ElementsAre(0, 1, 3, 4, 5, 6));
  queue.move_to_back(1);
  EXPECT_THAT(ids(queue), ElementsAre(0, 3, 4, 5, 6, 1));
  queue.move_to_front(4);
  EXPECT_THAT(ids(queue), ElementsAre(6, 0, 3, 4, 5, 1));
  queue.remove(5);
  queue.remove(0);
  EXPECT_THAT(ids(queue), ElementsAre(0, 3, 4, 5));
  EXPECT_EQ(queue.size(), 4U);
  queue.clear();
  EXPECT_TRUE(queue.empty());
  EXPECT_THAT(ids(queue), IsEmpty());
}

TEST(ReadyQueue, MovesOfTheLastAndTheFirstToWhereTheyAreChangeNothing) {
  std::deque<TaskControl> tasks = numbered_tasks(20);
  ReadyQueue queue;
  for (std::uint32_t size = 1; size <= 20; ++size) {
    queue.push_back(tasks[size - 1]);
    const std::vector<std::uint32_t> before = ids(queue);
    queue.move_to_back(size - 1);
    queue.move_to_front(0);
    ASSERT_EQ(ids(queue), before);
  }
}

// The view that strategies hold a reference to shows the queue as it is, also after it has grown.
TEST(ReadyQueue, HasAViewThatFollowsIt) {
  std::deque<TaskControl> tasks = numbered_tasks(100);
  ReadyQueue queue;
  const ReadyView& view = queue.view();
  for (std::uint32_t i = 0; i < 100; ++i) {
    queue.push_back(tasks[i]);
    ASSERT_EQ(view.size, i + 1);
    ASSERT_EQ(view.tasks[i], &tasks[i]);
  }
}

void move(std::deque<std::uint32_t>& model, std::uint32_t position, bool to_front) {
  const std::uint32_t task = model[position];
  model.erase(model.begin() + position);
  to_front ? model.push_front(task) : model.push_back(task);
}

/// One sequence of random operations on the queue and on a deque beside it. Up to `count` tasks.
void compare_with_deque(std::uint64_t seed, std::uint32_t count, int operations) {
  Rng rng(seed);
  std::deque<TaskControl> tasks = numbered_tasks(count);
  std::vector<std::uint32_t> outside;
  for (std::uint32_t i = 0, most = 1 + rng.below(count); i < most; ++i) outside.push_back(i);
  ReadyQueue queue;
  std::deque<std::uint32_t> model;
  for (int operation = 0; operation < operations; ++operation) {
    // Fills and empties it in turn.
    const bool fills = rng.below(8) < (operation / static_cast<int>(count) % 2 == 0 ? 6U : 2U);
    if (!outside.empty() && (model.empty() || fills)) {
      queue.push_back(tasks[outside.back()]);
      model.push_back(outside.back());
      outside.pop_back();
    } else {
      const std::uint32_t position = rng.below(static_cast<std::uint32_t>(model.size()));
      ASSERT_EQ(index_of(queue.at(position).id), model[position]);
      switch (rng.below(3)) {
        case 0:
          queue.remove(position);
          outside.push_back(model[position]);
          model.erase(model.begin() + position);
          break;
        case 1:
          queue.move_to_back(position);
          move(model, position, false);
          break;
        default:
          queue.move_to_front(position);
          move(model, position, true);
      }
    }
    ASSERT_EQ(queue.empty(), model.empty());
    ASSERT_EQ(ids(queue), std::vector<std::uint32_t>(model.begin(), model.end()))
        << "seed " << seed << ", operation " << operation;
  }
}

// Up to 48 tasks: beyond the first and the second size of its memory, and with every distance of a
// task from both ends.
TEST(ReadyQueue, BehavesAsADequeInTenThousandRandomSequences) {
  for (std::uint64_t seed = 1; seed <= 10'000; ++seed) {
    compare_with_deque(seed, 48, 100);
    if (testing::Test::HasFatalFailure()) return;
  }
}

// With more tasks than stand in an array without gaps, and fewer again: to both sides of that
// number several times.
TEST(ReadyQueue, BehavesAsADequeWithManyTasks) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    compare_with_deque(seed, 2 * ReadyQueue::most_packed, 10 * int{ReadyQueue::most_packed});
    if (testing::Test::HasFatalFailure()) return;
  }
}

// What a strategy may see: injections behind many ready tasks, which go before the pick is stepped.
TEST(ReadyQueue, ShowsInjectionsBehindManyTasks) {
  constexpr std::uint32_t count = 1'000;
  std::deque<TaskControl> tasks = numbered_tasks(count + 2);
  ReadyQueue queue;
  for (std::uint32_t i = 0; i < count; ++i) queue.push_back(tasks[i]);
  for (std::uint32_t round = 0; round < 500; ++round) {
    queue.show_injection(tasks[count]);
    queue.show_injection(tasks[count + 1]);
    ASSERT_EQ(index_of(queue.view().at(queue.size() - 1).id), count + 1);
    ASSERT_EQ(index_of(queue.view().at(queue.size() - 2).id), count);
    queue.hide_injections();
    ASSERT_EQ(queue.size(), count);
    // Tasks 0, 2, 4, ... go to the back, one after the other.
    ASSERT_EQ(index_of(queue.at(round).id), 2 * round);
    queue.move_to_back(round);
    ASSERT_EQ(index_of(queue.at(count - 1).id), 2 * round);
  }
}

TEST(ReadyQueue, ReplacesTheLastEntryOfATaskAmongMany) {
  std::deque<TaskControl> tasks = numbered_tasks(1'000);
  ReadyQueue queue;
  for (std::uint32_t i = 0; i < 999; ++i) queue.push_back(tasks[i]);
  queue.remove(10);
  queue.remove(500);
  queue.replace_last(tasks[600], tasks[999]);
  EXPECT_EQ(index_of(queue.at(598).id), 999U);
  EXPECT_EQ(index_of(queue.at(597).id), 599U);
  queue.clear();
  queue.push_back(tasks[5]);
  EXPECT_EQ(index_of(queue.packed_at(0).id), 5U);
}

}  // namespace
}  // namespace coweave::detail
