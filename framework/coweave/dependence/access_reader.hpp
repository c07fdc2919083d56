#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "coweave/core/ids.hpp"
#include "coweave/core/stack.hpp"
#include "coweave/dependence/access.hpp"
#include "coweave/dependence/stable_numbers.hpp"

namespace coweave::detail {

/// Reads the log of an execution, for the reduction and for reports: the steps so far, with their
/// accesses and the steps that made them possible, and the keys behind the numbers. This class is
/// the storage; AccessLog adds the writing.
class AccessReader {
 public:
  /// The number of steps of the execution so far.
  [[nodiscard]] std::size_t size() const { return steps_.size(); }
  /// Returns what a step did. Valid until the next step begins.
  [[nodiscard]] StepAccesses operator[](std::size_t step) const {
    const Step& found = steps_[step];
    std::size_t accesses = accesses_.size();
    std::size_t edges = edges_.size();
    std::size_t choices = choices_.size();
    if (step + 1 != steps_.size()) {
      const Step& next = steps_[step + 1];
      accesses = next.first_access;
      edges = next.first_edge;
      choices = next.first_choice;
    }
    return {found.task,
            accesses_.range(found.first_access, accesses),
            edges_.range(found.first_edge, edges),
            found.fence,
            choices_.range(found.first_choice, choices),
            found.is_untracked,
            found.ends_execution};
  }
  /// Whether the last step may have touched anything.
  [[nodiscard]] bool is_last_untracked() const { return steps_.back().is_untracked; }

  /// The number of a task of this execution.
  [[nodiscard]] std::uint32_t number_of(TaskId task) const { return numbers_.of(task); }
  /// The key of the task with this number: a hash of its spawn path.
  [[nodiscard]] std::uint64_t task_key(std::uint32_t task) const {
    return numbers_.task_keys()[task];
  }
  /// The key of the object of an Access.
  [[nodiscard]] std::uint64_t object_key(std::uint32_t object) const;
  /// Numbers of tasks are below this.
  [[nodiscard]] std::size_t task_bound() const { return numbers_.task_keys().size(); }
  /// Objects of accesses are below this.
  [[nodiscard]] std::size_t object_bound() const {
    return object_roles * std::max(numbers_.object_keys().size(), numbers_.task_keys().size());
  }
  /// Whether an object was older than its execution. Its key depends on what else the process did.
  [[nodiscard]] bool has_older_objects() const { return has_older_objects_; }
  /// Whether this execution has added a fact: accesses have to be logged in another way, and the
  /// executions so far do not count.
  [[nodiscard]] bool must_restart() const { return must_restart_; }

 protected:
  struct Step {
    std::uint32_t task;
    std::uint32_t first_access;
    std::uint32_t first_edge;
    std::uint32_t fence;
    std::uint32_t first_choice;
    bool is_untracked;
    bool ends_execution;
  };

  AccessReader() = default;
  AccessReader(const AccessReader&) = default;
  AccessReader& operator=(const AccessReader&) = default;
  ~AccessReader() = default;

  Stack<Step> steps_;
  Stack<Access> accesses_;        // Of all steps, one after the other.
  Stack<std::uint32_t> edges_;    // Enabling steps, of all steps, one after the other.
  Stack<std::uint32_t> choices_;  // Values, of all steps, one after the other.
  StableNumbers numbers_;
  bool must_restart_ = false;
  bool has_older_objects_ = false;
};

}  // namespace coweave::detail
