# Writes copies of a few sources of the product, each with faults that a switch turns on: what the generated
# programs must notice. Nothing of this is in the product.
#   cmake -DROOT=<repository> -DOUTPUT=<folder> -P mutants.cmake

include("${CMAKE_CURRENT_LIST_DIR}/functions.cmake")

begin_source(framework/coweave/runtime/suspend.cpp)
mutate([[if (waiter.timer != 0) context]]
       [[if (waiter.timer != 0 && !is_mutant("fires_timers_of_cancelled_waiters")) context]])
mutate([[if (has_cancelled_wait(task)) return 0;]]
       [[if (has_cancelled_wait(task) && !is_mutant("takes_back_ended_waits")) return 0;]])
end_source()

begin_source(framework/coweave/task/wait.cpp)
mutate([[waiter_.task != nullptr && waiter_.state == WaiterState::pending && wakes()]]
       [[waiter_.task != nullptr &&
         (waiter_.state == WaiterState::pending || is_mutant("wakes_woken_waiters")) && wakes()]])
mutate([[if (node.reference.live() != nullptr)
      context.accesses]]
       [[if (node.reference.live() != nullptr && !is_mutant("ends_are_not_watched"))
      context.accesses]])
end_source()

begin_source(framework/coweave/execution/task_loop.cpp)
mutate([[if (waiter.state != WaiterState::pending || call_if_listener(waiter)) continue;]]
       [[if (waiter.state != WaiterState::pending && !is_mutant("fires_timers_of_cancelled_waiters")) continue;
    if (call_if_listener(waiter)) continue;]])
mutate([[if (task.cancel_pending && task.waiter != nullptr && task.waiter->state == WaiterState::pending)]]
       [[const bool is_due = task.cancel_pending ||
        (is_mutant("delivers_cancellations_twice") && task.cancel_requests > 0);
    if (is_due && task.waiter != nullptr && task.waiter->state == WaiterState::pending)]])
end_source()

begin_source(framework/coweave/execution/timer_queue.cpp)
mutate([[: a.number < b.number;]]
       [[: is_mutant("reverses_equal_deadlines") ? a.number > b.number : a.number < b.number;]])
end_source()

begin_source(primitives/coweave/time/timeout.cpp)
mutate([[context.accesses->tasks().reschedules(task->id);
  disarm();]]
       [[context.accesses->tasks().reschedules(task->id);
  if (!is_mutant("keeps_the_timer_of_a_moved_deadline")) disarm();]])
end_source()
