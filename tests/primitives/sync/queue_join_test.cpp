// task_done() and join() of every kind of queue. Statements are those of asyncio_semantics.md,
// section 6.

#include "primitives/sync/queue_support.hpp"

namespace coweave::test {
namespace {

template <class AnyQueue>
class EveryQueue : public ::testing::Test {};
using Kinds = ::testing::Types<Queue<int>, LifoQueue<int>, PriorityQueue<int>>;
TYPED_TEST_SUITE(EveryQueue, Kinds);

// Queue 8. CPython: test_task_done_underflow.
TYPED_TEST(EveryQueue, RejectsMoreDoneThanPut) {
  expect_passes_by_every_rule([]() -> Task<> {
    TypeParam queue;
    EXPECT_TRUE(is_misuse([&] { queue.task_done(); }));
    queue.put_nowait(1);
    queue.task_done();  // Before it is taken: only the puts are counted.
    EXPECT_TRUE(is_misuse([&] { queue.task_done(); }));
    co_return;
  });
}

template <class AnyQueue>
Task<> work(AnyQueue& queue, const bool& is_running, int& sum) {
  while (is_running) {
    const int item = co_await queue.get();
    sum += item;
    queue.task_done();
  }
}

// Queue 8. CPython: test_task_done.
TYPED_TEST(EveryQueue, IsJoinedWhenAllItemsAreDone) {
  const auto body = [](int items) -> Task<> {
    TypeParam queue;
    for (int i = 0; i < items; ++i) queue.put_nowait(i);
    bool is_running = true;
    int sum = 0;
    const TaskHandle<> first = spawn(work(queue, is_running, sum));
    const TaskHandle<> second = spawn(work(queue, is_running, sum));
    co_await queue.join();
    EXPECT_EQ(sum, items * (items - 1) / 2);
    is_running = false;
    for (int i = 0; i < 2; ++i) queue.put_nowait(0);
    co_await first;
    co_await second;
  };
  expect_passes_in_production_order([body] { return body(100); });
  expect_passes_by_every_rule([body] { return body(2); });
}

// Queue 8. CPython: test_join_empty_queue.
TYPED_TEST(EveryQueue, IsJoinedAtOnceWhileItIsEmpty) {
  expect_no_suspension([]() -> Task<> {
    TypeParam queue;
    bool other_has_run = false;
    const TaskHandle<> other = spawn(mark(other_has_run));
    co_await queue.join();
    co_await queue.join();
    if (detail::context.await_points == AwaitPoints::suspending) {
      EXPECT_FALSE(other_has_run);
    }
    co_await other;
  });
}

// Queue 8: as an event that was set, join() returns though items were put before it has resumed.
TYPED_TEST(EveryQueue, IsJoinedAlsoIfItemsFollow) {
  expect_passes_by_every_rule([]() -> Task<> {
    TypeParam queue;
    queue.put_nowait(1);
    const TaskHandle<> joiner = spawn(join(queue));
    co_await wait_all_tasks_blocked();
    queue.task_done();
    queue.put_nowait(2);
    co_await joiner;
  });
}

}  // namespace
}  // namespace coweave::test
