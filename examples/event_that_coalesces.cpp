// The bug: an Event does not count: fired twice before the worker has run, it is one event, and one
// trigger is never handled. Shows: the worker as a task beside the test; the loss; Semaphore(0),
// which is released once for each trigger and so counts them, as the cure.

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

using coweave::Task;

const coweave::Options every_interleaving{.strategy = coweave::exhaustive()};

constexpr int triggers = 2;

Task<> fire(coweave::Event& fired) {
  for (int i = 0; i < triggers; ++i) {
    fired.set();
    co_await coweave::yield();
  }
}

Task<> handle_events(coweave::Event& fired, int& handled) {
  while (true) {
    co_await fired.wait();
    fired.clear();
    ++handled;
  }
}

Task<> fire_counted(coweave::Semaphore& fired) {
  for (int i = 0; i < triggers; ++i) {
    fired.release();
    co_await coweave::yield();
  }
}

Task<> handle_counted(coweave::Semaphore& fired, int& handled) {
  while (true) {
    co_await fired.acquire();
    ++handled;
  }
}

/// Ends a worker that waits for more.
Task<> stop(coweave::TaskHandle<> worker) {
  worker.cancel();
  try {
    co_await worker;
  } catch (const coweave::CancelledError&) {  // As it was asked to.
  }
}

Task<> two_triggers() {
  coweave::Event fired("fired");
  int handled = 0;
  const auto worker = coweave::spawn(handle_events(fired, handled), "worker");
  co_await fire(fired);
  co_await coweave::wait_all_tasks_blocked();  // All that was seen is handled.
  co_await stop(worker);
  EXPECT_EQ(handled, triggers);
}

TEST(EventThatCoalesces, LosesATriggerThatComesTooFast) {
  EXPECT_THAT(coweave::explore(two_triggers), coweave::FailsWith(coweave::FailureKind::check));
}

COWEAVE_TEST(EventThatCoalesces, IsCuredByASemaphoreThatCounts, every_interleaving) {
  coweave::Semaphore fired(0, "fired");
  int handled = 0;
  const auto worker = coweave::spawn(handle_counted(fired, handled), "worker");
  co_await fire_counted(fired);
  co_await coweave::wait_all_tasks_blocked();
  co_await stop(worker);
  EXPECT_EQ(handled, triggers);
}
