#include "coweave/dependence/access_log.hpp"

#include "coweave/core/hash.hpp"

namespace coweave::detail {

std::uint64_t AccessReader::object_key(std::uint32_t object) const {
  const std::uint32_t number = object / object_roles;
  const ObjectRole role = role_of(object);
  const std::uint64_t key =
      role == ObjectRole::shared ? numbers_.object_keys()[number] : numbers_.task_keys()[number];
  return mix(key + static_cast<std::uint64_t>(role));
}

// Keeps what outlives an execution: the numbers, and which permits commute. Only the tasks of the
// last execution can have left something.
void AccessLog::begin_execution() {
  steps_.clear();
  accesses_.clear();
  edges_.clear();
  choices_.clear();
  fence_ = 0;
  is_between_steps_ = false;
  for (const std::uint32_t number : numbers_.tasks()) {
    TaskAccesses::State& task = tasks_[number];
    task.enabled_by.clear();
    task.awaits.clear();
    task.is_completed = false;
  }
  numbers_.begin_execution();
  for (PermitAccesses::State& permit : permits_) {
    permit.asked.clear();
    permit.returned.clear();
  }
}

void AccessLog::task_created(TaskId id, std::uint64_t key) {
  if (numbers_.add_task(key)) tasks_.resize(numbers_.task_keys().size());
  enables(id);
}

// E := E.e for a step e of the task `id`. The set of steps that enabled e was collected since the
// last step of the task (enables(), permits, joins) and goes to the step now; the rest of e follows
// by add(). Members are written one by one, as on every path that each step takes.
void AccessLog::begin_step(TaskId id) {
  const std::uint32_t number = number_of(id);
  TaskAccesses::State& task = tasks_[number];
  is_between_steps_ = false;
  acting_ = number;
  Step& step = steps_.add();
  step.task = number;
  step.first_access = static_cast<std::uint32_t>(accesses_.size());
  step.first_edge = static_cast<std::uint32_t>(edges_.size());
  step.fence = fence_;
  step.first_choice = static_cast<std::uint32_t>(choices_.size());
  step.is_untracked = step.ends_execution = false;
  for (const std::uint32_t enabling : task.enabled_by) edges_.push_back(enabling);
  task.enabled_by.clear();
  task.awaits.clear();
  if (is_cancelling_) add(object_in_role(number, ObjectRole::control), AccessKind::exclusive);
}

void AccessLog::enables(TaskId task) {
  if (steps_.empty()) return;
  const auto step = static_cast<std::uint32_t>(steps_.size() - 1);
  std::vector<std::uint32_t>& edges = tasks_[number_of(task)].enabled_by;
  if (fence_ <= step && (edges.empty() || edges.back() != step)) edges.push_back(step);
}

void AccessLog::add(std::uint32_t object, AccessKind kind) {
  // The call of the body is before everything, a move of the clock after all that was.
  if (steps_.empty() || is_between_steps_) return;
  for (std::size_t i = steps_.back().first_access; i < accesses_.size(); ++i)
    if (accesses_[i].object == object && accesses_[i].kind == kind) return;
  Access& access = accesses_.add();
  access.object = object;
  access.kind = kind;
}

AccessLog::Knowledge AccessLog::knowledge() const {
  Knowledge known{numbers_.task_keys(), numbers_.object_keys(), {}, is_cancelling_, is_watching_};
  for (std::uint32_t object = 0; object < permits_.size(); ++object)
    if (!permits_[object].is_commuting) known.ordered.push_back(object);
  return known;
}

bool AccessLog::restore(const Knowledge& known) {
  if (!numbers_.restore(known.task_keys, known.object_keys)) return false;
  tasks_.resize(known.task_keys.size());
  for (const std::uint32_t object : known.ordered) {
    if (object >= known.object_keys.size()) return false;
    permits().state(object).is_commuting = false;
  }
  is_cancelling_ = known.is_cancelling;
  is_watching_ = known.is_watching;
  return true;
}

std::uint32_t ObjectAccesses::number_of(TaskId creator, std::uint32_t ordinal) {
  const std::uint64_t key =
      creator == TaskId::none ? 1 : mix(log_.task_key(log_.number_of(creator)) + 2);
  return log_.numbers_.of_object_with(roll(key, ordinal));
}

std::uint32_t ObjectAccesses::number_of_older(std::uint64_t age) {
  log_.has_older_objects_ = true;
  return log_.numbers_.of_object_with(mix(~age));
}

}  // namespace coweave::detail
