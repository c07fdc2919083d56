#pragma once

#include <coroutine>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "coweave/core/hash.hpp"
#include "coweave/runtime/context.hpp"

namespace coweave::detail {

/// The key of the root. Not a small number: child_key(0, 1) would be 0.
inline constexpr std::uint64_t root_key = 0x6A09E667F3BCC909U;

/// The key of the n-th child of a task.
[[nodiscard]] constexpr std::uint64_t child_key(std::uint64_t parent_key, std::uint32_t nth_child) {
  return roll(parent_key + 1, nth_child);
}

/// The tasks of one execution, by id. Control blocks are reused from one execution to the next.
class TaskTable {
 public:
  explicit TaskTable(const TaskServices& scheduler) : scheduler_(scheduler) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Whether the next task takes more memory.
  [[nodiscard]] bool is_full() const { return size_ == most_; }
  /// How many tasks fit before it takes more memory.
  [[nodiscard]] std::size_t capacity() const { return most_; }
  [[nodiscard]] TaskControl& operator[](TaskId id) const { return *tasks_[index_of(id)]; }

  /// The control block of that number, in use or left by an earlier task; null if there is none.
  [[nodiscard]] const TaskControl* known(TaskId id) const {
    return index_of(id) < tasks_.size() ? tasks_[index_of(id)].get() : nullptr;
  }

  /// The next task, child of `parent` (null: the root); for the caller to begin().
  TaskControl& create(TaskControl* parent) {
    if (is_full()) [[unlikely]]
      grow();
    return create_in_place(parent);
  }
  /// The same, not while is_full().
  TaskControl& create_in_place(TaskControl* parent) {
    TaskControl& task = *tasks_[size_];
    task.id = static_cast<TaskId>(size_++);
    if (parent != nullptr) [[likely]] {
      task.parent = parent->id;
      task.nth_child = ++parent->children;
      task.key = child_key(parent->key, task.nth_child);
    } else {
      task.parent = TaskId::none;
      task.nth_child = 0;
      task.key = root_key;
    }
    return task;
  }

  /// The same for `count` children of `parent`, where so many fit: `begin` is given each with its
  /// index.
  template <class Begin>
  void create_in_place(TaskControl& parent, std::size_t count, Begin begin) {
    const std::unique_ptr<TaskControl>* next = tasks_.data() + size_;
    auto id = static_cast<TaskId>(size_);
    const TaskId parent_id = parent.id;
    const std::uint64_t parent_key = parent.key;
    std::uint32_t nth_child = parent.children;
    for (std::size_t i = 0; i < count; ++i) {
      TaskControl& task = **next++;
      task.id = id;
      id = static_cast<TaskId>(index_of(id) + 1);
      task.parent = parent_id;
      task.nth_child = ++nth_child;
      task.key = child_key(parent_key, nth_child);
      begin(task, i);
    }
    parent.children = nth_child;
    size_ += count;
  }

  /// Makes room for a task.
  void grow();

  /// The next task as create() makes it, in the place of a retired one if there is any: for
  /// programs that run for long and keep no log.
  TaskControl& create_or_reuse(TaskControl* parent);
  /// A finished task that nobody refers to any more may give its place to another.
  void retire(TaskControl& task) { retired_.push_back(&task); }

  /// Forgets the tasks, none of which has anything left to destroy.
  void forget() noexcept {
    retired_.clear();
    size_ = 0;
  }
  /// Takes every task out of the queue that it stands in: of an object that may be older than the
  /// tasks, and live on. Before any frame is destroyed. O(tasks).
  void leave_queues() noexcept;
  /// Destroys all frames in reverse order of creation, then those of the tasks that destructors
  /// have made meanwhile, and forgets the tasks.
  void tear_down(TaskServices& told) noexcept;
  /// Forgets the tasks, and destroys nothing of theirs: neither frames nor callables.
  void leak() noexcept;
  /// The task that is being destroyed, or null.
  [[nodiscard]] const TaskControl* dying() const { return dying_; }

 private:
  static void clear(TaskControl& task) noexcept;
  /// clear(), where destructors may throw.
  void clear(TaskControl& task, TaskServices& told) noexcept;

  const TaskServices& scheduler_;
  const TaskControl* dying_ = nullptr;
  std::vector<std::unique_ptr<TaskControl>> tasks_;
  std::vector<TaskControl*> retired_;
  std::size_t size_ = 0;  // In use.
  std::size_t most_ = 0;  // There are.
};

/// destroy_frame, of a task that did not end with a value.
void destroy_frame_but_error(TaskControl& task) noexcept;

/// Destroys the coroutine of a task, and with it all that it awaits inline. Its exception, if any,
/// outlives it: the end of the execution may have to report that.
inline void destroy_frame(TaskControl& task) noexcept {
  const std::coroutine_handle<> frame = task.root;
  if (!frame) return;
  if (task.result != TaskResult::value) [[unlikely]]
    return destroy_frame_but_error(task);
  task.root = nullptr;
  task.error = nullptr;  // It was in the frame.
  frame.destroy();
}

}  // namespace coweave::detail
