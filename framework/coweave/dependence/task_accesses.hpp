#pragma once

#include <cstdint>
#include <vector>

#include "coweave/core/ids.hpp"
#include "coweave/dependence/access.hpp"

namespace coweave::detail {

class AccessLog;

/// The writer of AccessLog for tasks, within a step: ends and joins, cancellation, failures. A
/// reference to the log, as short-lived as the expression that makes it.
class TaskAccesses {
 public:
  explicit TaskAccesses(AccessLog& log) : log_(log) {}

  // Ends of tasks.

  void completed(TaskId task, bool is_failure);
  /// The running task looks whether `task` has ended.
  void reads_completion(TaskId task);
  /// The running task begins or ceases to watch whether `task` has ended: the end calls it.
  void watches_completion(TaskId task);
  /// The running task suspends until `target` has ended, also if it has.
  void awaits_completion(TaskId target);
  /// An access to what `task` knows of the ends of the tasks that it gathers, groups or waits for.
  /// An end that is only counted, and looked at by `exclusive` alone, is a `touch`.
  void follows(TaskId task, AccessKind kind);
  /// The running task suspends until a task has ended that `task`, as a rule itself, follows.
  void awaits_followed(TaskId task);

  // Cancellation and deadlines.

  /// Asks `task`, which waits for `object` (or none), to end.
  void cancels(TaskId task, ObjectId object);
  /// Looks at or changes whether `task` is to end, or its deadlines.
  void controls(TaskId task, AccessKind kind);
  /// Another one than `task` changes its deadlines.
  void reschedules(TaskId task);

  // Failures, and what cannot be tracked.

  /// The running task comes to a place where a call may be made to throw. How many places an
  /// execution may choose is limited, so these do not commute.
  void may_fail();
  void reports_failure();
  /// The step under way may touch anything.
  void touches_untracked();

 private:
  friend class AccessLog;

  /// The part of the log about one task.
  struct State {
    std::vector<std::uint32_t> enabled_by;  // Steps that enable its next step.
    std::vector<std::uint32_t> awaits;      // Objects on which it has suspended.
    std::uint32_t completed_in = 0;         // A step.
    bool is_completed = false;
  };
  /// A fact: a task is cancelled in this program. From the next execution on, each step accesses
  /// the control word of its task.
  void note_cancelling();
  [[nodiscard]] std::uint32_t control(TaskId task) const;
  [[nodiscard]] std::uint32_t completion(TaskId task) const;
  [[nodiscard]] std::uint32_t followed(TaskId task) const;

  AccessLog& log_;
};

}  // namespace coweave::detail
