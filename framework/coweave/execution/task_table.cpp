#include "coweave/execution/task_table.hpp"


namespace coweave::detail {

void TaskTable::grow() {
  tasks_.push_back(std::make_unique<TaskControl>());
  most_ = tasks_.size();
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
