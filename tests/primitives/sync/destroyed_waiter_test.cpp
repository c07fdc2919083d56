// A coroutine of another library is destroyed while it waits: it leaves the queue, what it had got
// goes to the next in line, and the task that it ran in has ended.
#include <gmock/gmock.h>

#include <chrono>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"
#include "framework/execution/hostile_library.hpp"

namespace coweave {
namespace {

using namespace std::chrono_literals;

using Owners = std::vector<hostile::owned>;

template <class Wait>
hostile::owned waits(Wait wait) {
  static_cast<void>(co_await wait());
  ADD_FAILURE() << "it was destroyed";
}
/// Starts a coroutine that waits, in a task of its own.
template <class Wait>
auto start(Owners& owners, Wait wait) {
  post([&owners, wait] { owners.push_back(waits(wait)); });
  return wait_all_tasks_blocked();
}
template <class Wait>
Task<> waits_in_line(Wait wait) {
  static_cast<void>(co_await wait());
}

template <class Body>
void expect_passes(Body body) {
  EXPECT_THAT(explore(body), PassesExhaustively());
  EXPECT_THAT(explore(body, {.strategy = dpor()}), Passes());
  run(body());
}

TEST(DestroyedWaiter, LeavesAnEvent) {
  for (const bool is_woken : {false, true})
    expect_passes([is_woken]() -> Task<> {
      Event event;
      Owners owners;
      co_await start(owners, [&] { return event.wait(); });
      if (is_woken) event.set();
      owners.clear();
      event.set();
      co_await wait_all_tasks_blocked();
    });
}

TEST(DestroyedWaiter, LeavesAFuture) {
  for (const bool is_woken : {false, true})
    expect_passes([is_woken]() -> Task<> {
      Future<int> future;
      Owners owners;
      co_await start(owners, [&] { return future.awaiter_at({}); });
      if (is_woken) future.set_result(1);
      owners.clear();
      if (!is_woken) future.set_result(1);
      EXPECT_EQ(co_await future, 1);
      co_await wait_all_tasks_blocked();
    });
}

TEST(DestroyedWaiter, LeavesALock) {
  for (const bool is_woken : {false, true})
    expect_passes([is_woken]() -> Task<> {
      Lock lock;
      Owners owners;
      co_await lock.acquire();
      co_await start(owners, [&] { return lock.acquire(); });
      const TaskHandle<> next = spawn(waits_in_line([&] { return lock.acquire(); }));
      co_await wait_all_tasks_blocked();
      if (is_woken) lock.release();
      owners.clear();
      if (!is_woken) lock.release();
      co_await next;
      EXPECT_TRUE(lock.locked());
      lock.release();
      co_await wait_all_tasks_blocked();
    });
}

TEST(DestroyedWaiter, LeavesASemaphore) {
  for (const bool is_woken : {false, true})
    expect_passes([is_woken]() -> Task<> {
      Semaphore semaphore(0);
      Owners owners;
      co_await start(owners, [&] { return semaphore.acquire(); });
      const TaskHandle<> next = spawn(waits_in_line([&] { return semaphore.acquire(); }));
      co_await wait_all_tasks_blocked();
      if (is_woken) semaphore.release();
      owners.clear();
      if (!is_woken) semaphore.release();
      co_await next;
      EXPECT_EQ(semaphore.value(), 0);
      co_await wait_all_tasks_blocked();
    });
}

TEST(DestroyedWaiter, LeavesTheGettersOfAQueue) {
  for (const bool is_woken : {false, true})
    expect_passes([is_woken]() -> Task<> {
      Queue<int> queue;
      Owners owners;
      co_await start(owners, [&] { return queue.get(); });
      const TaskHandle<> next = spawn(waits_in_line([&] { return queue.get(); }));
      co_await wait_all_tasks_blocked();
      if (is_woken) queue.put_nowait(1);
      owners.clear();
      if (!is_woken) queue.put_nowait(1);
      co_await next;
      EXPECT_EQ(queue.size(), 0U);
      co_await wait_all_tasks_blocked();
    });
}

TEST(DestroyedWaiter, LeavesThePuttersOfAQueue) {
  for (const bool is_woken : {false, true})
    expect_passes([is_woken]() -> Task<> {
      Queue<int> queue(1);
      Owners owners;
      queue.put_nowait(1);
      const int second = 2;
      const int third = 3;
      co_await start(owners, [&] { return queue.put(second); });
      const TaskHandle<> next = spawn(waits_in_line([&] { return queue.put(third); }));
      co_await wait_all_tasks_blocked();
      if (is_woken) static_cast<void>(queue.get_nowait());
      owners.clear();
      if (!is_woken) static_cast<void>(queue.get_nowait());
      co_await next;
      EXPECT_EQ(queue.get_nowait(), 3);
      co_await wait_all_tasks_blocked();
    });
}

TEST(DestroyedWaiter, LeavesTheJoinOfAQueue) {
  for (const bool is_woken : {false, true})
    expect_passes([is_woken]() -> Task<> {
      Queue<int> queue;
      Owners owners;
      queue.put_nowait(1);
      co_await start(owners, [&] { return queue.join(); });
      EXPECT_EQ(queue.get_nowait(), 1);
      if (is_woken) queue.task_done();
      owners.clear();
      if (!is_woken) queue.task_done();
      co_await queue.join();
      co_await wait_all_tasks_blocked();
    });
}

TEST(DestroyedWaiter, LeavesABarrier) {
  for (const bool is_woken : {false, true})
    expect_passes([is_woken]() -> Task<> {
      Barrier barrier(2);
      Owners owners;
      co_await start(owners, [&] { return barrier.wait(); });
      EXPECT_EQ(barrier.n_waiting(), 1U);
      if (is_woken) barrier.reset();
      owners.clear();
      EXPECT_EQ(barrier.n_waiting(), 0U);
      const TaskHandle<> other = spawn(waits_in_line([&] { return barrier.wait(); }));
      static_cast<void>(co_await barrier.wait());
      co_await other;
      co_await wait_all_tasks_blocked();
    });
}

Task<> waits_to_be_notified(Condition& condition) {
  const auto guard = co_await condition.scoped();
  co_await condition.wait();
}
hostile::owned waits_notified(Condition& condition) {
  co_await condition.acquire();
  co_await condition.wait();
  ADD_FAILURE() << "it was destroyed";
}

enum class Progress { waits, is_notified, wants_lock };

TEST(DestroyedWaiter, LeavesAConditionAndPassesANotificationOn) {
  for (const Progress progress : {Progress::waits, Progress::is_notified, Progress::wants_lock})
    expect_passes([progress]() -> Task<> {
      Condition condition;
      Owners owners;
      post([&] { owners.push_back(waits_notified(condition)); });
      co_await wait_all_tasks_blocked();
      const TaskHandle<> next = spawn(waits_to_be_notified(condition));
      co_await wait_all_tasks_blocked();
      co_await condition.acquire();
      if (progress != Progress::waits) condition.notify();
      if (progress == Progress::wants_lock) co_await wait_all_tasks_blocked();
      owners.clear();
      if (progress == Progress::waits) condition.notify();
      condition.release();
      co_await next;
      EXPECT_FALSE(condition.locked());
      co_await wait_all_tasks_blocked();
    });
}

hostile::owned joins(TaskHandle<> task) { co_await task; }

// Where the task has ended, the coroutine may go on before it is destroyed.
TEST(DestroyedWaiter, LeavesATask) {
  for (const bool is_woken : {false, true})
    expect_passes([is_woken]() -> Task<> {
      Event event;
      Owners owners;
      const TaskHandle<> task = spawn(waits_in_line([&] { return event.wait(); }));
      post([&] { owners.push_back(joins(task)); });
      co_await wait_all_tasks_blocked();
      if (is_woken) {
        event.set();
        co_await yield();
      }
      owners.clear();
      event.set();
      co_await task;
      co_await wait_all_tasks_blocked();
    });
}

hostile::owned waits_for_any(TaskHandle<> task) {
  static_cast<void>(co_await wait(std::vector(1, task)));
  ADD_FAILURE() << "it was destroyed";
}
hostile::owned sleeps() {
  co_await sleep_for(1h);
  ADD_FAILURE() << "it was destroyed";
}
hostile::owned waits_with_deadline(Event& event) {
  const auto body = [&event](TimeoutScope& /*scope*/) -> Task<> { co_await event.wait(); };
  try {
    co_await with_timeout(1h, body);
    ADD_FAILURE() << "it was destroyed";
  } catch (const TimeoutError&) {  // Explorations let it come early, too.
  }
}

TEST(DestroyedWaiter, LeavesTheClockAndTheEndsOfTasks) {
  expect_passes([]() -> Task<> {
    Event event;
    Owners owners;
    const TaskHandle<> task = spawn(waits_in_line([&] { return event.wait(); }));
    post([&] { owners.push_back(waits_for_any(task)); });
    post([&] { owners.push_back(sleeps()); });
    post([&] { owners.push_back(waits_with_deadline(event)); });
    co_await wait_all_tasks_blocked();
    owners.clear();
    event.set();
    co_await task;
    co_await wait_all_tasks_blocked();
  });
}

TEST(DestroyedWaiter, MayBeDestroyedInTheStepInWhichItBeganToWait) {
  expect_passes([]() -> Task<> {
    Event event;
    Lock lock;
    co_await lock.acquire();
    post([&] {
      {
        const hostile::owned waiting = waits([&] { return event.wait(); });
      }
      event.set();
    });
    {
      const hostile::owned waiting = waits([&] { return lock.acquire(); });
    }
    co_await yield();
    lock.release();
    co_await wait_all_tasks_blocked();
  });
}

hostile::task leaves_a_waiter(Owners& owners, Event& event, hostile::event& end) {
  owners.push_back(waits([&] { return event.wait(); }));
  co_await end;
}
Task<> awaits(hostile::task task) { co_await std::move(task); }

// The task waits for what the destroyed coroutine did, and beneath for the one that started it.
TEST(DestroyedWaiter, TheTaskGoesOnWithWhatAwaitedIt) {
  for (const bool is_woken : {false, true})
    expect_passes([is_woken]() -> Task<> {
      Event event;
      hostile::event end;
      Owners owners;
      const TaskHandle<> task = spawn(awaits(leaves_a_waiter(owners, event, end)));
      co_await wait_all_tasks_blocked();
      if (is_woken) event.set();
      owners.clear();
      EXPECT_FALSE(task.done());
      end.set();
      co_await task;
    });
}

}  // namespace
}  // namespace coweave
