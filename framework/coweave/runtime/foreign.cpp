#include "coweave/runtime/foreign.hpp"

namespace coweave::detail {

void wait_for_proxy(TaskControl& task) {
  ForeignWaiter& waiter = *task.foreign;
  task.leaf = waiter.leaf;
  task.show({OperationKind::foreign, ObjectId::none, waiter.place});
  task.state = TaskState::blocked;
  task.waiter = &waiter;
  waiter.task = &task;
  waiter.state = WaiterState::pending;
  waiter.suspended = true;
  if (waiter.resumed) wake(waiter);
}

}  // namespace coweave::detail
