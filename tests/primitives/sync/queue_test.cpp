// Queue, LifoQueue and PriorityQueue when nobody is cancelled and nothing is shut down. Statements
// are those of asyncio_semantics.md, section 6.

#include <memory>
#include <sstream>
#include <string>

#include "primitives/sync/foreign_types.hpp"
#include "primitives/sync/queue_support.hpp"

namespace coweave::test {
namespace {

using ::testing::HasSubstr;

// Queue 1. CPython: test_empty.
TEST(Queue, IsEmptyWhenEveryItemHasLeft) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> queue;
    EXPECT_TRUE(queue.empty());
    co_await queue.put(1);
    EXPECT_FALSE(queue.empty());
    EXPECT_EQ(queue.size(), 1U);
    EXPECT_EQ(co_await queue.get(), 1);
    EXPECT_TRUE(queue.empty());
  });
}

// Queue 1. CPython: test_full.
TEST(Queue, IsFullAtItsBound) {
  expect_passes_by_every_rule([]() -> Task<> {
    const Queue<int> unbounded;
    EXPECT_FALSE(unbounded.full());
    Queue<int> queue(1);
    EXPECT_FALSE(queue.full());
    co_await queue.put(1);
    EXPECT_TRUE(queue.full());
  });
}

// Queue 1, 2. CPython: test_blocking_put, test_nonblocking_put.
TEST(Queue, WithoutABoundIsNeverFull) {
  for (const std::int64_t maxsize : {0, -1}) {
    expect_no_suspension([maxsize]() -> Task<> {
      Queue<int> queue(maxsize);
      EXPECT_EQ(queue.maxsize(), maxsize);
      bool other_has_run = false;
      const TaskHandle<> other = spawn(mark(other_has_run));
      for (int i = 0; i < 10; ++i) co_await queue.put(i);
      queue.put_nowait(10);
      EXPECT_FALSE(queue.full());
      EXPECT_EQ(queue.size(), 11U);
      for (int i = 0; i <= 10; ++i) EXPECT_EQ(co_await queue.get(), i);
      if (detail::context.await_points == AwaitPoints::suspending) {
        EXPECT_FALSE(other_has_run);
      }
      co_await other;
    });
  }
}

template <class Queue>
Task<> expect_order(std::vector<int> expected) {
  Queue queue;
  const int items[] = {1, 3, 2};
  for (const int item : items) co_await queue.put(item);
  Order order;
  for (int i = 0; i < 3; ++i) {
    const int item = co_await queue.get();
    order.push_back(item);
  }
  EXPECT_EQ(order, expected);
}

// Queue 3. CPython: QueueBasicTests, LifoQueueTests and PriorityQueueTests.test_order.
TEST(Queue, GivesItemsByItsKind) {
  expect_passes_by_every_rule([] { return expect_order<Queue<int>>({1, 3, 2}); });
  expect_passes_by_every_rule([] { return expect_order<LifoQueue<int>>({2, 3, 1}); });
  expect_passes_by_every_rule([] { return expect_order<PriorityQueue<int>>({1, 2, 3}); });
  expect_passes_by_every_rule([] {
    return expect_order<PriorityQueue<int, std::greater<>>>({3, 2, 1});
  });
}

struct Job {
  int urgency;
  int id;
};
struct MoreUrgent {
  bool operator()(const Job& a, const Job& b) const { return a.urgency < b.urgency; }
};

// Queue 3: equal items leave in the order in which they came, which CPython does not say.
TEST(PriorityQueue, GivesEqualItemsFirstInFirstOut) {
  expect_passes_by_every_rule([]() -> Task<> {
    PriorityQueue<Job, MoreUrgent> queue;
    for (int id = 0; id < 8; ++id) queue.put_nowait({id % 2, id});
    Order order;
    while (!queue.empty()) order.push_back(queue.get_nowait().id);
    EXPECT_EQ(order, (Order{0, 2, 4, 6, 1, 3, 5, 7}));
    co_return;
  });
}

// Queue 2. CPython: test_nonblocking_get, test_nonblocking_get_exception,
// test_nonblocking_put_exception.
TEST(Queue, ThrowsInsteadOfWaitingByNowait) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> queue(1, "jobs");
    EXPECT_TRUE(get_nowait_is_empty(queue));
    queue.put_nowait(1);
    EXPECT_TRUE(put_nowait_is_full(queue, 2));
    EXPECT_EQ(queue.get_nowait(), 1);
    std::string message;
    try {
      queue.get_nowait();
    } catch (const QueueEmpty& error) {
      message = error.what();
    }
    EXPECT_EQ(message, "get_nowait of queue \"jobs\": there is no item to take");
    co_return;
  });
}

