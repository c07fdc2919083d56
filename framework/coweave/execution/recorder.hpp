#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "coweave/execution/task_table.hpp"
#include "coweave/schedule/trace.hpp"
#include "coweave/task/object.hpp"

namespace coweave::detail {

/// The spawn path of a task: "0.2.1".
[[nodiscard]] std::string path_of(const TaskControl& task, const TaskTable& tasks);

/// The name of a coroutine function out of its signature as the compiler spells it: "withdraw" of
/// "Task<> bank::withdraw(Account&, int)"; "lambda" for a closure. The same for g++ and clang.
[[nodiscard]] std::string function_name(std::string_view signature);
/// Without an allocation: a part of `signature`, or a literal.
[[nodiscard]] std::string_view function_name_in(std::string_view signature);

/// Writes down everything that happens in one execution, for a report or a file. Never on during a
/// search: a failing schedule is executed once more with it.
class Recorder {
 public:
  explicit Recorder(std::string source_root) : source_root_(std::move(source_root)) {}

  void task_created(const TaskControl& task, const TaskTable& tasks);
  void object_registered(const Object& object, const TaskTable& tasks);
  void step_picked(const TaskControl& task, std::uint32_t pick,
                   std::span<const ReadyTask* const> ready, std::uint32_t injections);
  void injected(const ReadyTask& entry, std::uint32_t pick, std::span<const ReadyTask* const> ready,
                std::uint32_t injections);
  void value_chosen(TaskId task, const Operation& operation, std::uint32_t alternatives,
                    std::uint32_t value);
  /// `exception`: the type of the one that ended the task, of a `finish`.
  void effect(const Effect& effect, std::string exception = {});
  /// A `read`, `write` or `update` of `object`, which is no part of the numbers that steps refer
  /// to; of each object once in a step, and of no more than a few dozen.
  void value_accessed(OperationKind kind, const Object& object, const Place& place,
                      const TaskTable& tasks);
  void task_blocked(const TaskControl& task, const TaskTable& tasks);

  [[nodiscard]] Trace take();

 private:
  [[nodiscard]] TraceStep picked(const ReadyTask& entry, std::uint32_t pick,
                                 std::span<const ReadyTask* const> ready,
                                 std::uint32_t injections) const;
  /// Objects that are older than the execution are known by where they were created, and those of
  /// one place by their order: how many objects the process made before must not show.
  void name_older_objects();

  /// The place of `object` in trace_.objects, from now on.
  std::uint32_t add(const Object& object, const TaskTable& tasks);
  /// In trace_.objects.
  [[nodiscard]] std::optional<std::uint32_t> index(ObjectId id) const;

  Trace trace_;
  std::string source_root_;
  std::vector<std::uint32_t> objects_;                    // By ObjectId: index in trace_.objects.
  std::map<Object::Age, std::uint32_t> values_;           // The same of what has no ObjectId.
  std::vector<std::uint32_t> last_step_;                  // Of each task, in trace_.steps.
  std::unordered_map<std::string, std::uint32_t> names_;  // How often each name was asked for.
  std::vector<std::pair<Object::Age, std::uint32_t>> older_;  // And their index in trace_.objects.
};

}  // namespace coweave::detail
