#pragma once

#include <cstddef>
#include <coroutine>
#include <memory>
#include <utility>
#include <vector>

#include "coweave/task/context.hpp"

namespace coweave::detail {

/// The tasks of one execution, by id. Control blocks are reused from one execution to the next.
class TaskTable {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] TaskControl& operator[](TaskId id) const { return *tasks_[index_of(id)]; }

  /// The next task, child of `parent` (null: the root); what it runs is for the caller to say.
  TaskControl& create(TaskControl* parent);

  /// Destroys all frames in reverse order of creation, and forgets the tasks.
  void tear_down() noexcept;

 private:
  std::vector<std::unique_ptr<TaskControl>> tasks_;
  std::size_t size_ = 0;  // In use.
};

/// Destroys the coroutine of a task, and with it all that it awaits inline. Its exception, if any,
/// outlives it: the end of the execution may have to report that.
inline void destroy_frame(TaskControl& task) noexcept {
  const std::coroutine_handle<> frame = task.root;
  if (!frame) return;
  task.root = nullptr;
  if (task.error != nullptr && *task.error) [[unlikely]] {
    task.foreign_error = std::move(*task.error);
    task.error = &task.foreign_error;
    task.has_residue = true;
  }
  frame.destroy();
}

/// The key of the n-th child of a task.
[[nodiscard]] std::uint64_t child_key(std::uint64_t parent_key, std::uint32_t nth_child);

}  // namespace coweave::detail
