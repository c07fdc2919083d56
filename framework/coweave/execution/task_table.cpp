#include "coweave/execution/task_table.hpp"

#include "coweave/core/hash.hpp"

namespace coweave::detail {

std::uint64_t child_key(std::uint64_t parent_key, std::uint32_t nth_child) {
  return roll(parent_key + 1, nth_child);
}

TaskControl& TaskTable::create(TaskControl* parent) {
  if (size_ == tasks_.size()) [[unlikely]] tasks_.push_back(std::make_unique<TaskControl>());
  TaskControl& task = *tasks_[size_];
  task.id = static_cast<TaskId>(size_++);
  static_cast<TaskProgress&>(task) = {};
  if (parent != nullptr) {
    task.parent = parent->id;
    task.nth_child = ++parent->children;
    task.key = child_key(parent->key, task.nth_child);
  } else {
    task.parent = TaskId::none;
    task.nth_child = 0;
    task.key = 0;
  }
  return task;
}

void TaskTable::tear_down() noexcept {
  while (size_ > 0) {
    TaskControl& task = *tasks_[--size_];
    if (task.root) destroy_frame(task);
    if (!task.has_residue) [[likely]] continue;
    task.callable = nullptr;
    task.foreign_error = nullptr;
    task.cancel_message.clear();
  }
}

}  // namespace coweave::detail
