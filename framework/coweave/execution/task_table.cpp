#include "coweave/execution/task_table.hpp"

#include <functional>
#include <mutex>

#include "coweave/task/unawaited.hpp"

namespace coweave::detail {

void TaskTable::grow() {
  tasks_.push_back(std::make_unique<TaskControl>(scheduler_));
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

void TaskTable::leave_queues() noexcept {
  for (std::size_t i = 0; i < size_; ++i) {
    const TaskControl& task = *tasks_[i];
    const bool waits = task.state == TaskState::blocked || task.state == TaskState::ready ||
                       (task.is_queued && task.state == TaskState::ready_head);
    if (waits && task.waiter != nullptr && task.waiter->queue != nullptr)
      task.waiter->queue->remove(*task.waiter);
  }
}

void TaskTable::tear_down(TaskServices& told) noexcept {
  constexpr int most_rounds = 100;  // Destructors may make tasks: the next round has those.
  retired_.clear();
  std::size_t begin = 0;
  for (int round = 0; begin < size_ && round < most_rounds; ++round) {
    const std::size_t end = size_;
    for (std::size_t i = end; i > begin; --i)
      if (TaskControl& task = *tasks_[i - 1]; task.root || task.has_residue) clear(task, told);
    begin = end;
  }
  dying_ = nullptr;
  size_ = 0;
}

void TaskTable::clear(TaskControl& task, TaskServices& told) noexcept {
  dying_ = &task;
  const std::coroutine_handle<> root = std::exchange(task.root, nullptr);
  const std::exception_ptr* const own_error = std::exchange(task.error, nullptr);
  if (root) {
    context.thrown_in_tear_down = nullptr;
    try {
      root.destroy();
      // If a destructor throws, our coroutine is suspended at its end: it is destroyed once more.
      if (own_error != nullptr && context.thrown_in_tear_down == own_error) root.destroy();
    } catch (...) {  // What is left of the frame stays.
      told.threw_in_tear_down();
    }
  }
  clear(task);
}

void TaskTable::leak() noexcept {
  // Reachable for the rest of the process.
  // NOLINTNEXTLINE(*-owning-memory,bugprone-unhandled-exception-at-new): ends the process.
  static auto& callables = *new std::vector<std::function<void()>>;
  static std::mutex guard;
  retired_.clear();
  while (size_ > 0) {
    TaskControl& task = *tasks_[--size_];
    task.root = nullptr;
    task.error = nullptr;
    if (!task.has_residue) continue;
    if (task.callable) {
      const std::lock_guard lock(guard);
      callables.push_back(std::move(task.callable));
    }
    clear(task);
  }
}

void TaskTable::clear(TaskControl& task) noexcept {
  destroy_frame(task);
  if (!task.has_residue) return;
  task.callable = nullptr;
  task.foreign_error = nullptr;
  task.cancel_message.clear();
}

}  // namespace coweave::detail
