#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "coweave/core/ready_task.hpp"

namespace coweave {

/// What a strategy sees when it picks: the ready tasks in the order of the ready queue. Position 0 is
/// the production order's pick; any other pick is a deviation. Valid only during the call.
class SchedulingPoint {
 public:
  /// How many tasks are ready; strategies are asked only where it is at least 2.
  [[nodiscard]] std::size_t size() const { return ready_.size(); }
  [[nodiscard]] const ReadyTask& operator[](std::size_t position) const {
    return *ready_[position];
  }
  /// Steps done in this execution.
  [[nodiscard]] std::uint64_t steps_done() const { return steps_done_; }
  /// Of everything that has happened in this execution: equal histories have equal fingerprints.
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }
  /// The task that ran the step before, or none.
  [[nodiscard]] TaskId last() const { return last_; }

  /// For the scheduler.
  void set(std::span<const ReadyTask* const> ready, std::uint64_t steps_done,
           std::uint64_t fingerprint, TaskId last) {
    ready_ = ready;
    steps_done_ = steps_done;
    fingerprint_ = fingerprint;
    last_ = last;
  }

 private:
  std::span<const ReadyTask* const> ready_;
  std::uint64_t steps_done_ = 0;
  std::uint64_t fingerprint_ = 0;
  TaskId last_ = TaskId::none;
};

}  // namespace coweave
