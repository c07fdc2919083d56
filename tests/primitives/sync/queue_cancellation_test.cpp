// Queue: cancelled putters, getters and joiners. Statement 6 of asyncio_semantics.md, section 6.

#include <memory>

#include "primitives/sync/queue_support.hpp"

namespace coweave::test {
namespace {

template <class AnyQueue>
class EveryQueueCancelled : public ::testing::Test {};
using Kinds = ::testing::Types<Queue<int>, LifoQueue<int>, PriorityQueue<int>>;
TYPED_TEST_SUITE(EveryQueueCancelled, Kinds);

// CPython: test_get_cancel_drop_one_pending_reader.
TYPED_TEST(EveryQueueCancelled, KeepsTheItemOfACancelledGetter) {
  expect_passes_by_every_rule([]() -> Task<> {
    TypeParam queue;
    const TaskHandle<int> reader = spawn(get_from(queue));
    co_await wait_all_tasks_blocked();
    queue.put_nowait(1);
    EXPECT_TRUE(queue.empty());
    reader.cancel();
    EXPECT_EQ(co_await ending_of(reader), Ending::cancelled);
    EXPECT_EQ(queue.size(), 1U);
    EXPECT_FALSE(queue.empty());
    EXPECT_EQ(co_await queue.get(), 1);
  });
}

// CPython: test_get_cancel_drop_many_pending_readers.
TYPED_TEST(EveryQueueCancelled, WakesTheNextGetterForACancelledOne) {
  expect_passes_by_every_rule([]() -> Task<> {
    TypeParam queue;
    const TaskHandle<int> first = spawn(get_from(queue));
    co_await wait_all_tasks_blocked();
    const TaskHandle<int> second = spawn(get_from(queue));
    const TaskHandle<int> third = spawn(get_from(queue));
    co_await wait_all_tasks_blocked();
    queue.put_nowait(1);
    queue.put_nowait(2);
    first.cancel();
    EXPECT_EQ(co_await ending_of(first), Ending::cancelled);
    const int of_second = co_await second;
    const int of_third = co_await third;
    EXPECT_EQ(of_second + of_third, 3);
    EXPECT_NE(of_second, of_third);
  });
}

// CPython: test_get_cancelled_race.
TEST(Queue, PassesOverAGetterThatWasCancelledBeforeThePut) {
  expect_passes_in_production_order([]() -> Task<> {
    Queue<char> queue;
    const TaskHandle<char> first = spawn(get_from(queue));
    const TaskHandle<char> second = spawn(get_from(queue));
    co_await yield();
    first.cancel();
    co_await yield();
    EXPECT_TRUE(first.cancelled());
    co_await queue.put('a');
    co_await yield();
    EXPECT_EQ(co_await second, 'a');
  });
}

// The same where the cancelled one has not resumed when the item comes.
TEST(Queue, ReachesTheSecondGetterBehindACancelledHead) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> queue;
    const TaskHandle<int> first = spawn(get_from(queue));
    co_await wait_all_tasks_blocked();
    const TaskHandle<int> second = spawn(get_from(queue));
    co_await wait_all_tasks_blocked();
    first.cancel();
    queue.put_nowait(1);
    EXPECT_EQ(co_await second, 1);
    EXPECT_EQ(co_await ending_of(first), Ending::cancelled);
  });
}

// CPython: test_put_cancel_drop.
TYPED_TEST(EveryQueueCancelled, GivesTheRoomOfACancelledPutterBack) {
  expect_passes_by_every_rule([]() -> Task<> {
    TypeParam queue(1);
    queue.put_nowait(1);
    const TaskHandle<> writer = spawn(put_into(queue, 2));
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(queue.get_nowait(), 1);
    writer.cancel();
    EXPECT_EQ(co_await ending_of(writer), Ending::cancelled);
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_FALSE(queue.full());
    co_await spawn(put_into(queue, 2));
    EXPECT_EQ(queue.get_nowait(), 2);
    EXPECT_EQ(queue.size(), 0U);
  });
}

// CPython: test_put_cancelled_race.
TEST(Queue, PassesOverAPutterThatWasCancelledBeforeTheGet) {
  expect_passes_in_production_order([]() -> Task<> {
    Queue<char> queue(1);
    const TaskHandle<> a = spawn(put_into(queue, 'a'));
    const TaskHandle<> b = spawn(put_into(queue, 'b'));
    const TaskHandle<> c = spawn(put_into(queue, 'X'));
    co_await yield();
    EXPECT_TRUE(a.done());
    EXPECT_FALSE(b.done());
    c.cancel();
    co_await yield();
    EXPECT_TRUE(c.done());
    EXPECT_EQ(queue.get_nowait(), 'a');
    co_await yield();
    EXPECT_EQ(queue.get_nowait(), 'b');
    co_await b;
  });
}