TEST(Queue, WorksWhereNoSchedulerIs) {
  Queue<int> queue(1);
  queue.put_nowait(1);
  EXPECT_TRUE(queue.full());
  EXPECT_EQ(queue.get_nowait(), 1);
  queue.task_done();
}

Task<bool> put_three(Queue<int>& queue, Order& done) {
  for (int i = 0; i < 3; ++i) {
    co_await queue.put(i);
    done.push_back(i);
  }
  co_return true;
}

// Queue 1, 3. CPython: test_maxsize.
TEST(Queue, HoldsAPutterBackAtItsBound) {
  expect_passes_in_production_order([]() -> Task<> {
    Queue<int> queue(2);
    EXPECT_EQ(queue.maxsize(), 2);
    Order done;
    const TaskHandle<bool> putter = spawn(put_three(queue, done));
    co_await yield();
    EXPECT_EQ(done, (Order{0, 1}));
    EXPECT_EQ(co_await queue.get(), 0);
    co_await yield();
    EXPECT_EQ(done, (Order{0, 1, 2}));
    EXPECT_EQ(co_await queue.get(), 1);
    EXPECT_EQ(co_await queue.get(), 2);
    EXPECT_TRUE(putter.done());
    EXPECT_TRUE(co_await putter);
  });
}

// Queue 1, 3: the same under every schedule.
TEST(Queue, HoldsAPutterBackUnderEverySchedule) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> queue(2);
    Order done;
    const TaskHandle<bool> putter = spawn(put_three(queue, done));
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(done, (Order{0, 1}));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(co_await queue.get(), i);
    EXPECT_TRUE(co_await putter);
  });
}

// Queue 1. CPython: test_blocking_get.
TEST(Queue, GivesAnItemThatIsThereWithoutSuspending) {
  expect_no_suspension([]() -> Task<> {
    Queue<int> queue;
    bool other_has_run = false;
    const TaskHandle<> other = spawn(mark(other_has_run));
    queue.put_nowait(1);
    EXPECT_EQ(co_await queue.get(), 1);
    if (detail::context.await_points == AwaitPoints::suspending) {
      EXPECT_FALSE(other_has_run);
    }
    co_await other;
  });
}

// Queue 1. CPython: test_blocking_get_wait, test_put_with_waiting_getters.
TEST(Queue, LetsAGetterWaitForAnItem) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> queue;
    const TaskHandle<int> getter = spawn(get_from(queue));
    co_await wait_all_tasks_blocked();
    EXPECT_FALSE(getter.done());
    co_await queue.put(1);
    EXPECT_EQ(co_await getter, 1);
  });
}

Task<> put_two(Queue<int>& queue) {
  co_await queue.put(1);
  co_await queue.put(2);
}

// Queue 1. CPython: test_blocking_put_wait.
TEST(Queue, LetsAPutterWaitForRoom) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> queue(1);
    const TaskHandle<> putter = spawn(put_two(queue));
    co_await wait_all_tasks_blocked();
    EXPECT_FALSE(putter.done());
    EXPECT_EQ(queue.get_nowait(), 1);
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_TRUE(queue.full());  // The room is the putter's.
    co_await putter;
    EXPECT_EQ(queue.size(), 1U);
  });
}

// Queue 1, 7. CPython: test_get_with_putters, test_get_with_waiting_putters.
TEST(Queue, GivesItemsOfWaitingPuttersInOrderOfTheirPuts) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> queue(1);
    for (int i = 1; i <= 3; ++i) {
      spawn(put_into(queue, i));
      co_await wait_all_tasks_blocked();
    }
    for (int i = 1; i <= 3; ++i) EXPECT_EQ(co_await queue.get(), i);
  });
}

Task<> consume_times(Queue<int>& queue, int times) {
  for (int i = 0; i < times; ++i) EXPECT_EQ(co_await queue.get(), i);
}
Task<> produce_times(Queue<int>& queue, int times) {
  for (int i = 0; i < times; ++i) co_await queue.put(i);
}

// Queue 7. CPython: test_why_are_getters_waiting.
TEST(Queue, PassesItemsFromAProducerToAConsumer) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> queue(1);
    co_await gather(produce_times(queue, 5), consume_times(queue, 5));
    EXPECT_TRUE(queue.empty());
  });
}

Task<> get_all_there_are(Queue<int>& queue) {
  co_await yield();
  const std::size_t items = queue.size();
  for (std::size_t i = 0; i < items; ++i) static_cast<void>(queue.get_nowait());
}

