// The primitives awaited by coroutines of types that know nothing of Coweave: started by post(), or
// awaited from a Task, in an exploration and under run().

#include "primitives/support.hpp"
#include "primitives/sync/foreign_types.hpp"

namespace coweave::test {
namespace {

using foreign::Detached;
using foreign::Gate;
using foreign::Lazy;

Detached enter(Lock& lock, int& inside, int& done) {
  {
    const LockGuard guard = co_await lock.scoped();
    EXPECT_EQ(++inside, 1);
    co_await yield();
    --inside;
  }
  ++done;
}

// The counts are those of Lock.LetsOneOfTwoTasksIn: a post is a task like any other.
TEST(ForeignCoroutine, ExcludesOthersByALock) {
  expect_schedules(4, 6, []() -> Task<> {
    Lock lock;
    int inside = 0;
    int done = 0;
    post([&] { enter(lock, inside, done); });
    post([&] { enter(lock, inside, done); });
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(done, 2);
  });
}

Detached take_turn(Semaphore& semaphore, int& active, int& done) {
  co_await semaphore.acquire();
  EXPECT_LE(++active, 1);
  co_await yield();
  --active;
  semaphore.release();
  ++done;
}

TEST(ForeignCoroutine, TakesPermitsOfASemaphore) {
  expect_schedules(4, 6, []() -> Task<> {
    Semaphore semaphore(1);
    int active = 0;
    int done = 0;
    post([&] { take_turn(semaphore, active, done); });
    post([&] { take_turn(semaphore, active, done); });
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(done, 2);
    EXPECT_EQ(semaphore.value(), 1);
  });
}

TEST(ForeignCoroutine, TakesPermitsOfABoundedSemaphore) {
  expect_schedules(4, 6, []() -> Task<> {
    BoundedSemaphore semaphore(1);
    int active = 0;
    int done = 0;
    post([&] { take_turn(semaphore, active, done); });
    post([&] { take_turn(semaphore, active, done); });
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(done, 2);
    EXPECT_TRUE(is_misuse([&] { semaphore.release(); }));
  });
}

Detached pass_event(Event& event, int& done) {
  EXPECT_TRUE(co_await event.wait());
  ++done;
}

Task<> set(Event& event) {
  event.set();
  co_return;
}

// The three tasks W, W', S: S first: 2 orders; W, S: 2 orders of W and W' for each of 2; both
// before S: 2 * 2. 2 + 4 + 4 = 10. Under `every` a waiter that comes after the set takes two steps
// instead of one, and no other task is changed: S first: two tasks of two steps, 4!/(2!2!) = 6; one
// before S: its last step among the two of the other, 3 orders, 2 * 3; both before: 4. 6 + 6 + 4
// = 16.
TEST(ForeignCoroutine, WaitsForAnEvent) {
  expect_schedules(10, 16, []() -> Task<> {
    Event event;
    int done = 0;
    post([&] { pass_event(event, done); });
    post([&] { pass_event(event, done); });
    spawn(set(event));
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(done, 2);
  });
}

Detached consume(Condition& condition, int& items, int& consumed) {
  co_await condition.acquire();
  co_await condition.wait_for([&] { return items > 0; });
  --items;
  ++consumed;
  condition.release();
}

Task<> produce(Condition& condition, int& items, int count) {
  const LockGuard guard = co_await condition.scoped();
  items += count;
  condition.notify(count);
}

TEST(ForeignCoroutine, WaitsForACondition) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    int items = 0;
    int consumed = 0;
    post([&] { consume(condition, items, consumed); });
    post([&] { consume(condition, items, consumed); });
    spawn(produce(condition, items, 2));
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(consumed, 2);
  });
}

Detached sleep_then_note(std::chrono::milliseconds duration, Order& order, int id) {
  co_await sleep_for(duration);
  order.push_back(id);
}

TEST(ForeignCoroutine, Sleeps) {
  expect_passes_exhaustively([]() -> Task<> {
    Order order;
    post([&] { sleep_then_note(std::chrono::milliseconds(2), order, 2); });
    post([&] { sleep_then_note(std::chrono::milliseconds(1), order, 1); });
    co_await sleep_for(std::chrono::milliseconds(3));
    EXPECT_EQ(order, (Order{1, 2}));
  });
}

Lazy<int> locked_value(Lock& lock, int value) {
  const LockGuard guard = co_await lock.scoped();
  co_await yield();
  co_return value;
}

Lazy<int> twice(Lock& lock, int value) {
  const int first = co_await locked_value(lock, value);
  co_return first + co_await locked_value(lock, value);
}

Task<int> await_foreign(Lock& lock, int value) { co_return co_await twice(lock, value); }

TEST(ForeignCoroutine, IsAwaitedFromATaskAndAwaitsPrimitives) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    const auto [left, right] = co_await gather(await_foreign(lock, 1), await_foreign(lock, 10));
    EXPECT_EQ(left, 2);
    EXPECT_EQ(right, 20);
    EXPECT_FALSE(lock.locked());
  });
}

// The cancellation goes through the foreign coroutine like any exception.
TEST(ForeignCoroutine, IsLeftByTheCancellationOfTheTaskThatAwaitsIt) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    co_await lock.acquire();
    const TaskHandle<int> task = spawn(await_foreign(lock, 1));
    co_await wait_all_tasks_blocked();
    task.cancel();
    EXPECT_EQ(co_await ending_of(task), Ending::cancelled);
    EXPECT_TRUE(lock.locked());
    lock.release();
  });
}

