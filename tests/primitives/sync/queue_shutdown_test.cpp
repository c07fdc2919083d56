// Queue: shutdown. Statement 9 of asyncio_semantics.md, section 6.

#include "primitives/sync/queue_support.hpp"

namespace coweave::test {
namespace {

template <class AnyQueue>
class EveryQueueShutDown : public ::testing::Test {};
using Kinds = ::testing::Types<Queue<int>, LifoQueue<int>, PriorityQueue<int>>;
TYPED_TEST_SUITE(EveryQueueShutDown, Kinds);

template <class AnyQueue>
Task<> expect_nothing_goes_in(AnyQueue& queue) {
  EXPECT_TRUE(co_await is_shut_down(queue.put(1)));
  EXPECT_THROW(queue.put_nowait(1), QueueShutDown);
}
template <class AnyQueue>
Task<> expect_nothing_comes_out(AnyQueue& queue) {
  EXPECT_TRUE(co_await is_shut_down(queue.get()));
  EXPECT_THROW(queue.get_nowait(), QueueShutDown);
}

// CPython: test_shutdown_empty.
TYPED_TEST(EveryQueueShutDown, EndsGettersOfAnEmptyQueue) {
  expect_passes_by_every_rule([]() -> Task<> {
    TypeParam queue;
    const TaskHandle<int> first = spawn(get_from(queue));
    const TaskHandle<int> second = spawn(get_from(queue));
    co_await wait_all_tasks_blocked();
    EXPECT_FALSE(queue.is_shut_down());
    queue.shutdown();
    EXPECT_TRUE(queue.is_shut_down());
    EXPECT_EQ(queue.size(), 0U);
    co_await queue.join();
    EXPECT_TRUE(co_await is_shut_down(first));
    EXPECT_TRUE(co_await is_shut_down(second));
    co_await expect_nothing_goes_in(queue);
    co_await expect_nothing_comes_out(queue);
  });
}

// CPython: test_shutdown_nonempty.
TYPED_TEST(EveryQueueShutDown, EndsPuttersAndLetsItemsOut) {
  expect_passes_by_every_rule([]() -> Task<> {
    TypeParam queue(1);
    queue.put_nowait(1);
    const TaskHandle<> joiner = spawn(join(queue));
    const TaskHandle<> first = spawn(put_into(queue, 2));
    const TaskHandle<> second = spawn(put_into(queue, 3));
    co_await wait_all_tasks_blocked();
    queue.shutdown();
    EXPECT_EQ(queue.size(), 1U);
    EXPECT_TRUE(co_await is_shut_down(first));
    EXPECT_TRUE(co_await is_shut_down(second));
    EXPECT_EQ(co_await queue.get(), 1);
    co_await wait_all_tasks_blocked();
    EXPECT_FALSE(joiner.done());
    co_await expect_nothing_goes_in(queue);
    co_await expect_nothing_comes_out(queue);
    queue.task_done();
    co_await joiner;
    EXPECT_TRUE(is_misuse([&] { queue.task_done(); }));
  });
}

// CPython: test_shutdown_immediate.
TYPED_TEST(EveryQueueShutDown, DropsItemsAtOnceAndCountsThemAsDone) {
  expect_passes_by_every_rule([]() -> Task<> {
    TypeParam queue;
    queue.put_nowait(1);
    const TaskHandle<> joiner = spawn(join(queue));
    co_await yield();
    queue.shutdown(true);
    EXPECT_EQ(queue.size(), 0U);
    co_await joiner;
    co_await expect_nothing_goes_in(queue);
    co_await expect_nothing_comes_out(queue);
    EXPECT_TRUE(is_misuse([&] { queue.task_done(); }));
  });
}

// CPython: test_shutdown_immediate_with_unfinished.
TYPED_TEST(EveryQueueShutDown, WaitsForItemsThatWereTakenBefore) {
  expect_passes_by_every_rule([]() -> Task<> {
    TypeParam queue;
    queue.put_nowait(1);
    queue.put_nowait(1);
    const TaskHandle<> joiner = spawn(join(queue));
    EXPECT_EQ(co_await queue.get(), 1);
    queue.shutdown(true);
    EXPECT_EQ(queue.size(), 0U);
    co_await wait_all_tasks_blocked();
    EXPECT_FALSE(joiner.done());
    co_await expect_nothing_goes_in(queue);
    co_await expect_nothing_comes_out(queue);
    queue.task_done();
    EXPECT_TRUE(is_misuse([&] { queue.task_done(); }));
    co_await joiner;
  });
}

// A getter that was woken for an item has it, unless the item is dropped before it resumes; the
// others end.
TYPED_TEST(EveryQueueShutDown, LeavesAWokenGetterItsItem) {
  for (const bool immediate : {false, true}) {
    expect_passes_by_every_rule([immediate]() -> Task<> {
      TypeParam queue;
      const TaskHandle<int> first = spawn(get_from(queue));
      co_await wait_all_tasks_blocked();
      const TaskHandle<int> second = spawn(get_from(queue));
      co_await wait_all_tasks_blocked();
      queue.put_nowait(1);
      queue.shutdown(immediate);
      EXPECT_TRUE(co_await is_shut_down(second));
      if (immediate) {
        EXPECT_TRUE(co_await is_shut_down(first));
      } else {
        EXPECT_EQ(co_await first, 1);
      }
    });
  }
}

// If it is cancelled, the next has the item.
TYPED_TEST(EveryQueueShutDown, HandsTheItemOfACancelledGetterOn) {
  expect_passes_by_every_rule([]() -> Task<> {
    TypeParam queue;
    std::vector<TaskHandle<int>> getters;
    for (int i = 0; i < 3; ++i) {
      getters.push_back(spawn(get_from(queue)));
      co_await wait_all_tasks_blocked();
    }
    queue.put_nowait(1);
    queue.shutdown();
    getters[0].cancel();
    EXPECT_EQ(co_await ending_of(getters[0]), Ending::cancelled);
    EXPECT_EQ(co_await getters[1], 1);
    EXPECT_TRUE(co_await is_shut_down(getters[2]));
  });
}

// A putter that was woken for room does not put any more; its item stays with it.
TEST(Queue, EndsAPutterThatWasWokenBeforeTheShutdown) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> queue(1);
    queue.put_nowait(1);
    const TaskHandle<> putter = spawn(put_into(queue, 2));
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(queue.get_nowait(), 1);
    queue.shutdown();
    EXPECT_TRUE(co_await is_shut_down(putter));
    EXPECT_EQ(queue.size(), 0U);
  });
}

TEST(Queue, FailsAtOnceWhenItIsShutDown) {
  expect_no_suspension([]() -> Task<> {
    Queue<int> queue(0, "jobs");
    bool other_has_run = false;
    const TaskHandle<> other = spawn(mark(other_has_run));
    queue.shutdown();
    queue.shutdown();
    std::string message;
    try {
      co_await queue.get();
    } catch (const QueueShutDown& error) {
      message = error.what();
    }
    EXPECT_EQ(message, "get of queue \"jobs\": it is shut down");
    if (detail::context.await_points == AwaitPoints::suspending) {
      EXPECT_FALSE(other_has_run);
    }
    co_await other;
  });
}

}  // namespace
}  // namespace coweave::test