// Queue 7. CPython: test_why_are_putters_waiting.
TEST(Queue, LetsSeveralPuttersWaitAtOnce) {
  expect_passes_in_production_order([]() -> Task<> {
    Queue<int> queue(2);
    co_await gather(get_all_there_are(queue), put_into(queue, 0), put_into(queue, 1),
                    put_into(queue, 2), put_into(queue, 3));
    EXPECT_EQ(queue.size(), 2U);
  });
}

Task<> put_and_note(Queue<int>& queue, Order& calls, int item) {
  calls.push_back(item);
  co_await queue.put(item);
}
Task<> get_and_note(Queue<int>& queue, Order& calls, std::vector<std::pair<int, int>>& got,
                    int id) {
  calls.push_back(id);
  const int item = co_await queue.get();
  got.emplace_back(id, item);
}

// Queue 5 (gh-83055), decided otherwise than CPython: items leave in the order of the put calls,
// and the getters get them in the order of the get calls, under every schedule.
TEST(Queue, LetsNobodyOvertake) {
  const auto putters = []() -> Task<> {
    Queue<int> queue(1);
    Order calls;
    std::vector<TaskHandle<>> tasks;
    for (int item = 1; item <= 3; ++item) tasks.push_back(spawn(put_and_note(queue, calls, item)));
    Order got;
    for (int i = 0; i < 3; ++i) {
      const int item = co_await queue.get();
      got.push_back(item);
    }
    EXPECT_EQ(got, calls);
    for (const TaskHandle<>& task : tasks) co_await task;
  };
  const auto getters = []() -> Task<> {
    Queue<int> queue;
    Order calls;
    std::vector<std::pair<int, int>> got;
    std::vector<TaskHandle<>> tasks;
    for (int id = 1; id <= 3; ++id) tasks.push_back(spawn(get_and_note(queue, calls, got, id)));
    for (int item = 0; item < 3; ++item) co_await queue.put(item);
    for (const TaskHandle<>& task : tasks) co_await task;
    EXPECT_EQ(got.size(), 3U);
    for (const auto& [id, item] : got) EXPECT_EQ(calls[static_cast<std::size_t>(item)], id);
  };
  expect_passes_by_every_rule(putters);
  expect_passes_by_every_rule(getters);
}

// Queue 2, 5: a _nowait call does not overtake either: what is there is for those who wait.
TEST(Queue, LetsNowaitNotOvertakeAWokenWaiter) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> queue(1);
    const TaskHandle<int> getter = spawn(get_from(queue));
    co_await wait_all_tasks_blocked();
    queue.put_nowait(1);
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.size(), 1U);
    EXPECT_TRUE(get_nowait_is_empty(queue));
    EXPECT_EQ(co_await getter, 1);
    queue.put_nowait(2);
    const TaskHandle<> putter = spawn(put_into(queue, 3));
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(queue.get_nowait(), 2);
    EXPECT_TRUE(put_nowait_is_full(queue, 4));
    co_await putter;
    EXPECT_EQ(queue.get_nowait(), 3);
  });
}

Task<> put_then_say(Queue<int>& queue, bool& has_said) {
  co_await queue.put(1);
  has_said = true;
}
Task<> get_and_look(Queue<int>& queue, const bool& has_said, bool& was_said) {
  co_await queue.get();
  was_said = has_said;
}

// What a put does belongs to the step before it: where every await suspends, the item may be taken
// before the putter goes on. Where asyncio's rule holds, it goes on at once.
TEST(Queue, TakesEffectAtOnceAlsoWhereEveryAwaitSuspends) {
  const auto body = []() -> Task<> {
    Queue<int> queue;
    bool has_said = false;
    bool was_said = false;
    co_await gather(put_then_say(queue, has_said), get_and_look(queue, has_said, was_said));
    EXPECT_TRUE(was_said);
  };
  EXPECT_THAT(explore(body, exhaustively(AwaitPoints::suspending)), PassesExhaustively());
  EXPECT_THAT(explore(body, exhaustively(AwaitPoints::operations)), FailsWith(FailureKind::check));
  EXPECT_THAT(explore(body, exhaustively(AwaitPoints::every)), FailsWith(FailureKind::check));
}

// One item and two tasks. Under `suspending` the getter starts first and waits, or the putter ends
// at once: 2 schedules. Under `every` who completes at once suspends too. Putter first: it resumes
// before the getter starts, or after: once the getter has started both are ready, in either order:
// 1 + 2 = 3. Getter first: after the put both are ready: 2. In all 5.
TEST(Queue, HasAsManySchedulesAsItsOperationsSuspend) {
  expect_schedules(2, 5, []() -> Task<> {
    Queue<int> queue;
    co_await gather(put_into(queue, 1), get_from(queue));
  });
}

