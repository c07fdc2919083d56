// Coweave's primitives as asynchronous operations of Asio, on a plain io_context, without a
// scheduler.
#include <gtest/gtest.h>

#include <coweave/primitives.hpp>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "framework/asio/library.hpp"

namespace {

using coweave::BoundedSemaphore;
using coweave::Condition;
using coweave::Event;
using coweave::Lock;
using coweave::Queue;
using coweave::Semaphore;
using Log = std::vector<std::string>;

/// A completion handler that writes its name down, with a star if its operation was aborted.
auto noting(Log& log, std::string name) {
  return [&log, name = std::move(name)](error_code error) {
    log.push_back(error == asio::error::operation_aborted ? name + "*" : name);
  };
}

asio::awaitable<void> increment(Lock& lock, int& counter) {
  for (int i = 0; i < 100; ++i) {
    co_await lock.async_acquire(asio::use_awaitable);
    const int seen = counter;
    co_await asio::post(asio::use_awaitable);
    counter = seen + 1;
    lock.release();
  }
}

TEST(AsioProduction, ALockKeepsEveryIncrement) {
  asio::io_context io;
  Lock lock;
  int counter = 0;
  for (int i = 0; i < 3; ++i) asio::co_spawn(io, increment(lock, counter), asio::detached);
  io.run();
  EXPECT_EQ(counter, 300);
  EXPECT_FALSE(lock.locked());
}

TEST(AsioProduction, AStrandOnSeveralThreadsKeepsEveryIncrement) {
  asio::io_context io;
  Lock lock;
  int counter = 0;
  auto strand = asio::make_strand(io);
  for (int i = 0; i < 3; ++i) asio::co_spawn(strand, increment(lock, counter), asio::detached);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&io] { io.run(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter, 300);
}

TEST(AsioProduction, CompletionsArePostedInOrderOfArrival) {
  asio::io_context io;
  Lock lock;
  Log log;
  const auto executor = io.get_executor();
  lock.async_acquire(executor, noting(log, "a"));
  lock.async_acquire(executor, noting(log, "b"));
  EXPECT_TRUE(log.empty());  // Not inline, though the lock was free.
  io.poll();
  EXPECT_EQ(log, Log({"a"}));
  lock.release();
  EXPECT_EQ(log, Log({"a"}));  // Not inline in release().
  EXPECT_FALSE(lock.locked());
  lock.async_acquire(executor, noting(log, "c"));  // Queues behind the one that was woken.
  io.poll();
  EXPECT_EQ(log, Log({"a", "b"}));
  EXPECT_TRUE(lock.locked());
  lock.release();
  io.run();
  EXPECT_EQ(log, Log({"a", "b", "c"}));
}

TEST(AsioProduction, ACancelledAcquireLeavesTheQueue) {
  asio::io_context io;
  Lock lock;
  Log log;
  asio::cancellation_signal signal;
  const auto executor = io.get_executor();
  lock.async_acquire(executor, noting(log, "a"));
  lock.async_acquire(executor, asio::bind_cancellation_slot(signal.slot(), noting(log, "b")));
  lock.async_acquire(executor, noting(log, "c"));
  io.poll();
  signal.emit(asio::cancellation_type::total);
  EXPECT_EQ(log, Log({"a"}));
  io.poll();
  EXPECT_EQ(log, Log({"a", "b*"}));
  lock.release();
  io.run();
  EXPECT_EQ(log, Log({"a", "b*", "c"}));
  signal.emit(asio::cancellation_type::total);  // Too late for anything.
}

TEST(AsioProduction, WhatWasWokenAndThenCancelledWakesTheNext) {
  asio::io_context io;
  Lock lock;
  Semaphore semaphore(0);
  Log log;
  asio::cancellation_signal first;
  asio::cancellation_signal second;
  const auto executor = io.get_executor();
  lock.async_acquire(executor, noting(log, "a"));
  lock.async_acquire(executor, asio::bind_cancellation_slot(first.slot(), noting(log, "b")));
  lock.async_acquire(executor, noting(log, "c"));
  semaphore.async_acquire(executor, asio::bind_cancellation_slot(second.slot(), noting(log, "d")));
  semaphore.async_acquire(executor, noting(log, "e"));
  io.poll();
  lock.release();
  semaphore.release();
  first.emit(asio::cancellation_type::terminal);
  second.emit(asio::cancellation_type::terminal);
  io.run();
  EXPECT_EQ(log, Log({"a", "b*", "d*", "c", "e"}));
  EXPECT_EQ(semaphore.value(), 0);
}

TEST(AsioProduction, WhatWasTakenAtOnceAndThenCancelledIsGivenBack) {
  asio::io_context io;
  Lock lock;
  Semaphore semaphore(1);
  Log log;
  asio::cancellation_signal first;
  asio::cancellation_signal second;
  const auto executor = io.get_executor();
  lock.async_acquire(executor, asio::bind_cancellation_slot(first.slot(), noting(log, "a")));
  semaphore.async_acquire(executor, asio::bind_cancellation_slot(second.slot(), noting(log, "b")));
  EXPECT_TRUE(lock.locked());
  EXPECT_EQ(semaphore.value(), 0);
  first.emit(asio::cancellation_type::partial);
  second.emit(asio::cancellation_type::partial);
  io.run();
  EXPECT_EQ(log, Log({"a*", "b*"}));
  EXPECT_FALSE(lock.locked());
  EXPECT_EQ(semaphore.value(), 1);
}

TEST(AsioProduction, AnEventWakesAllInOrder) {
  asio::io_context io;
  Event event;
  Log log;
  const auto executor = io.get_executor();
  event.async_wait(executor, noting(log, "a"));
  event.async_wait(executor, noting(log, "b"));
  io.poll();
  EXPECT_TRUE(log.empty());
  event.set();
  event.clear();
  event.async_wait(executor, noting(log, "c"));
  io.restart();
  io.poll();
  EXPECT_EQ(log, Log({"a", "b"}));
  event.set();
  event.async_wait(executor, noting(log, "d"));
  io.run();
  EXPECT_EQ(log, Log({"a", "b", "c", "d"}));
}

asio::awaitable<void> consume(Condition& condition, int& items, Log& log, std::string name) {
  co_await condition.async_acquire(asio::use_awaitable);
  while (items == 0) co_await condition.async_wait(asio::use_awaitable);
  --items;
  log.push_back(name);
  condition.release();
}

asio::awaitable<void> produce(Condition& condition, int& items, int count) {
  for (int i = 0; i < count; ++i) {
    co_await condition.async_acquire(asio::use_awaitable);
    ++items;
    condition.notify();
    condition.release();
  }
}

TEST(AsioProduction, AConditionHandsOutEveryItem) {
  asio::io_context io;
  Condition condition;
  int items = 0;
  Log log;
  asio::co_spawn(io, consume(condition, items, log, "a"), asio::detached);
  asio::co_spawn(io, consume(condition, items, log, "b"), asio::detached);
  asio::co_spawn(io, produce(condition, items, 2), asio::detached);
  io.run();
  EXPECT_EQ(log, Log({"a", "b"}));
  EXPECT_EQ(items, 0);
}

TEST(AsioProduction, ACancelledWaitHoldsTheLockAndPassesItsNotificationOn) {
  asio::io_context io;
  Condition condition;
  Log log;
  asio::cancellation_signal signal;
  const auto executor = io.get_executor();
  condition.async_acquire(executor, noting(log, "got"));
  io.run();
  condition.async_wait(executor, asio::bind_cancellation_slot(signal.slot(), noting(log, "a")));
  io.restart();
  condition.async_acquire(executor, noting(log, "got"));
  io.poll();
  condition.async_wait(executor, noting(log, "b"));
  condition.async_acquire(executor, noting(log, "got"));
  io.poll();
  condition.notify();  // For a ...
  signal.emit(asio::cancellation_type::terminal);
  io.poll();
  EXPECT_EQ(log, Log({"got", "got", "got"}));  // ... which has to wait for the lock.
  condition.release();
  io.poll();
  EXPECT_EQ(log, Log({"got", "got", "got", "a*"}));
  EXPECT_TRUE(condition.locked());
  condition.release();
  io.run();
  EXPECT_EQ(log, Log({"got", "got", "got", "a*", "b"}));
  EXPECT_TRUE(condition.locked());
  condition.release();
  EXPECT_THROW(condition.async_wait(executor, noting(log, "c")), coweave::MisuseError);
}

asio::awaitable<void> put_all(Queue<int>& queue, int count) {
  for (int i = 0; i < count; ++i) co_await queue.async_put(i, asio::use_awaitable);
  queue.shutdown();
}

asio::awaitable<void> get_all(Queue<int>& queue, std::vector<int>& got) {
  while (true) {
    error_code error;
    const int item = co_await queue.async_get(asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      EXPECT_EQ(error, asio::experimental::error::channel_closed);
      co_return;
    }
    got.push_back(item);
  }
}

TEST(AsioProduction, AQueueKeepsOrderAndSaysWhenItIsShutDown) {
  for (const int size : {0, 1, 2}) {
    asio::io_context io;
    Queue<int> queue(size);
    std::vector<int> got;
    asio::co_spawn(io, get_all(queue, got), asio::detached);
    asio::co_spawn(io, put_all(queue, 5), asio::detached);
    io.run();
    EXPECT_EQ(got, std::vector<int>({0, 1, 2, 3, 4}));
  }
}

TEST(AsioProduction, ACancelledGetLeavesTheItem) {
  asio::io_context io;
  Queue<std::string> queue;
  Log log;
  asio::cancellation_signal signal;
  const auto noting_item = [&log](error_code error, std::string item) {
    log.push_back(error ? "*" : std::move(item));
  };
  const auto executor = io.get_executor();
  queue.async_get(executor, asio::bind_cancellation_slot(signal.slot(), noting_item));
  queue.put_nowait("item");  // Wakes the getter ...
  signal.emit(asio::cancellation_type::terminal);
  io.run();
  EXPECT_EQ(log, Log({"*"}));
  EXPECT_EQ(queue.get_nowait(), "item");
}

TEST(AsioProduction, UseFutureTakesAnExecutor) {
  asio::io_context io;
  Lock lock;
  std::future<void> first = lock.async_acquire(io.get_executor(), asio::use_future);
  Queue<int> queue;
  queue.put_nowait(7);
  std::future<int> item = queue.async_get(io.get_executor(), asio::use_future);
  io.run();
  EXPECT_NO_THROW(first.get());
  EXPECT_EQ(item.get(), 7);
}

TEST(AsioProduction, TheExecutorOfTheTokenIsPreferred) {
  asio::io_context given;
  asio::io_context bound;
  Lock lock;
  Log log;
  lock.async_acquire(given.get_executor(), asio::bind_executor(bound, noting(log, "a")));
  lock.async_acquire(asio::bind_executor(bound, noting(log, "b")));
  adapter::async_acquire(lock, asio::bind_executor(bound, noting(log, "c")));
  EXPECT_EQ(given.run(), 0U);
  bound.poll();
  EXPECT_EQ(log, Log({"a"}));
  lock.release();
  bound.poll();
  EXPECT_EQ(log, Log({"a", "b"}));
  EXPECT_FALSE(bound.stopped());  // It waits for the last.
  lock.release();
  bound.run();
  EXPECT_EQ(log, Log({"a", "b", "c"}));
}

TEST(AsioProduction, TheNotYetCompletedDieWithTheirContext) {
  const auto witness = std::make_shared<int>(0);
  Lock lock;
  Queue<int> queue;
  {
    asio::io_context other;
    Log log;
    {
      asio::io_context io;
      const auto executor = io.get_executor();
      const auto keeping = [witness](error_code) {};
      lock.async_acquire(executor, keeping);  // Posted, and never run: gives the lock back.
      lock.async_acquire(executor, keeping);
      lock.async_acquire(other.get_executor(), noting(log, "other"));
      lock.async_acquire(executor, keeping);
      queue.async_get(executor, [witness](error_code, int) {});
      EXPECT_EQ(witness.use_count(), 6);  // With `keeping`.
    }
    EXPECT_EQ(witness.use_count(), 1);
    other.run();
    EXPECT_EQ(log, Log({"other"}));
  }
  lock.release();
  queue.put_nowait(1);
  EXPECT_EQ(queue.size(), 1U);
}

asio::awaitable<void> hold_for_ever(std::shared_ptr<int> witness) {
  Lock own;
  asio::co_spawn(
      co_await asio::this_coro::executor,
      [](Lock& lock, std::shared_ptr<int>) -> asio::awaitable<void> {
        co_await lock.async_acquire(asio::use_awaitable);
        co_await lock.async_acquire(asio::use_awaitable);
      }(own, witness),
      asio::detached);
  co_await own.async_acquire(asio::use_awaitable);
  co_await own.async_acquire(asio::use_awaitable);
}

TEST(AsioProduction, CoroutinesThatWaitForWhatOneOfThemHoldsDieWithTheirContext) {
  const auto witness = std::make_shared<int>(0);
  {
    asio::io_context io;
    asio::co_spawn(io, hold_for_ever(witness), asio::detached);
    io.poll();
    EXPECT_EQ(witness.use_count(), 3);
  }
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(AsioProduction, WhoWaitsForWhatIsDestroyedIsAborted) {
  asio::io_context io;
  Log log;
  const auto executor = io.get_executor();
  {
    Lock lock;
    Event event;
    lock.async_acquire(executor, noting(log, "a"));
    lock.async_acquire(executor, noting(log, "b"));
    event.async_wait(executor, noting(log, "c"));
    io.poll();
    lock.release();  // Wakes b, which has not gone on.
  }
  io.run();
  EXPECT_EQ(log, Log({"a", "b*", "c*"}));
}

template <class T>
struct CountingAllocator {
  using value_type = T;
  explicit CountingAllocator(int& counted) : count(&counted) {}
  template <class Other>
  CountingAllocator(const CountingAllocator<Other>& other) : count(other.count) {}
  T* allocate(std::size_t n) {
    ++*count;
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* memory, std::size_t n) {
    --*count;
    std::allocator<T>().deallocate(memory, n);
  }
  template <class Other>
  bool operator==(const CountingAllocator<Other>& other) const {
    return count == other.count;
  }
  int* count;
};

struct AllocatingHandler {
  using allocator_type = CountingAllocator<void>;
  [[nodiscard]] allocator_type get_allocator() const { return allocator_type(*count); }
  void operator()(error_code) { *left = *count; }
  int* count;
  int* left;
};

TEST(AsioProduction, TheAllocatorOfTheHandlerIsUsedAndFreedBeforeItIsCalled) {
  asio::io_context io;
  Lock lock;
  int count = 0;
  int left = -1;
  lock.async_acquire(io.get_executor(), AllocatingHandler{&count, &left});
  EXPECT_EQ(count, 2);  // The operation, and what it posted.
  io.run();
  EXPECT_EQ(count, 0);
  EXPECT_EQ(left, 0);
}

}  // namespace