Lazy<int> locked_then_gated(Lock& lock, Gate& gate) {
  const LockGuard guard = co_await lock.scoped();
  co_await gate;
  co_return 7;
}

Task<int> await_locked_then_gated(Lock& lock, Gate& gate) {
  co_return co_await locked_then_gated(lock, gate);
}

// A foreign coroutine that first waits for a primitive and then for something foreign, in whatever
// order the two are available.
TEST(ForeignCoroutine, MayAwaitAPrimitiveAndThenAForeignAwaitable) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    Gate gate;
    co_await lock.acquire();
    const TaskHandle<int> task = spawn(await_locked_then_gated(lock, gate));
    co_await wait_all_tasks_blocked();
    lock.release();
    co_await wait_all_tasks_blocked();
    EXPECT_FALSE(task.done());
    EXPECT_TRUE(lock.locked());
    gate.open();
    EXPECT_EQ(co_await task, 7);
    EXPECT_FALSE(lock.locked());
  });
}

Lazy<int> gated_then_locked(Lock& lock, Gate& gate) {
  co_await gate;
  const LockGuard guard = co_await lock.scoped();
  co_return 8;
}

Task<int> await_gated_then_locked(Lock& lock, Gate& gate) {
  co_return co_await gated_then_locked(lock, gate);
}

// The gate resumes the foreign coroutine within the body's step; there it waits for the lock that
// the body holds.
TEST(ForeignCoroutine, MayAwaitAPrimitiveWhereAnotherTaskResumesIt) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    Gate gate;
    co_await lock.acquire();
    const TaskHandle<int> task = spawn(await_gated_then_locked(lock, gate));
    co_await wait_all_tasks_blocked();
    gate.open();
    EXPECT_FALSE(task.done());
    co_await yield();
    EXPECT_FALSE(task.done());
    lock.release();
    EXPECT_EQ(co_await task, 8);
    EXPECT_FALSE(lock.locked());
  });
}

// The same, and the body releases the lock in the step in which it has opened the gate: what waits
// is ready before the body suspends, and both go on, in any order.
TEST(ForeignCoroutine, MayBeWokenInTheStepInWhichAnotherTaskResumesIt) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    Gate gate;
    co_await lock.acquire();
    const TaskHandle<int> task = spawn(await_gated_then_locked(lock, gate));
    co_await wait_all_tasks_blocked();
    gate.open();
    lock.release();
    EXPECT_FALSE(task.done());
    co_await yield();
    EXPECT_EQ(co_await task, 8);
    EXPECT_FALSE(lock.locked());
  });
}

Task<> start_detached(Lock& lock, int& inside, int& done) {
  enter(lock, inside, done);
  co_return;
}

// Started within the step of a task that goes on, and ends, while what it started waits.
TEST(ForeignCoroutine, MayBeStartedByATaskThatEndsBeforeIt) {
  expect_passes_exhaustively([]() -> Task<> {
    Lock lock;
    int inside = 0;
    int done = 0;
    co_await lock.acquire();
    co_await start_detached(lock, inside, done);
    const TaskHandle<> starter = spawn(start_detached(lock, inside, done));
    co_await wait_all_tasks_blocked();
    EXPECT_TRUE(starter.done());
    EXPECT_EQ(done, 0);
    lock.release();
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(done, 2);
    EXPECT_FALSE(lock.locked());
  });
}

// Misuse in a foreign coroutine is a failure like any other.
Detached release_free(Lock& lock) {
  co_await yield();
  lock.release();
}

TEST(ForeignCoroutine, FailsByMisuse) {
  const Report report = explore(
      []() -> Task<> {
        Lock lock("db");
        post([&] { release_free(lock); });
        co_await wait_all_tasks_blocked();
      },
      exhaustively(AwaitPoints::every));
  EXPECT_THAT(report, FailsWith(FailureKind::misuse, ::testing::HasSubstr("lock \"db\"")));
  EXPECT_FALSE(Detached::left().empty());
  for (const std::coroutine_handle<> frame : Detached::left()) frame.destroy();
  Detached::left().clear();
}

TEST(ForeignCoroutine, UsesPrimitivesUnderRun) {
  const auto body = []() -> Task<int> {
    Lock lock;
    Event event;
    Condition condition;
    Semaphore semaphore(1);
    int inside = 0;
    int entered = 0;
    int active = 0;
    int turns = 0;
    int passed = 0;
    int items = 0;
    int consumed = 0;
    for (int i = 0; i < 2; ++i) {
      post([&] { enter(lock, inside, entered); });
      post([&] { take_turn(semaphore, active, turns); });
      post([&] { pass_event(event, passed); });
      post([&] { consume(condition, items, consumed); });
    }
    spawn(produce(condition, items, 2));
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(passed, 0);
    event.set();
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(entered, 2);
    EXPECT_EQ(turns, 2);
    EXPECT_EQ(passed, 2);
    EXPECT_EQ(consumed, 2);
    co_return co_await twice(lock, 21);
  };
  EXPECT_EQ(run(body()), 42);
}

}  // namespace
}  // namespace coweave::test