// Items that cannot be copied go in and out, through a wait too.
TEST(Queue, MovesItemsThatCannotBeCopied) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<std::unique_ptr<int>> queue(1);
    const TaskHandle<> one = spawn(put_into(queue, std::make_unique<int>(1)));
    const TaskHandle<> two = spawn(put_into(queue, std::make_unique<int>(2)));
    const std::unique_ptr<int> first = co_await queue.get();
    const std::unique_ptr<int> second = co_await queue.get();
    EXPECT_EQ(*first + *second, 3);
    co_await one;
    co_await two;
    queue.put_nowait(std::make_unique<int>(3));
    EXPECT_EQ(*queue.get_nowait(), 3);
    LifoQueue<std::unique_ptr<int>> stack;
    co_await stack.put(std::make_unique<int>(4));
    EXPECT_EQ(*stack.get_nowait(), 4);
  });
}

// A copy is made at the call: what the caller does to its variable later changes nothing.
TEST(Queue, CopiesAnItemThatIsNotMovedIn) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<std::string> queue(1);
    std::string text = "one";
    co_await queue.put(text);
    text = "two";
    EXPECT_EQ(co_await queue.get(), "one");
    queue.put_nowait(text);
    EXPECT_EQ(text, "two");
    EXPECT_EQ(queue.get_nowait(), "two");
  });
}

// Misuse, by the wording of the other primitives.
TEST(Queue, IsMisusedByItsDestructionWhileWaitedFor) {
  const auto waited_for_by = [](int kind) -> Task<> {
    Queue<int> queue(1, "jobs");
    queue.put_nowait(1);
    if (kind == 0) spawn(put_into(queue, 2));
    if (kind == 1) spawn(join(queue));
    if (kind == 2) {
      queue.get_nowait();
      spawn(get_from(queue));
    }
    co_await wait_all_tasks_blocked();
  };
  for (const int kind : {0, 1, 2})
    EXPECT_THAT(
        explore([&] { return waited_for_by(kind); }, exhaustively(AwaitPoints::every)),
        FailsWith(FailureKind::misuse,
                  HasSubstr("destruction of queue \"jobs\": expected no waiters, found some")));
}

Task<> destroy_under_a_woken_getter() {
  auto queue = std::make_unique<Queue<int>>(0, "jobs");
  const TaskHandle<int> getter = spawn(get_from(*queue));
  co_await wait_all_tasks_blocked();
  queue->put_nowait(1);
  queue.reset();
  co_await wait_all_tasks_blocked();
  EXPECT_FALSE(getter.done());
}

TEST(Queue, LeavesAWokenGetterBlockedWhenItIsDestroyed) {
  EXPECT_THAT(explore(destroy_under_a_woken_getter, exhaustively(AwaitPoints::suspending)),
              FailsWith(FailureKind::misuse, HasSubstr("queue \"jobs\"")));
}

TEST(Queue, SaysWhoWaitsForItInADeadlock) {
  const auto body = []() -> Task<> {
    Queue<int> queue(0, "jobs");
    queue.put_nowait(1);
    co_await queue.join();
  };
  const Report report = explore(body, exhaustively(AwaitPoints::every));
  EXPECT_THAT(report, FailsWith(FailureKind::deadlock));
  std::ostringstream text;
  text << report;
  EXPECT_THAT(text.str(), HasSubstr("join queue \"jobs\""));
}

foreign::Detached pump(Queue<int>& from, Queue<int>& to) {
  for (int i = 0; i < 2; ++i) {
    const int item = co_await from.get();
    co_await to.put(item);
    from.task_done();
  }
}

TEST(Queue, IsUsedByForeignCoroutines) {
  expect_passes_by_every_rule([]() -> Task<> {
    Queue<int> from;
    Queue<int> to(1);
    post([&] { pump(from, to); });
    co_await from.put(1);
    co_await from.put(2);
    EXPECT_EQ(co_await to.get(), 1);
    EXPECT_EQ(co_await to.get(), 2);
    co_await from.join();
  });
}

TEST(Queue, WorksUnderRun) {
  run([]() -> Task<> {
    Queue<int> queue(1);
    co_await gather(produce_times(queue, 5), consume_times(queue, 5));
    for (int i = 0; i < 5; ++i) queue.task_done();
    co_await queue.join();
    queue.shutdown();
  }());
}

}  // namespace
}  // namespace coweave::test
