#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "coweave/task/task_control.hpp"

namespace coweave::detail {

/// The ready tasks in order. Taking from the middle keeps the order of the rest: production order
/// takes the first, any other pick is a deviation. Removal copies a block of fixed size, without a
/// branch that depends on the pick: on the hot path that branch would be mispredicted at every step.
class ReadyQueue {
 public:
  ReadyQueue() : tasks_(block + 8) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::span<const ReadyTask* const> view() const { return {tasks_.data(), size_}; }

  void clear() { size_ = 0; }

  void push_back(TaskControl& task) {
    if (size_ + block + 1 >= tasks_.size()) [[unlikely]] tasks_.resize(2 * tasks_.size());
    tasks_[size_++] = &task;
  }

  void push_front(TaskControl& task) {
    if (size_ + block + 1 >= tasks_.size()) [[unlikely]] tasks_.resize(2 * tasks_.size());
    ReadyTask** first = tasks_.data();
    if (size_ > block) [[unlikely]] {
      std::memmove(first + 1, first, size_ * sizeof(ReadyTask*));
    } else {
      std::memmove(first + 1, first, block * sizeof(ReadyTask*));
    }
    *first = &task;
    ++size_;
  }

  TaskControl& take(std::size_t position) {
    ReadyTask** taken = tasks_.data() + position;
    auto& task = static_cast<TaskControl&>(**taken);
    --size_;
    std::memmove(taken, taken + 1, block * sizeof(ReadyTask*));
    if (size_ > position + block) [[unlikely]]
      std::memmove(taken + block, taken + block + 1,
                   (size_ - position - block) * sizeof(ReadyTask*));
    return task;
  }

 private:
  static constexpr std::size_t block = 8;
  std::vector<ReadyTask*> tasks_;  // At least `block` + 1 entries behind the last one in use.
  std::size_t size_ = 0;
};

}  // namespace coweave::detail
