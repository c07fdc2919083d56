#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

#include "coweave/runtime/task_control.hpp"
#include "coweave/schedule/scheduling_point.hpp"

namespace coweave::detail {

/// The ready tasks in order. A task that steps keeps its entry until the step has ended: most steps
/// end with the task at the back, and that is one move. Leaving from the middle keeps the order of
/// the rest: production order steps the first, any other pick is a deviation. No branch depends on
/// the pick unless many tasks are ready: on the hot path it would be mispredicted at every step.
/// Up to `most_packed` tasks stand in an array without gaps, and moving one is O(1) or a short
/// memmove. Of more than that, which no hot path has, each operation is O(log of their number).
class ReadyQueue {
 public:
  /// As many entries stand in an array without gaps: packed_at() may be asked for them.
  static constexpr std::size_t most_packed = 256;

  ReadyQueue() { grow(); }
  ReadyQueue(const ReadyQueue&) = delete;
  ReadyQueue& operator=(const ReadyQueue&) = delete;

  [[nodiscard]] std::size_t size() const { return view_.size; }
  [[nodiscard]] bool empty() const { return view_.size == 0; }
  [[nodiscard]] const ReadyView& view() const { return view_; }

  void clear() {
    view_.size = 0;
    if (view_.sparse != nullptr) [[unlikely]]
      show_packed();
  }

  void push_back(ReadyTask& task) {
    if (is_full()) [[unlikely]]
      return grow_and_push_back(task);
    push_back_in_place(task);
  }
  /// Whether the next entry takes more memory.
  [[nodiscard]] bool is_full() const { return view_.size == most_; }
  /// Not while is_full().
  void push_back_in_place(ReadyTask& task) { view_.tasks[view_.size++] = &task; }
  /// The same for `count` entries, where so many fit: for the caller to fill.
  ReadyTask** push_back_in_place(std::size_t count) {
    ReadyTask** const entries = view_.tasks + view_.size;
    view_.size += count;
    return entries;
  }
  /// Makes room for `entries`.
  void reserve(std::size_t entries) {
    while (most_ < entries) grow();
  }

  /// Shows an injection behind the ready tasks, until hide_injections().
  void show_injection(ReadyTask& entry) {
    push_back(entry);
    ++view_.injections;
  }
  void hide_injections() {
    view_.size -= view_.injections;
    view_.injections = 0;
    if (view_.sparse != nullptr) [[unlikely]]
      sparse_.forget_end(view_);
  }

  [[nodiscard]] TaskControl& at(std::size_t position) const {
    return static_cast<TaskControl&>(view_.at(position));
  }
  /// The same while there are no more than `most_packed`.
  [[nodiscard]] TaskControl& packed_at(std::size_t position) const {
    return static_cast<TaskControl&>(*view_.tasks[position]);
  }

  /// The entry of `task` that was made last becomes one of `other`; there must be one.
  void replace_last(const TaskControl& task, TaskControl& other) {
    ReadyTask** entry = view_.tasks + view_.size - 1;
    while (*entry != &task) --entry;
    *entry = &other;
  }

  void remove(std::size_t position) {
    close_gap(position);
    --view_.size;
  }
  void move_to_back(std::size_t position) { move_to_back(at(position), position); }
  /// The same for the entry of `task`, by a caller who knows it.
  void move_to_back(ReadyTask& task, std::size_t position) {
    close_gap(position);
    view_.tasks[view_.size - 1] = &task;
  }
  /// Aborts if an entry is no ready task, or one that has another entry. For tests and builds with
  /// COWEAVE_CHECK_INVARIANTS; between two steps, without injections. O(n log n).
  void check_invariants() const;

  void move_to_front(std::size_t position) {
    if (view_.size > most_packed) [[unlikely]]
      return move_to_front_of_many(position);
    ReadyTask* task = view_.tasks[position];
    std::memmove(view_.tasks + 1, view_.tasks, position * sizeof(ReadyTask*));
    view_.tasks[0] = task;
  }

 private:
  /// That a move copies behind its position, whether or not entries stand there.
  static constexpr std::size_t copied = 5;

  /// Makes room for as many entries again.
  void grow() {
    most_ = most_ == 0 ? 16 : 2 * most_;
    memory_.resize(most_ + copied);
    if (view_.sparse != nullptr) return sparse_.begin(view_, most_);
    view_.tasks = memory_.data();
  }
  /// Has the view show the array, with the entries that it shows.
  void show_packed() { sparse_.end(view_, memory_.data()); }
  /// Apart, and called last, so that the usual case saves nothing.
  [[gnu::noinline]] void grow_and_push_back(ReadyTask& task) {
    grow();
    push_back_in_place(task);
  }

  /// Moves what stands behind `position` one entry forward: as much as might stand there, if that
  /// is little. How many tasks are ready seldom changes, and is predicted.
  void close_gap(std::size_t position) {
    ReadyTask** const gap = view_.tasks + position;
    if (view_.size <= 3) {
      move_two(gap);
    } else if (view_.size <= 5) [[likely]] {
      move_four(gap);
    } else {
      close_gap_of_many(position);
    }
  }
  void close_gap_of_many(std::size_t position);
  void move_to_front_of_many(std::size_t position);
  // Entry by entry through registers: a wide load of entries that were written one by one a moment
  // ago would stall on store forwarding. The assembly keeps compilers from widening it.
  static void move_two(ReadyTask** gap) {
    ReadyTask* a = gap[1];
    ReadyTask* b = gap[2];
    __asm__("" : "+r"(a), "+r"(b));
    gap[0] = a;
    gap[1] = b;
  }
  static void move_four(ReadyTask** gap) {
    ReadyTask* a = gap[1];
    ReadyTask* b = gap[2];
    ReadyTask* c = gap[3];
    ReadyTask* d = gap[4];
    __asm__("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
    gap[0] = a;
    gap[1] = b;
    gap[2] = c;
    gap[3] = d;
  }

  ReadyView view_;
  std::size_t most_ = 0;  // Tasks that fit, with `copied` entries behind them.
  std::vector<ReadyTask*> memory_;
  SparseReady sparse_;  // Of more than `most_packed` tasks, after one of them has left.
};

}  // namespace coweave::detail
