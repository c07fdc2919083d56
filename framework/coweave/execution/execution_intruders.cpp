// Injections by tasks of a reduced search's own.
#include "coweave/execution/execution.hpp"
#include "coweave/execution/execution_loop.hpp"

namespace coweave::detail {

void Execution::loop_with_intruders(Strategy& strategy, Context& running) {
  const SchedulingPoint point(ready_.view(), log_);
  while (true) {
    if (ready_.empty() && !log_.is_full()) log_quiet();
    if (ready_.empty() || log_.is_full()) {
      if (!go_on()) return;
      continue;
    }
    const std::size_t pick = strategy.pick(point);
    if (pick >= ready_.size()) {
      if (pick != abandon_execution) refuse_pick(pick, ready_.size());
      is_abandoned_ = true;
      return;
    }
    TaskControl& task = ready_.at(pick);
    if (const Intruders::Intruder* intruder = intruders_.find(task.id)) {
      log_injection(*intruder);
    } else {
      log_task(task, pick);
    }
    running.accesses->begin_step(task.id);
    const std::size_t tasks_before = tasks_.size();
    if (!step_logged(task, pick, running)) return;
    if (running.accesses->is_last_untracked()) {  // Foreign code may have run other tasks in it.
      look_for_chances();
    } else {
      look_for_chances(task);
      // Those that were started eagerly in the step.
      const std::size_t tasks_after = tasks_.size();
      for (std::size_t i = tasks_before; i < tasks_after; ++i)
        look_for_chances(tasks_[static_cast<TaskId>(i)]);
    }
  }
}

void Execution::log_task(const TaskControl& task, std::size_t position) {
  const std::size_t ready = ready_.size() - intruders_.count(ready_.view(), ready_.size());
  const std::size_t entries = injector_.offer(tasks_, true, may_fire_early()).size();
  const std::size_t before = intruders_.count(ready_.view(), position);
  log_.append(intruders_.id_without(task.id), static_cast<std::uint32_t>(ready + entries),
              static_cast<std::uint32_t>(position - before), task.resumes_from.kind,
              task.resumes_from.object, task.resumes_from.place);
}

void Execution::log_injection(const Intruders::Intruder& intruder) {
  const std::size_t ready = ready_.size() - intruders_.count(ready_.view(), ready_.size());
  const std::span<Injector::Entry> entries = injector_.offer(tasks_, ready > 0, may_fire_early());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Injector::Entry& entry = entries[i];
    if (entry.target != intruder.target || entry.resumes_from.kind != intruder.intrusion.kind)
      continue;
    log_entry(entry, ready + entries.size(), ready + i);
    injector_.use(entry);
    return;
  }
}

void Execution::log_quiet() {
  const std::span<Injector::Entry> entries = injector_.offer(tasks_, false, may_fire_early());
  if (!entries.empty()) log_entry(entries.front(), entries.size(), 0);
}

void Execution::log_entry(const Injector::Entry& entry, std::size_t alternatives,
                          std::size_t pick) {
  log_.append(intruders_.id_without(entry.id), static_cast<std::uint32_t>(alternatives),
              static_cast<std::uint32_t>(pick), entry.resumes_from.kind, entry.resumes_from.object,
              entry.resumes_from.place);
}

void Execution::look_for_chances() {
  for (std::size_t i = 0; i < tasks_.size(); ++i) look_for_chances(tasks_[static_cast<TaskId>(i)]);
}

void Execution::look_for_chances(TaskControl& task) {
  if (intruders_.find(task.id) != nullptr) return;
  for (const OperationKind kind : {OperationKind::inject_cancel, OperationKind::inject_wake}) {
    if (!injector_.may_happen(kind, task)) continue;
    if (const Intrusion* intrusion = intruders_.chance(kind, task, quiets_))
      admit(*intrusion, task);
  }
}

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
