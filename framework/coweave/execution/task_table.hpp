#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "coweave/task/context.hpp"

namespace coweave::detail {

/// The tasks of one execution, by id. Control blocks are reused from one execution to the next.
class TaskTable {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] TaskControl& operator[](TaskId id) const { return *tasks_[index_of(id)]; }

  /// The next task, child of `parent` (null: the root).
  TaskControl& create(const SpawnRequest& request, TaskControl* parent);

  /// Destroys all frames in reverse order of creation, and forgets the tasks.
  void tear_down() noexcept;

 private:
  std::vector<std::unique_ptr<TaskControl>> tasks_;
  std::size_t size_ = 0;  // In use.
};

/// Destroys the coroutine of a task, and with it all that it awaits inline.
void destroy_frame(TaskControl& task) noexcept;

/// The key of the n-th child of a task.
[[nodiscard]] std::uint64_t child_key(std::uint64_t parent_key, std::uint32_t nth_child);

}  // namespace coweave::detail
