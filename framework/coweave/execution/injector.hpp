#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "coweave/core/injections.hpp"
#include "coweave/execution/task_table.hpp"

namespace coweave::detail {

/// What a scheduling point offers behind the ready tasks: cancellations, spurious wake-ups, and a
/// move of the clock. Keeps count of what one execution may still have. Built anew for every point:
/// O(tasks).
class Injector {
 public:
  /// An entry of a scheduling point. `resumes_from` says what is injected, and what the task waits
  /// in.
  struct Entry : ReadyTask {
    TaskControl* target = nullptr;  // Null for a move of the clock.
  };

  explicit Injector(Injections limits);

  /// Whether scheduling points may have entries at all; fault points do not need any.
  [[nodiscard]] bool is_active() const { return is_active_; }
  void restart() {
    left_ = allowed_;
    taken_ = 0;
  }

  /// The entries of this point. Where nothing is ready and there are any, the first is to let time
  /// pass: the production order's pick. O(tasks).
  std::span<Entry> offer(const TaskTable& tasks, bool any_ready, bool any_timers);
  /// One of this kind has been taken.
  void use(const Entry& entry);

  /// Whether this kind might happen to `task` now, if the execution may still have one.
  [[nodiscard]] bool may_happen(OperationKind kind, const TaskControl& task);

  /// Whether a fault point may still throw; used up by use_fault().
  [[nodiscard]] bool may_fault() const { return left_.faults > 0; }
  void use_fault() {
    --left_.faults;
    ++taken_;
  }
  /// Whether any execution had a handler of another runtime in the place of a task to cancel: those
  /// are never cancelled.
  [[nodiscard]] bool has_spared_handlers() const { return has_spared_handlers_; }
  /// Which kinds of injections had a target, in any execution so far.
  struct Targets {
    bool cancellations = false;
    bool wakeups = false;
    bool early_timers = false;
  };
  [[nodiscard]] const Targets& targets() const { return targets_; }
  /// The names in CancellationInjection::tasks that no task has had that could be cancelled.
  [[nodiscard]] std::vector<std::string> names_without_target() const;

  /// How many injections this execution has had.
  [[nodiscard]] std::uint32_t taken() const { return taken_; }

 private:
  void offer_clock();
  void offer(OperationKind kind, const TaskTable& tasks);
  void add(TaskControl& task, OperationKind kind);
  /// Whether `task` is a handler of another runtime, which is never cancelled; notes that there was
  /// one that the options name.
  [[nodiscard]] bool is_spared(const TaskControl& task);
  [[nodiscard]] bool is_named(const TaskControl& task);
  /// Whether `name` is among those that may be cancelled; notes that a task has it.
  [[nodiscard]] bool note_name(std::string_view name);

  Injections limits_;
  bool is_active_;
  struct Counts {
    std::uint32_t cancellations, wakeups, early_timers, faults;
  };
  Counts allowed_;  // In one execution.
  Counts left_{};
  std::uint32_t taken_ = 0;
  Targets targets_;
  std::vector<bool> has_target_;  // Of each name.
  std::vector<Entry> entries_;
  bool begins_idle_ = false;
  bool has_spared_handlers_ = false;
  std::unordered_map<const char*, bool> is_function_named_;  // By signature, as tasks point to it.
};

}  // namespace coweave::detail
