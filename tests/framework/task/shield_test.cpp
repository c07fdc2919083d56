// shield, settled, and what a task knows of its own cancellation.

#include <stdexcept>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

Task<int> waits(Event& event) {
  co_await event.wait();
  co_return 5;
}
Task<> shields(TaskHandle<int> handle) { static_cast<void>(co_await shield(handle)); }
Task<> awaits(TaskHandle<int> handle) { static_cast<void>(co_await handle); }

TEST(Shield, KeepsACancellationFromTheAwaitedTask) {
  expect_passes_exhaustively([]() -> Task<> {
    Event event;
    const TaskHandle<int> inner = spawn(waits(event));
    const TaskHandle<> outer = spawn(shields(inner));
    co_await wait_all_tasks_blocked();
    outer.cancel();
    EXPECT_EQ(co_await ending_of(outer), Ending::cancelled);  // At once.
    EXPECT_FALSE(inner.done());
    event.set();
    EXPECT_EQ(co_await inner, 5);
  });
}

/// What the test above tells from: a plain await forwards.
TEST(Shield, IsNotWhatAPlainAwaitDoes) {
  expect_passes_exhaustively([]() -> Task<> {
    Event event;
    const TaskHandle<int> inner = spawn(waits(event));
    const TaskHandle<> outer = spawn(awaits(inner));
    co_await wait_all_tasks_blocked();
    outer.cancel();
    EXPECT_EQ(co_await ending_of(outer), Ending::cancelled);
    EXPECT_TRUE(inner.cancelled());
  });
}

Task<int> gives(int value) { co_return value; }
Task<int> fails() {
  throw std::domain_error("failed");
  co_return 0;
}

TEST(Shield, GivesTheResultOfATaskThatItSpawns) {
  expect_passes_exhaustively([]() -> Task<> {
    EXPECT_EQ(co_await shield(gives(3)), 3);
    bool is_thrown = false;
    try {
      co_await shield(fails());
    } catch (const std::domain_error&) {
      is_thrown = true;
    }
    EXPECT_TRUE(is_thrown);
  });
}

TEST(Settled, TellsHowATaskEnded) {
  expect_passes_exhaustively([]() -> Task<> {
    const TaskHandle<int> good = spawn(gives(3));
    const TaskHandle<int> bad = spawn(fails());
    Event never;
    const TaskHandle<int> gone = spawn(waits(never));
    co_await wait_all_tasks_blocked();
    gone.cancel("enough");
    const Settled<int> value = co_await settled(good);
    EXPECT_TRUE(value.has_value());
    EXPECT_EQ(value.value(), 3);
    EXPECT_EQ(value.error(), nullptr);
    const Settled<int> error = co_await settled(bad);
    EXPECT_FALSE(error.has_value());
    EXPECT_FALSE(error.cancelled());
    EXPECT_THROW(static_cast<void>(error.value()), std::domain_error);
    const Settled<int> cancelled = co_await settled(gone);
    EXPECT_TRUE(cancelled.cancelled());
    EXPECT_THROW(static_cast<void>(cancelled.value()), CancelledError);
  });
}

Task<> marks(bool& has_run) {
  has_run = true;
  co_return;
}

// asyncio's Task.uncancel(): the last request takes an undelivered cancellation with it.
TEST(Uncancel, TakesBackACancellationThatHasNotBeenDelivered) {
  expect_passes_in_production_order([]() -> Task<> {
    bool has_run = false;
    const TaskHandle<> task = spawn(marks(has_run));
    task.cancel();
    task.cancel();
    EXPECT_EQ(task.cancelling(), 2U);
    EXPECT_EQ(task.uncancel(), 1U);
    EXPECT_EQ(task.uncancel(), 0U);
    EXPECT_EQ(task.uncancel(), 0U);
    co_await task;
    EXPECT_TRUE(has_run);
    this_task().cancel();
    EXPECT_EQ(this_task().uncancel(), 0U);
    co_await yield();
  });
}

}  // namespace
}  // namespace coweave::test
