#include "coweave/dependence/access_log.hpp"

#include <algorithm>

#include "coweave/core/hash.hpp"

namespace coweave::detail {

void AccessLog::begin_execution() {
  steps_.clear();
  accesses_.clear();
  edges_.clear();
  choices_.clear();
  fence_ = 0;
  is_between_steps_ = false;
  for (std::size_t i = 0; i < task_count_; ++i) {
    Task& task = tasks_[of_task_[i]];
    task.enabled_by.clear();
    task.awaits.clear();
    task.is_completed = false;
  }
  task_count_ = 0;
  interned_count_ = 0;
  of_object_.clear();
  for (Permit& permit : permits_) {
    permit.asked.clear();
    permit.returned.clear();
  }
}

void AccessLog::task_created(TaskId id, std::uint64_t key) {
  if (task_count_ == of_task_.size()) of_task_.push_back(0);
  std::uint32_t& number = of_task_[task_count_++];
  if (task_keys_[number] != key || number == 0) {
    const auto [known, is_new] =
        task_numbers_.try_emplace(key, static_cast<std::uint32_t>(task_keys_.size()));
    if (is_new) {
      task_keys_.push_back(key);
      tasks_.resize(task_keys_.size());
    }
    number = known->second;
  }
  enables(id);
}

void AccessLog::begin_step(TaskId id) {
  const std::uint32_t number = of_task_[index_of(id)];
  Task& task = tasks_[number];
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
  if (is_cancelling_) add(control(id), AccessKind::exclusive);
}

void AccessLog::enables(TaskId task) {
  if (steps_.empty()) return;
  const auto step = static_cast<std::uint32_t>(steps_.size() - 1);
  std::vector<std::uint32_t>& edges = tasks_[number_of(task)].enabled_by;
  if (fence_ <= step && (edges.empty() || edges.back() != step)) edges.push_back(step);
}

void AccessLog::completed(TaskId task, bool is_failure) {
  Task& ended = tasks_[number_of(task)];
  if (steps_.empty()) return;
  ended.is_completed = true;
  ended.completed_in = static_cast<std::uint32_t>(steps_.size() - 1);
  // Whether somebody watches the task decides what else its end does.
  add(completion(task), is_watching_ ? AccessKind::exclusive : AccessKind::write);
  if (is_failure) reports_failure();
  if (task == TaskId::root) steps_.back().ends_execution = true;
}

void AccessLog::watches_completion(TaskId task) {
  if (!is_watching_) is_watching_ = must_restart_ = true;
  reads_completion(task);
  add(completion(task), AccessKind::touch);
}

void AccessLog::awaits_completion(TaskId target) {
  if (steps_.empty()) return;
  Task& waiting = tasks_[acting_];
  const Task& awaited = tasks_[number_of(target)];
  waiting.awaits.push_back(completion(target));
  if (awaited.is_completed) waiting.enabled_by.push_back(awaited.completed_in);
}

void AccessLog::awaits_followed(TaskId task) {
  if (!steps_.empty()) tasks_[acting_].awaits.push_back(code(number_of(task), 3));
}

void AccessLog::note_cancelling() {
  if (!is_cancelling_) is_cancelling_ = must_restart_ = true;
}

void AccessLog::reschedules(TaskId task) {
  note_cancelling();
  add(control(task), AccessKind::exclusive);
}

void AccessLog::cancels(TaskId task, ObjectId object) {
  note_cancelling();
  add(control(task), AccessKind::exclusive);
  add(completion(task), AccessKind::exclusive);
  if (object != ObjectId::none) add(code(of_object_[index_of(object)], 0), AccessKind::exclusive);
  // What it awaits, whether or not that has happened: else the two orders of cancellation and
  // wake-up would look independent from one side.
  for (const std::uint32_t awaited : tasks_[number_of(task)].awaits)
    add(awaited, AccessKind::exclusive);
}

std::uint32_t AccessLog::number_of(TaskId creator, std::uint32_t ordinal) {
  const std::uint64_t key =
      creator == TaskId::none ? 1 : mix(task_keys_[of_task_[index_of(creator)]] + 2);
  return intern_object(roll(key, ordinal));
}

std::uint32_t AccessLog::number_of_older(std::uint64_t age) {
  has_older_objects_ = true;
  return intern_object(mix(~age));
}

std::uint32_t AccessLog::intern_object(std::uint64_t key) {
  const std::size_t position = interned_count_++;
  if (position < interned_.size() && object_keys_[interned_[position]] == key)
    return interned_[position];
  const auto [known, is_new] =
      object_numbers_.try_emplace(key, static_cast<std::uint32_t>(object_keys_.size()));
  if (is_new) object_keys_.push_back(key);
  interned_.resize(interned_count_);  // What came after it then is not to be expected now.
  return interned_.back() = known->second;
}

void AccessLog::registered(ObjectId id, std::uint32_t object) {
  of_object_.resize(index_of(id) + 1);  // Others may have been numbered before the log was there.
  of_object_[index_of(id)] = object;
}

AccessLog::Permit& AccessLog::permit(std::uint32_t object) {
  if (permits_.size() <= object) permits_.resize(object + 1);
  return permits_[object];
}

void AccessLog::asks(std::uint32_t object, bool suspends) {
  Permit& asked = permit(object);
  if (!suspends || !is_commuting(asked) || steps_.empty())
    return access(object, AccessKind::exclusive);
  access(object, AccessKind::attempt);
  Task& task = tasks_[acting_];
  const std::size_t before = asked.asked.size();
  asked.asked.push_back(acting_);
  if (before != 0 && before <= asked.returned.size())
    task.enabled_by.push_back(asked.returned[before - 1]);
}

void AccessLog::gives_back(std::uint32_t object) {
  Permit& given = permit(object);
  if (!is_commuting(given) || steps_.empty()) return access(object, AccessKind::exclusive);
  const std::size_t before = given.returned.size();
  if (before >= given.asked.size() || given.asked[before] != acting_)
    return looks(object, AccessKind::exclusive);
  access(object, AccessKind::release);
  given.returned.push_back(static_cast<std::uint32_t>(steps_.size() - 1));
}

void AccessLog::gets(std::uint32_t object) {
  if (!is_commuting(permit(object))) access(object, AccessKind::exclusive);
}

void AccessLog::looks(std::uint32_t object, AccessKind kind) {
  Permit& seen = permit(object);
  if (seen.is_commuting) {
    seen.is_commuting = false;
    must_restart_ = true;
  }
  access(object, kind);
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

std::uint64_t AccessLog::object_key(std::uint32_t object) const {
  const std::uint32_t number = object / 4;
  const std::uint32_t kind = object % 4;
  return mix((kind == 0 ? object_keys_[number] : task_keys_[number]) + kind);
}

AccessLog::Knowledge AccessLog::knowledge() const {
  Knowledge known{task_keys_, object_keys_, {}, is_cancelling_, is_watching_};
  for (std::uint32_t object = 0; object < permits_.size(); ++object)
    if (!permits_[object].is_commuting) known.ordered.push_back(object);
  return known;
}

bool AccessLog::restore(const Knowledge& known) {
  if (known.task_keys.empty() || known.task_keys.front() != 0) return false;
  for (std::uint32_t number = 1; number < known.task_keys.size(); ++number)
    if (!task_numbers_.try_emplace(known.task_keys[number], number).second) return false;
  for (std::uint32_t number = 0; number < known.object_keys.size(); ++number)
    if (!object_numbers_.try_emplace(known.object_keys[number], number).second) return false;
  task_keys_ = known.task_keys;
  object_keys_ = known.object_keys;
  tasks_.resize(task_keys_.size());
  for (const std::uint32_t object : known.ordered) {
    if (object >= object_keys_.size()) return false;
    permit(object).is_commuting = false;
  }
  is_cancelling_ = known.is_cancelling;
  is_watching_ = known.is_watching;
  return true;
}

std::size_t AccessLog::object_bound() const {
  return 4 * std::max(object_keys_.size(), task_keys_.size());
}

}  // namespace coweave::detail
