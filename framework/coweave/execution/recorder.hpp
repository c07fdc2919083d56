#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "coweave/execution/task_table.hpp"
#include "coweave/runtime/object.hpp"
#include "coweave/schedule/scheduling_point.hpp"
#include "coweave/schedule/trace.hpp"

namespace coweave::detail {

/// The spawn path of a task: "0.2.1"; of more than 64 numbers "0.1.1. ... .~0123456789abcdef", the
/// beginning and the task's key.
[[nodiscard]] std::string path_of(const TaskControl& task, const TaskTable& tasks);

/// The name of a coroutine function out of its signature as the compiler spells it: "withdraw" of
/// "Task<> bank::withdraw(Account&, int)"; "lambda" for a closure. The same for g++ and clang.
[[nodiscard]] std::string function_name(std::string_view signature);
/// Without an allocation: a part of `signature`, or a literal.
[[nodiscard]] std::string_view function_name_in(std::string_view signature);

/// Writes down everything that happens in one execution, for a report or a file. Never on during a
/// search: a failing schedule is executed once more with it. Memory: O(tasks + objects), and of the
/// steps no more than a window around the first failure, or at the end: see Trace::is_excerpt.
class Recorder {
 public:
  /// How many steps before the first failure are kept at least, and how many after it.
  static constexpr std::uint32_t window = 20'000;
  static constexpr std::uint32_t no_step = 0xFFFFFFFFU;

  /// `failing_step`: index of the step in which the execution is going to fail, or no_step: it is
  /// the one in which a failure is noted first, or the last.
  explicit Recorder(std::string source_root, std::uint32_t failing_step = no_step)
      : source_root_(std::move(source_root)), failing_step_(failing_step) {}

  void task_created(const TaskControl& task);
  void object_registered(const Object& object, const TaskTable& tasks);
  /// `injections`: entries of the scheduling point behind `ready`.
  void step_picked(const TaskControl& task, std::uint32_t pick, const ReadyView& ready,
                   std::uint32_t injections);
  void injected(const ReadyTask& entry, std::uint32_t pick, const ReadyView& ready,
                std::uint32_t injections);
  void value_chosen(TaskId task, const Operation& operation, std::uint32_t alternatives,
                    std::uint32_t value);
  /// `exception`: the type of the one that ended the task, of a `finish`.
  void effect(const Effect& effect, std::string exception = {});
  /// A `read`, `write` or `update` of `object`, which is no part of the numbers that steps refer
  /// to; of each object once in a step, and of no more than a few dozen.
  void value_accessed(OperationKind kind, const Object& object, const Place& place,
                      const TaskTable& tasks);
  /// Those that wait for something when the execution ends. O(tasks).
  void tasks_blocked(const TaskTable& tasks);
  /// The step under way has failed.
  void failed();

  [[nodiscard]] Trace take();

 private:
  [[nodiscard]] TraceStep picked(const ReadyTask& entry, std::uint32_t pick, const ReadyView& ready,
                                 std::uint32_t injections) const;
  /// Objects that are older than the execution are known by where they were created, and those of
  /// one place by their order: how many objects the process made before must not show.
  void name_older_objects();

  /// The place of `object` in trace_.objects, from now on.
  std::uint32_t add(const Object& object, const TaskTable& tasks);
  /// In trace_.objects.
  [[nodiscard]] std::optional<std::uint32_t> index(ObjectId id) const;
  [[nodiscard]] std::string path_of_child(const TaskControl& task) const;
  /// Among all steps of the execution, kept or not.
  [[nodiscard]] std::uint64_t steps_so_far() const { return trace_.step_count(); }
  /// The effects of the last step are not wanted: there is none, or it was not kept.
  [[nodiscard]] bool drops_effects() const {
    return trace_.steps.empty() || trace_.steps_after != 0;
  }
  void add_step(TraceStep step);
  /// Where the ready tasks of all steps are too many: keeps the first few of each step.
  void shorten_ready();

  Trace trace_;
  std::string source_root_;
  std::vector<std::uint32_t> objects_;                    // By ObjectId: index in trace_.objects.
  std::map<Object::Age, std::uint32_t> values_;           // The same of what has no ObjectId.
  std::vector<std::uint64_t> last_step_;                  // Of each task, among all steps.
  std::unordered_map<std::string, std::uint32_t> names_;  // How often each name was asked for.
  std::unordered_set<std::string> taken_names_;           // Of trace_.tasks.
  std::vector<std::pair<Object::Age, std::uint32_t>> older_;  // And their index in trace_.objects.
  std::uint64_t failing_step_;      // Among all steps; no_step: not known yet.
  std::uint64_t listed_ready_ = 0;  // Ready tasks of all steps that are kept.
  std::size_t most_ready_ = static_cast<std::size_t>(-1);  // Ready tasks that a step lists.
};

}  // namespace coweave::detail
