#include <gtest/gtest.h>

#include "coweave/execution/execution.hpp"
#include "coweave/execution/ready_queue.hpp"
#include "coweave/runtime/task_control.hpp"
#include "coweave/runtime/wait_queue.hpp"

// What check_invariants() accepts, and that it aborts where it must.

namespace coweave::detail {
namespace {

/// A task of an execution that never runs.
struct IdleTask : TaskControl {
  IdleTask() : TaskControl(scheduler()) {}
  static const TaskServices& scheduler() {
    static const Execution execution({AwaitPoints::every, 1, {}});
    return execution;
  }
};

/// A task that waits for `waiter`.
void block(TaskControl& task, Waiter& waiter) {
  task.state = TaskState::blocked;
  task.waiter = &waiter;
  waiter.task = &task;
}

TEST(StructureChecks, AcceptPendingWokenAndCancelledWaiters) {
  IdleTask blocked;
  IdleTask woken;
  Waiter pending;
  Waiter answered;
  Listener listener;
  WaitQueue queue;
  queue.check_invariants();
  block(blocked, pending);
  block(woken, answered);
  queue.push_back(pending);
  queue.push_back(listener);
  queue.push_back(answered);
  queue.check_invariants();
  for (const WaiterState state : {WaiterState::woken, WaiterState::cancelled}) {
    answered.state = state;
    woken.state = TaskState::ready;
    queue.check_invariants();
  }
  queue.remove(listener);
  queue.check_invariants();
}

TEST(StructureChecksDeathTest, APendingWaiterOfAReadyTaskIsAnInternalError) {
  IdleTask task;
  Waiter waiter;
  WaitQueue queue;
  block(task, waiter);
  queue.push_back(waiter);
  task.state = TaskState::ready;
  EXPECT_DEATH(queue.check_invariants(), "coweave internal error");
}

TEST(StructureChecksDeathTest, ABrokenLinkIsAnInternalError) {
  IdleTask tasks[2];
  Waiter waiters[2];
  WaitQueue queue;
  for (int i = 0; i < 2; ++i) {
    block(tasks[i], waiters[i]);
    queue.push_back(waiters[i]);
  }
  waiters[1].previous = nullptr;
  EXPECT_DEATH(queue.check_invariants(), "coweave internal error");
}

TEST(StructureChecksDeathTest, AReadyTaskHasOneEntry) {
  IdleTask task;
  ReadyQueue queue;
  queue.push_back(task);
  queue.check_invariants();
  queue.push_back(task);
  EXPECT_DEATH(queue.check_invariants(), "coweave internal error");
}

TEST(StructureChecksDeathTest, ABlockedTaskHasNoEntry) {
  IdleTask task;
  ReadyQueue queue;
  queue.push_back(task);
  task.state = TaskState::blocked;
  EXPECT_DEATH(queue.check_invariants(), "coweave internal error");
}

}  // namespace
}  // namespace coweave::detail
