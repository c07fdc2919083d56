#include "coweave/execution/injector.hpp"

#include <algorithm>
#include <utility>

#include "coweave/execution/recorder.hpp"

namespace coweave::detail {
namespace {

bool has_started(const TaskControl& task) {
  return task.resumes_from.kind != OperationKind::start || task.state == TaskState::blocked;
}

/// Whether `task` is one of another runtime, whose handlers know nothing of cancellations.
bool is_handler(const TaskControl& task) { return task.function == handler_function; }

/// Whether a cancellation would change what the task's next step does.
bool can_be_cancelled(const TaskControl& task) {
  if (task.finished() || !has_started(task) || task.cancel_pending) return false;
  return task.state != TaskState::blocked || task.waiter != nullptr;
}

bool can_wake_spuriously(const TaskControl& task) {
  return task.state == TaskState::blocked && task.waiter != nullptr &&
         task.waiter->may_wake_spuriously && task.waiter->state == WaiterState::pending;
}

}  // namespace

Injector::Injector(Injections limits)
    : limits_(std::move(limits)),
      is_active_(limits_.cancellation.at_most > 0 || limits_.wakeups > 0 ||
                 (limits_.timers != TimerOrder::when_idle && limits_.early_timers > 0)),
      allowed_{limits_.cancellation.at_most, limits_.wakeups,
               limits_.timers != TimerOrder::when_idle ? limits_.early_timers : 0, limits_.faults},
      has_target_(limits_.cancellation.tasks.size(), false) {}

std::span<Injector::Entry> Injector::offer(const TaskTable& tasks, bool any_ready,
                                           bool any_timers) {
  entries_.clear();
  begins_idle_ = !any_ready;
  if (begins_idle_ || (any_timers && left_.early_timers > 0)) offer_clock();
  if (left_.cancellations > 0) offer(OperationKind::inject_cancel, tasks);
  if (left_.wakeups > 0) offer(OperationKind::inject_wake, tasks);
  if (begins_idle_ && entries_.size() == 1) entries_.clear();
  return entries_;
}

void Injector::offer_clock() {
  targets_.early_timers = targets_.early_timers || !begins_idle_;
  Entry& entry = entries_.emplace_back();
  entry.id = TaskId::root;
  entry.key = root_key;
  entry.resumes_from.kind = OperationKind::advance;
}

void Injector::offer(OperationKind kind, const TaskTable& tasks) {
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    TaskControl& task = tasks[static_cast<TaskId>(i)];
    if (may_happen(kind, task)) add(task, kind);
  }
}

bool Injector::may_happen(OperationKind kind, const TaskControl& task) {
  const bool is_wake = kind == OperationKind::inject_wake;
  const bool may = is_wake ? allowed_.wakeups > 0 && can_wake_spuriously(task)
                           : allowed_.cancellations > 0 && task.id != TaskId::root &&
                                 can_be_cancelled(task) && !is_spared(task) && is_named(task);
  bool& has_target = is_wake ? targets_.wakeups : targets_.cancellations;
  has_target = has_target || may;
  return may;
}

bool Injector::is_spared(const TaskControl& task) {
  if (!is_handler(task)) [[likely]]
    return false;
  const std::vector<std::string>& names = limits_.cancellation.tasks;
  if (names.empty() || std::find(names.begin(), names.end(), task.name.view()) != names.end())
    has_spared_handlers_ = true;
  return true;
}

void Injector::add(TaskControl& task, OperationKind kind) {
  Entry& entry = entries_.emplace_back();
  entry.id = task.id;
  entry.key = task.key;
  entry.resumes_from = {kind, task.resumes_from.object, task.resumes_from.place};
  entry.target = &task;
}

void Injector::use(const Entry& entry) {
  if (begins_idle_ && entry.resumes_from.kind == OperationKind::advance) return;
  ++taken_;
  switch (entry.resumes_from.kind) {
    case OperationKind::inject_cancel:
      --left_.cancellations;
      break;
    case OperationKind::inject_wake:
      --left_.wakeups;
      break;
    default:
      if (left_.early_timers != Injections::unlimited) --left_.early_timers;
  }
}

bool Injector::is_named(const TaskControl& task) {
  if (limits_.cancellation.tasks.empty()) return true;
  if (!task.name.empty()) return note_name(task.name.view());
  const auto [known, is_new] = is_function_named_.emplace(task.function, false);
  if (is_new) known->second = note_name(function_name(task.function));
  return known->second;
}

bool Injector::note_name(std::string_view name) {
  const std::vector<std::string>& names = limits_.cancellation.tasks;
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return false;
  has_target_[static_cast<std::size_t>(found - names.begin())] = true;
  return true;
}

std::vector<std::string> Injector::names_without_target() const {
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < has_target_.size(); ++i)
    if (!has_target_[i]) missing.push_back(limits_.cancellation.tasks[i]);
  return missing;
}

}  // namespace coweave::detail