TEST(Queue, WakesTheNextPutterForACancelledOne) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> queue(1);
    queue.put_nowait(1);
    const TaskHandle<> first = spawn(put_into(queue, 2));
    co_await wait_all_tasks_blocked();
    const TaskHandle<> second = spawn(put_into(queue, 3));
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(queue.get_nowait(), 1);
    first.cancel();
    EXPECT_EQ(co_await ending_of(first), Ending::cancelled);
    co_await second;
    EXPECT_EQ(queue.get_nowait(), 3);
  });
}

// CPython: test_put_cancelled (which cancels nobody): the putter ends though nobody waits for it.
TEST(Queue, LetsAPutterEndBeforeItsItemIsTaken) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> queue;
    const TaskHandle<> putter = spawn(put_into(queue, 1));
    EXPECT_EQ(co_await queue.get(), 1);
    co_await putter;
  });
}

Task<> put_or_keep(Queue<std::unique_ptr<int>>& queue, std::unique_ptr<int>& item) {
  co_await queue.put(std::move(item));
}

// An item that was not put stays where it was.
TEST(Queue, LeavesTheItemOfACancelledPutterWithIt) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<std::unique_ptr<int>> queue(1);
    queue.put_nowait(std::make_unique<int>(1));
    auto item = std::make_unique<int>(2);
    const TaskHandle<> putter = spawn(put_or_keep(queue, item));
    co_await wait_all_tasks_blocked();
    putter.cancel();
    EXPECT_EQ(co_await ending_of(putter), Ending::cancelled);
    EXPECT_TRUE(item != nullptr && *item == 2);
    try {
      queue.put_nowait(std::move(item));
    } catch (const QueueFull&) {
    }
    EXPECT_TRUE(item != nullptr);  // NOLINT(bugprone-use-after-move): that is the claim.
    queue.get_nowait();
    co_await put_or_keep(queue, item);
    EXPECT_TRUE(item == nullptr);
  });
}

Task<> put_then_wait(Queue<int>& queue, bool& has_put, Event& never) {
  co_await queue.put(1);
  has_put = true;
  co_await never.wait();
}
Task<> get_then_wait(Queue<int>& queue, int& got, Event& never) {
  const int item = co_await queue.get();
  got = item;
  co_await never.wait();
}

// Wherever the cancellation comes, the operation takes effect and returns, or does not and throws.
TEST(Queue, DoesAPutAndReturnsOrDoesNotAndThrows) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> queue;
    Event never;
    bool has_put = false;
    const TaskHandle<> putter = spawn(put_then_wait(queue, has_put, never));
    co_await yield();
    putter.cancel();
    EXPECT_EQ(co_await ending_of(putter), Ending::cancelled);
    EXPECT_EQ(queue.size(), has_put ? 1U : 0U);
  });
}

TEST(Queue, DoesAGetAndReturnsOrDoesNotAndThrows) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> queue;
    Event never;
    int got = 0;
    queue.put_nowait(7);
    const TaskHandle<> getter = spawn(get_then_wait(queue, got, never));
    co_await yield();
    getter.cancel();
    EXPECT_EQ(co_await ending_of(getter), Ending::cancelled);
    EXPECT_EQ(got, queue.size() == 0 ? 7 : 0);
  });
}

Task<> put_five_then_wait(Queue<int>& queue, int& puts, Event& never) {
  for (int i = 0; i < 5; ++i) {
    co_await queue.put(i);
    ++puts;
  }
  co_await never.wait();
}

// Where every await suspends, a task whose operations all complete at once is cancelled too: after
// the one that is under way, before the next.
TEST(Queue, ThrowsACancellationThatAnOperationOutranAtTheNextOne) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> queue;
    Event never;
    int puts = 0;
    const TaskHandle<> putter = spawn(put_five_then_wait(queue, puts, never));
    for (int i = 0; i < 2; ++i) co_await yield();
    const int before = puts;
    putter.cancel();
    EXPECT_EQ(co_await ending_of(putter), Ending::cancelled);
    EXPECT_LE(puts, before + 1);
    EXPECT_EQ(queue.size(), static_cast<std::size_t>(puts));
  });
}

TEST(Queue, LetsAJoinerBeCancelled) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> queue;
    queue.put_nowait(1);
    const TaskHandle<> joiner = spawn(join(queue));
    const TaskHandle<> other = spawn(join(queue));
    co_await wait_all_tasks_blocked();
    joiner.cancel();
    EXPECT_EQ(co_await ending_of(joiner), Ending::cancelled);
    EXPECT_FALSE(other.done());
    queue.task_done();
    co_await other;
  });
}

}  // namespace
}  // namespace coweave::test
