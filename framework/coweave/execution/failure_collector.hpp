#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "coweave/execution/execution_failure.hpp"
#include "coweave/execution/task_table.hpp"
#include "coweave/schedule/step_log.hpp"

namespace coweave::detail {

class Recorder;

/// The failures of one execution after the other. A program decides what its checks say and how
/// often, and a report has to stay readable: the first failures of very many are kept, and long
/// messages are cut. Allocates nothing while no failure is added.
class FailureCollector {
 public:
  /// What reports a failure. A report of how the execution ended is added to those of its steps.
  enum class Source : std::uint8_t { step, end };
  static constexpr std::size_t most_of_steps = 16;
  static constexpr std::size_t most = 32;
  static constexpr std::size_t longest_message = 16'384;         ///< Bytes, of the first failure.
  static constexpr std::size_t longest_further_message = 1'024;  ///< Bytes, of each other failure.

  /// All must outlive it. `source_root`: see source_line().
  FailureCollector(const StepLog& log, const TaskTable& tasks, const std::string& source_root)
      : log_(log), tasks_(tasks), source_root_(source_root) {}

  /// Forgets everything. `recorder`, if not null, hears of each failure that is added.
  void begin_execution(Recorder* recorder);
  /// Forgets the failures that were kept.
  void clear() { failures_.clear(); }

  /// Whether another failure would be kept. If not, counts it as left out.
  [[nodiscard]] bool has_room(Source source = Source::end);
  /// Adds a failure of the step under way behind the others. Returns null where it was only
  /// counted. The result is valid until the next failure is added.
  ExecutionFailure* add(FailureKind kind, std::string message, SourceLine place, TaskId task,
                        Source source = Source::end);
  /// Adds a failure that a step reports. One that a destructor reports while an exception passes by
  /// is a consequence of that exception. Returns as add() does.
  ExecutionFailure* add_reported(FailureKind kind, std::string message, SourceLine place,
                                 TaskId task);
  /// Adds a failure at `position` among those that are kept. Returns whether it was kept.
  bool insert(std::size_t position, FailureKind kind, std::string message, SourceLine place,
              TaskId task);
  /// Moves consequences behind all other failures: an exception that leaves a task comes before
  /// what destructors reported on its way. Keeps the order of both.
  void move_consequences_back();

  [[nodiscard]] bool empty() const { return failures_.empty(); }
  /// In the order in which a report shows them: the first one classifies.
  [[nodiscard]] const std::vector<ExecutionFailure>& all() const { return failures_; }
  /// How many more there were.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

  /// `place` with its file as a report shows it.
  [[nodiscard]] SourceLine line_of(const Place& place) const {
    return source_line(place, source_root_);
  }
  /// `file` and `line`, or, where that is in a header of the system, the last await of `task` or of
  /// one of its ancestors that is not. `task` may be null.
  [[nodiscard]] SourceLine place_in_user_code(const char* file, std::uint32_t line,
                                              const TaskControl* task) const;

 private:
  const StepLog& log_;
  const TaskTable& tasks_;
  const std::string& source_root_;
  Recorder* recorder_ = nullptr;
  std::vector<ExecutionFailure> failures_;
  std::uint64_t left_out_ = 0;
  int exceptions_outside_ = 0;  // Under way when the execution began.
};

}  // namespace coweave::detail
