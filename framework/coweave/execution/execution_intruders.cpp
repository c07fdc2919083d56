// Injections by tasks of a reduced search's own.
#include "coweave/execution/execution.hpp"

namespace coweave::detail {

/// `task` has made a step, before which there were `tasks_before` tasks.
void Execution::look_for_chances_after(TaskControl& task, std::size_t tasks_before) {
  // Foreign code may have run other tasks in the step.
  if (context.accesses->is_last_untracked()) return look_for_chances();
  look_for_chances(task);
  // Those that were started eagerly in the step.
  const std::size_t tasks_after = tasks_.size();
  for (std::size_t i = tasks_before; i < tasks_after; ++i)
    look_for_chances(tasks_[static_cast<TaskId>(i)]);
}

/// What might happen to every task now: intruders that are to make it become ready.
void Execution::look_for_chances() {
  for (std::size_t i = 0; i < tasks_.size(); ++i) look_for_chances(tasks_[static_cast<TaskId>(i)]);
}

/// What might happen to `task` now.
void Execution::look_for_chances(TaskControl& task) {
  if (intruders_.find(task.id) != nullptr) return;
  for (const OperationKind kind : {OperationKind::inject_cancel, OperationKind::inject_wake}) {
    if (!injector_.may_happen(kind, task)) continue;
    if (const Intrusion* intrusion = intruders_.chance(kind, task, quiets_))
      admit(*intrusion, task);
  }
}

/// The intruder that makes `intrusion` becomes ready.
void Execution::admit(const Intrusion& intrusion, TaskControl& target) {
  if (tasks_.is_full()) make_room_for_task();
  TaskControl& task = tasks_.create_in_place(nullptr);
  task.key = intruder_key(intrusion);
  task.begin({}, nullptr, "injection", {});
  task.error = &task.foreign_error;
  task.is_daemon = true;
  task.hook = [](TaskControl& intruder) {
    static_cast<Execution&>(*context.services).intrude(intruder);
  };
  ++context.unfinished_tasks;
  intruders_.admit({intrusion, &task, &target});
  ready_.push_back(task);
  context.accesses->task_created(task.id, task.key);
}

/// The step of an intruder.
void Execution::intrude(TaskControl& task) {
  const Intruders::Intruder intruder = *intruders_.find(task.id);
  TaskControl& target = *intruder.target;
  // It looks whether there is anything to do, and does nothing else if not.
  context.accesses->tasks().cancels(target.id, target.resumes_from.object);
  context.current = nullptr;  // It comes from outside the program.
  if (injector_.may_happen(intruder.intrusion.kind, target)) {
    if (intruder.intrusion.kind == OperationKind::inject_wake) {
      wake(*target.waiter);
    } else {
      cancel(target, "injected by the exploration", target.resumes_from.place);
    }
  }
  context.current = &task;
  if (const Intrusion* next = intruders_.next_after(intruder.intrusion)) admit(*next, target);
}

}  // namespace coweave::detail
