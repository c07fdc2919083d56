#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "coweave/schedule/scheduling_point.hpp"
#include "coweave/task/task_control.hpp"

namespace coweave::detail {

/// The ready tasks in order. Taking from the middle keeps the order of the rest: production order
/// takes the first, any other pick is a deviation. Removal copies a block of fixed size, without a
/// branch that depends on the pick: on the hot path that branch would be mispredicted at every step.
class ReadyQueue {
 public:
  ReadyQueue() { grow(); }
  ReadyQueue(const ReadyQueue&) = delete;
  ReadyQueue& operator=(const ReadyQueue&) = delete;

  [[nodiscard]] std::size_t size() const { return view_.size; }
  [[nodiscard]] bool empty() const { return view_.size == 0; }
  [[nodiscard]] const ReadyView& view() const { return view_; }
  [[nodiscard]] std::span<const ReadyTask* const> tasks() const {
    return {view_.tasks, view_.size};
  }

  void clear() { view_.size = 0; }

  void push_back(TaskControl& task) {
    if (view_.size == most_) [[unlikely]] grow();
    view_.tasks[view_.size++] = &task;
  }

  void push_front(TaskControl& task) {
    if (view_.size == most_) [[unlikely]] grow();
    ReadyTask** first = view_.tasks;
    if (view_.size > block) [[unlikely]]
      std::memmove(first + block + 1, first + block, (view_.size - block) * sizeof(ReadyTask*));
    shift_block(first, first + 1);
    *first = &task;
    ++view_.size;
  }

  TaskControl& take(std::size_t position) {
    ReadyTask** taken = view_.tasks + position;
    auto& task = static_cast<TaskControl&>(**taken);
    const std::size_t left = --view_.size;
    shift_block(taken + 1, taken);
    if (left > position + block) [[unlikely]]
      std::memmove(taken + block, taken + block + 1,
                   (left - position - block) * sizeof(ReadyTask*));
    return task;
  }

 private:
  static constexpr std::size_t block = 4;

  /// Copies a block, which may overlap, entry by entry through registers: a wide load of entries that
  /// were written one by one a moment ago would stall on store forwarding.
  static void shift_block(ReadyTask* const* from, ReadyTask** to) {
    ReadyTask* a = from[0];
    ReadyTask* b = from[1];
    ReadyTask* c = from[2];
    ReadyTask* d = from[3];
    __asm__("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));  // Keeps compilers from widening it.
    to[0] = a;
    to[1] = b;
    to[2] = c;
    to[3] = d;
  }

  void grow() {
    most_ = most_ == 0 ? 16 : 2 * most_;
    memory_.resize(most_ + block + 1);
    view_.tasks = memory_.data();
  }

  ReadyView view_;
  std::size_t most_ = 0;            // Tasks that fit; `block` + 1 entries more are there to be copied.
  std::vector<ReadyTask*> memory_;
};

}  // namespace coweave::detail
