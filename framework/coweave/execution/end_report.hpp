#pragma once

#include <cstdint>
#include <string>

#include "coweave/execution/failure_collector.hpp"

namespace coweave::detail {

/// Adds to the failures of an execution how it ended, if not well: what blocks its tasks, what left
/// them, which of them are left. Notes for the recorder, if there is one, which tasks are blocked.
class EndReport {
 public:
  /// All must outlive it.
  EndReport(FailureCollector& failures, const StepLog& log, const TaskTable& tasks)
      : failures_(failures), log_(log), tasks_(tasks) {}

  /// `recorder` may be null. The next step is the first one of the execution.
  void begin_execution(Recorder* recorder);

  /// The limit of `max_steps` was reached; the clock has moved `times_let_pass` times before, so
  /// that as many steps again could follow.
  void add_livelock(std::uint64_t max_steps, std::uint32_t times_let_pass);
  /// Nothing can go on. Adds nothing but the note for the recorder where `was_used_elsewhere`: what
  /// another thread did is a failure already, and explains the rest.
  void add_blocked(bool was_used_elsewhere);
  /// Every task has ended, or the body has: adds exceptions that nothing has seen and, where the
  /// body has ended, tasks that have not. O(tasks).
  void add_results();
  /// Within a handler: an exception left the call of the body.
  void add_exception_of_call();
  /// Within a handler: an exception left a destructor of the frame of `task`, or of an unknown one
  /// if null, which had not ended.
  void add_exception_of_tear_down(const TaskControl* task);

  /// As a report calls it: "the test body", "'writer'", "'increment' (task 0.1)".
  [[nodiscard]] std::string label(const TaskControl& task) const;

 private:
  void note_blocked();
  void add_exception(const TaskControl& reached);
  /// The task that threw the exception which reached `task`, through a gather or a join.
  [[nodiscard]] const TaskControl& origin_of(const TaskControl& task) const;
  /// The index in the log of the step in which `task` ended by an exception.
  [[nodiscard]] std::uint32_t last_step_of(const TaskControl& task) const;

  FailureCollector& failures_;
  const StepLog& log_;
  const TaskTable& tasks_;
  Recorder* recorder_ = nullptr;
  std::uint64_t steps_before_ = 0;  // Context::step_number when the execution began.
};

}  // namespace coweave::detail
