#include "coweave/execution/task_table.hpp"

#include "coweave/task/unawaited.hpp"

namespace coweave::detail {

void TaskTable::grow() {
  tasks_.push_back(std::make_unique<TaskControl>());
  most_ = tasks_.size();
}

void destroy_frame_but_error(TaskControl& task) noexcept {
  if (task.error != nullptr && *task.error) {
    task.foreign_error = std::move(*task.error);
    task.error = &task.foreign_error;
    task.has_residue = true;
  } else {
    task.error = nullptr;  // It was in the frame.
  }
  const bool is_nested = std::exchange(destroys_failed_frame, true);
  std::exchange(task.root, nullptr).destroy();
  destroys_failed_frame = is_nested;
}

TaskControl& TaskTable::create_or_reuse(TaskControl* parent) {
  if (retired_.empty()) return create(parent);
  TaskControl& task = *retired_.back();
  retired_.pop_back();
  clear(task);
  if (parent != nullptr) {
    task.parent = parent->id;
    task.nth_child = ++parent->children;
  }
  return task;
}

void TaskTable::clear(TaskControl& task) noexcept {
  destroy_frame(task);
  if (!task.has_residue) return;
  task.callable = nullptr;
  task.foreign_error = nullptr;
  task.cancel_message.clear();
}

}  // namespace coweave::detail
