#include "coweave/dependence/task_accesses.hpp"

#include "coweave/dependence/access_log.hpp"

namespace coweave::detail {

std::uint32_t TaskAccesses::control(TaskId task) const {
  return object_in_role(log_.number_of(task), ObjectRole::control);
}

std::uint32_t TaskAccesses::completion(TaskId task) const {
  return object_in_role(log_.number_of(task), ObjectRole::completion);
}

std::uint32_t TaskAccesses::followed(TaskId task) const {
  return object_in_role(log_.number_of(task), ObjectRole::followed);
}

void TaskAccesses::completed(TaskId task, bool is_failure) {
  State& ended = log_.tasks_[log_.number_of(task)];
  if (log_.steps_.empty()) return;
  ended.is_completed = true;
  ended.completed_in = static_cast<std::uint32_t>(log_.steps_.size() - 1);
  // Whether somebody watches the task decides what else its end does.
  log_.add(completion(task), log_.is_watching_ ? AccessKind::exclusive : AccessKind::write);
  if (is_failure) reports_failure();
  if (task == TaskId::root) log_.steps_.back().ends_execution = true;
}

void TaskAccesses::reads_completion(TaskId task) { log_.add(completion(task), AccessKind::read); }

void TaskAccesses::watches_completion(TaskId task) {
  if (!log_.is_watching_) log_.is_watching_ = log_.must_restart_ = true;
  reads_completion(task);
  log_.add(completion(task), AccessKind::touch);
}

void TaskAccesses::awaits_completion(TaskId target) {
  if (log_.steps_.empty()) return;
  State& waiting = log_.tasks_[log_.acting_];
  const State& awaited = log_.tasks_[log_.number_of(target)];
  waiting.awaits.push_back(completion(target));
  if (awaited.is_completed) waiting.enabled_by.push_back(awaited.completed_in);
}

void TaskAccesses::follows(TaskId task, AccessKind kind) { log_.add(followed(task), kind); }

void TaskAccesses::awaits_followed(TaskId task) {
  if (!log_.steps_.empty()) log_.tasks_[log_.acting_].awaits.push_back(followed(task));
}

void TaskAccesses::note_cancelling() {
  if (!log_.is_cancelling_) log_.is_cancelling_ = log_.must_restart_ = true;
}

void TaskAccesses::controls(TaskId task, AccessKind kind) { log_.add(control(task), kind); }

void TaskAccesses::reschedules(TaskId task) {
  note_cancelling();
  log_.add(control(task), AccessKind::exclusive);
}

void TaskAccesses::cancels(TaskId task, ObjectId object) {
  note_cancelling();
  log_.add(control(task), AccessKind::exclusive);
  log_.add(completion(task), AccessKind::exclusive);
  if (object != ObjectId::none)
    log_.objects().access(log_.numbers_.of(object), AccessKind::exclusive);
  // A cancellation accesses each object that `task` awaits, also if its wake-up came first. Without
  // that, the two orders of cancellation and wake-up would look independent from one side.
  for (const std::uint32_t awaited : log_.tasks_[log_.number_of(task)].awaits)
    log_.add(awaited, AccessKind::exclusive);
}

void TaskAccesses::may_fail() { log_.add(object_of_faults, AccessKind::exclusive); }

void TaskAccesses::reports_failure() { log_.add(object_of_failures, AccessKind::write); }

void TaskAccesses::touches_untracked() {
  if (!log_.steps_.empty()) log_.steps_.back().is_untracked = true;
}

}  // namespace coweave::detail
