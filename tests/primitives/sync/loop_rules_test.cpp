// The rules of the loop that the statements about primitives rely on (G1 to G6).

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

Task<> note_and_spawn(Order& order, int id, int child) {
  order.push_back(id);
  spawn(note(order, child));
  co_return;
}

Task<> note_twice(Order& order, int id) {
  order.push_back(id);
  co_await yield();
  order.push_back(id);
}

Task<> wait_and_note(Event& event, Order& order, int id) {
  co_await event.wait();
  order.push_back(id);
}

// G1.
TEST(LoopRules, QueueANewTaskBehindAllThatAreReady) {
  expect_passes_in_production_order([]() -> Task<> {
    Order order;
    spawn(note_and_spawn(order, 2, 4));
    spawn(note(order, 3));
    order.push_back(1);
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(order, (Order{1, 2, 3, 4}));
  });
}

// G1: not inline under any schedule. The body's step, the task's, the body's join: 1 schedule;
// under `every` too, as the join suspends in both.
TEST(LoopRules, NeverRunANewTaskInline) {
  expect_schedules(1, 1, []() -> Task<> {
    bool has_run = false;
    const TaskHandle<> task = spawn(mark(has_run));
    EXPECT_FALSE(has_run);
    co_await task;
    EXPECT_TRUE(has_run);
  });
}

// G2: yield() goes to the tail.
TEST(LoopRules, QueueATaskThatYieldsBehindTheOthers) {
  expect_passes_in_production_order([]() -> Task<> {
    Order order;
    co_await gather(note_twice(order, 1), note_twice(order, 2));
    EXPECT_EQ(order, (Order{1, 2, 1, 2}));
  });
}

// G2: a wake-up goes to the tail: behind what was ready before it, ahead of what comes after it.
TEST(LoopRules, QueueAWokenTaskBehindTheOthers) {
  expect_passes_in_production_order([]() -> Task<> {
    Event event;
    Order order;
    spawn(wait_and_note(event, order, 2));
    co_await wait_all_tasks_blocked();
    spawn(note(order, 1));
    event.set();
    spawn(note(order, 3));
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(order, (Order{1, 2, 3}));
  });
}

// G3, G4 (c).
TEST(LoopRules, DropTheWakeUpOfATaskThatIsCancelledBeforeItResumes) {
  expect_passes_exhaustively([]() -> Task<> {
    Event event;
    Order order;
    const TaskHandle<> waiter = spawn(wait_and_note(event, order, 1));
    co_await wait_all_tasks_blocked();
    event.set();
    EXPECT_TRUE(order.empty());
    EXPECT_TRUE(waiter.cancel());
    EXPECT_EQ(co_await ending_of(waiter), Ending::cancelled);
    EXPECT_TRUE(order.empty());
  });
}

// G4 (a).
TEST(LoopRules, NeverRunATaskThatIsCancelledBeforeItStarts) {
  expect_passes_exhaustively([]() -> Task<> {
    bool has_run = false;
    const TaskHandle<> task = spawn(mark(has_run));
    EXPECT_TRUE(task.cancel());
    EXPECT_FALSE(task.done());
    EXPECT_EQ(co_await ending_of(task), Ending::cancelled);
    EXPECT_FALSE(has_run);
    EXPECT_TRUE(task.cancelled());
  });
}

// G4 (b): the waiter is cancelled at once, its task runs later.
TEST(LoopRules, MakeATaskReadyThatIsCancelledWhileItWaits) {
  expect_passes_exhaustively([]() -> Task<> {
    Event event;
    Order order;
    const TaskHandle<> waiter = spawn(wait_and_note(event, order, 1));
    co_await wait_all_tasks_blocked();
    EXPECT_TRUE(waiter.cancel());
    EXPECT_FALSE(waiter.done());
    event.set();  // Comes too late.
    EXPECT_EQ(co_await ending_of(waiter), Ending::cancelled);
    EXPECT_TRUE(order.empty());
  });
}

// G4 (c): merely ready.
TEST(LoopRules, CancelATaskThatIsReadyAtItsNextResume) {
  expect_passes_in_production_order([]() -> Task<> {
    Order order;
    const TaskHandle<> task = spawn(note_twice(order, 1));
    co_await yield();
    EXPECT_TRUE(task.cancel());
    EXPECT_EQ(co_await ending_of(task), Ending::cancelled);
    EXPECT_EQ(order, (Order{1}));
  });
}

// G4 (d).
TEST(LoopRules, LeaveAFinishedTaskAloneWhenItIsCancelled) {
  expect_passes_exhaustively([]() -> Task<> {
    bool has_run = false;
    const TaskHandle<> task = spawn(mark(has_run));
    co_await task;
    EXPECT_FALSE(task.cancel());
    EXPECT_FALSE(task.cancelled());
    EXPECT_EQ(co_await ending_of(task), Ending::value);
  });
}

/// Cleans up for two suspensions after a cancellation.
Task<> clean_up_when_cancelled(Event& event, Order& order) {
  bool is_cancelled = false;
  try {
    co_await event.wait();
  } catch (const CancelledError&) {
    is_cancelled = true;
  }
  EXPECT_TRUE(is_cancelled);
  order.push_back(1);
  co_await yield();
  order.push_back(2);
  co_await event.wait();
  order.push_back(3);
}

// G5.
TEST(LoopRules, LetACancelledTaskSuspendAgainToCleanUp) {
  expect_passes_exhaustively([]() -> Task<> {
    Event event;
    Order order;
    const TaskHandle<> task = spawn(clean_up_when_cancelled(event, order));
    co_await wait_all_tasks_blocked();
    task.cancel();
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(order, (Order{1, 2}));
    event.set();
    EXPECT_EQ(co_await ending_of(task), Ending::value);
    EXPECT_EQ(order, (Order{1, 2, 3}));
  });
}

// G5.
TEST(LoopRules, LetASecondCancellationHitTheCleanUp) {
  expect_passes_exhaustively([]() -> Task<> {
    Event event;
    Order order;
    const TaskHandle<> task = spawn(clean_up_when_cancelled(event, order));
    co_await wait_all_tasks_blocked();
    task.cancel();
    co_await wait_all_tasks_blocked();
    EXPECT_TRUE(task.cancel());
    EXPECT_EQ(co_await ending_of(task), Ending::cancelled);
    EXPECT_EQ(order, (Order{1, 2}));
  });
}

// G6: what the tests in production order call a tick.
TEST(LoopRules, RunEveryReadyTaskOnceWhileTheBodyYields) {
  expect_passes_in_production_order([]() -> Task<> {
    Order order;
    spawn(note_twice(order, 1));
    spawn(note_twice(order, 2));
    spawn(note_and_spawn(order, 3, 4));
    co_await yield();
    EXPECT_EQ(order, (Order{1, 2, 3}));
    co_await yield();
    EXPECT_EQ(order, (Order{1, 2, 3, 1, 2, 4}));
  });
}

}  // namespace
}  // namespace coweave::test
