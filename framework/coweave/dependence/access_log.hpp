#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "coweave/core/ids.hpp"
#include "coweave/dependence/access_reader.hpp"
#include "coweave/dependence/object_accesses.hpp"
#include "coweave/dependence/permit_accesses.hpp"
#include "coweave/dependence/task_accesses.hpp"

namespace coweave::detail {

/// Logs the accesses of the steps of an execution, while a reduced search runs (Context::accesses)
/// and only then. One storage with an interface for each audience:
///
///     the scheduler       AccessLog        which step runs, what it makes ready
///     tasks               TaskAccesses     ends, joins, cancellation             tasks()
///     primitives          ObjectAccesses   reads and writes of objects           objects()
///     locks               PermitAccesses   requests and returns of permits       permits()
///     reduction, reports  AccessReader     the base: all that was logged
///
/// How an access is logged may depend on facts about *any* execution: that a task is cancelled,
/// that the end of a task is watched, that a lock is looked at. Facts are never withdrawn. An
/// execution that adds one ends with must_restart(), and the search begins anew.
class AccessLog final : public AccessReader {
 public:
  /// Forgets the steps; numbers and facts stay.
  void begin_execution();
  /// A task was created, by the step under way if there is one. Ids come in order.
  void task_created(TaskId id, std::uint64_t key);
  void begin_step(TaskId id);
  /// The step under way makes `task` ready.
  void enables(TaskId task);
  /// Nothing was ready: later steps happen after all steps so far. What is logged up to the next
  /// step belongs to no step.
  void fence() {
    fence_ = static_cast<std::uint32_t>(steps_.size());
    is_between_steps_ = true;
  }
  /// From now on `task` acts within the step under way. Returns the number of the task that did.
  std::uint32_t act_as(TaskId task) {
    return is_between_steps_ || steps_.empty() ? 0 : std::exchange(acting_, number_of(task));
  }
  /// Ends what act_as() began, which returned `before`.
  void act_again_as(std::uint32_t before) { acting_ = before; }
  void chosen(std::uint32_t value) { choices_.push_back(value); }
  void registered(ObjectId id, std::uint32_t object) { numbers_.register_object(id, object); }

  [[nodiscard]] TaskAccesses tasks() { return TaskAccesses(*this); }
  [[nodiscard]] ObjectAccesses objects() { return ObjectAccesses(*this); }
  [[nodiscard]] PermitAccesses permits() { return PermitAccesses(*this); }

  /// All that outlives an execution, for a checkpoint.
  struct Knowledge {
    std::vector<std::uint64_t> task_keys;    ///< By number; the first stands for no task.
    std::vector<std::uint64_t> object_keys;  ///< By number.
    std::vector<std::uint32_t> ordered;      ///< Objects whose permits do not commute.
    bool is_cancelling = false;
    bool is_watching = false;
  };
  [[nodiscard]] Knowledge knowledge() const;
  /// Continues from what another log knew; only before the first execution. Returns false if
  /// `known` cannot come from a log.
  [[nodiscard]] bool restore(const Knowledge& known);
  /// The search begins anew, with the facts as they are now.
  void restart() { must_restart_ = false; }

 private:
  friend class TaskAccesses;
  friend class ObjectAccesses;
  friend class PermitAccesses;

  /// Logs an access of the step under way, unless it has made the same one.
  void add(std::uint32_t object, AccessKind kind);

  std::uint32_t fence_ = 0;
  std::uint32_t acting_ = 0;  // The number of the task that acts in the step under way.
  bool is_between_steps_ = false;
  std::vector<TaskAccesses::State> tasks_;      // By number.
  std::vector<PermitAccesses::State> permits_;  // By number of the object.
  bool is_cancelling_ = false;                  // A fact: some execution cancels a task.
  bool is_watching_ = false;  // A fact: some execution watches whether a task has ended.
};

inline void ObjectAccesses::access(std::uint32_t object, AccessKind kind) {
  log_.add(object_in_role(object, ObjectRole::shared), kind);
}

}  // namespace coweave::detail
