#include "coweave/runtime/wait_queue.hpp"

#include "coweave/core/error.hpp"
#include "coweave/runtime/task_control.hpp"

namespace coweave::detail {

void WaitQueue::check_invariants() const {
  const Waiter* before = nullptr;
  for (const Waiter* waiter = first_; waiter != nullptr; waiter = waiter->next) {
    COWEAVE_INVARIANT(waiter->previous == before);
    before = waiter;
    if (waiter->is_listener) continue;
    COWEAVE_INVARIANT(waiter->task != nullptr);
    if (waiter->state == WaiterState::pending)
      COWEAVE_INVARIANT(waiter->task->state == TaskState::blocked &&
                        waiter->task->waiter == waiter);
  }
  COWEAVE_INVARIANT(before == last_);
}

}  // namespace coweave::detail
