#include "coweave/execution/task_table.hpp"

#include <utility>

#include "coweave/core/hash.hpp"

namespace coweave::detail {

std::uint64_t child_key(std::uint64_t parent_key, std::uint32_t nth_child) {
  return mix(parent_key + nth_child * 0x9E3779B97F4A7C15U);
}

TaskControl& TaskTable::create(const SpawnRequest& request, TaskControl* parent) {
  if (size_ == tasks_.size()) [[unlikely]] tasks_.push_back(std::make_unique<TaskControl>());
  TaskControl& task = *tasks_[size_];
  task.id = static_cast<TaskId>(size_++);
  task.parent = parent != nullptr ? parent->id : TaskId::none;
  task.nth_child = parent != nullptr ? ++parent->children : 0;
  task.key = parent != nullptr ? child_key(parent->key, task.nth_child) : 0;
  task.resumes_from = {OperationKind::start, ObjectId::none, request.place};
  task.leaf = task.root = request.root;
  task.hook = nullptr;
  task.state = TaskState::ready;
  task.result = TaskResult::none;
  task.cancel_pending = task.cancel_forwarding = task.is_retrieved = false;
  task.is_daemon = request.is_daemon;
  task.references = task.children = task.objects = task.cancel_requests = 0;
  task.waiter = nullptr;
  task.completion = nullptr;
  task.joiners = {};
  task.error = request.error;
  task.function = request.function;
  task.name = request.name;
  task.spawned_at = request.place;
  if (!task.cancel_message.empty()) task.cancel_message.clear();
  return task;
}

void destroy_frame(TaskControl& task) noexcept {
  if (const std::coroutine_handle<> frame = std::exchange(task.root, nullptr)) {
    // The exception, if any, outlives the frame: the end of the execution may have to report it.
    if (task.error != nullptr && *task.error) {
      task.foreign_error = std::move(*task.error);
      task.error = &task.foreign_error;
    }
    frame.destroy();
  }
}

void TaskTable::tear_down() noexcept {
  while (size_ > 0) {
    TaskControl& task = *tasks_[--size_];
    destroy_frame(task);
    if (task.callable) task.callable = nullptr;
    if (task.foreign_error) task.foreign_error = nullptr;
  }
}

}  // namespace coweave::detail
