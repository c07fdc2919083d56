#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "coweave/core/ids.hpp"
#include "coweave/core/stack.hpp"
#include "coweave/dependence/access.hpp"

namespace coweave::detail {

/// What the steps of an execution do, written down by tasks and primitives while a reduced search
/// runs (Context::accesses), and only then. Numbers tasks and objects by their stable names: the
/// same in all executions of one exploration.
///
/// How an object is written down may depend on what the program does with it in *any* execution:
/// then the search has to begin again (must_restart). Such facts are only ever added.
class AccessLog {
 public:
  // By the scheduler.

  /// Forgets the steps, keeps the numbers and the facts.
  void begin_execution();
  /// By the step under way, if any. Ids are given in order.
  void task_created(TaskId id, std::uint64_t key);
  void begin_step(TaskId id);
  /// The step under way makes `task` ready.
  void enables(TaskId task);
  /// Nothing was ready: what comes now happens after all that was, and up to the next step belongs
  /// to none.
  void fence() {
    fence_ = static_cast<std::uint32_t>(steps_.size());
    is_between_steps_ = true;
  }
  /// Until this is called with `before`, the number that it gave, `task` acts within the step under
  /// way.
  std::uint32_t act_as(TaskId task) {
    return is_between_steps_ || steps_.empty() ? 0 : std::exchange(acting_, number_of(task));
  }
  void act_again_as(std::uint32_t before) { acting_ = before; }
  void chosen(std::uint32_t value) { choices_.push_back(value); }

  // By tasks, within a step.

  void completed(TaskId task, bool is_failure);
  /// Looks whether `task` has ended.
  void reads_completion(TaskId task) { add(completion(task), AccessKind::read); }
  /// Begins or ceases to watch whether `task` has ended: is told in the step in which it does.
  void watches_completion(TaskId task);
  /// The running task suspends until `target` has ended, also if it has.
  void awaits_completion(TaskId target);
  /// What `task` knows of the ends of the tasks that it gathers, groups or waits for. An end that
  /// only counts, and is looked at by `exclusive` alone, is a `touch`.
  void follows(TaskId task, AccessKind kind) { add(code(number_of(task), 3), kind); }
  /// The running task suspends until something has ended that `task`, mostly the same, follows.
  void awaits_followed(TaskId task);
  /// Asks `task` to end, which waits for `object` (or none).
  void cancels(TaskId task, ObjectId object);
  /// Looks at, or changes, whether `task` is to end, and its deadlines.
  void controls(TaskId task, AccessKind kind) { add(control(task), kind); }
  /// Somebody else than `task` changes its deadlines.
  void reschedules(TaskId task);
  /// May be made to throw: in so many places of an execution.
  void may_fail() { add(faults, AccessKind::exclusive); }
  void reports_failure() { add(failures, AccessKind::write); }
  void touches_untracked() {
    if (!steps_.empty()) steps_.back().is_untracked = true;
  }

  // By primitives, within a step.

  /// The number of an object, by the task that created it (none: the call of the body) and its
  /// ordinal among that one's.
  [[nodiscard]] std::uint32_t number_of(TaskId creator, std::uint32_t ordinal);
  /// Of one that is older than the execution.
  [[nodiscard]] std::uint32_t number_of_older(std::uint64_t age);
  /// Whether there was any: its age depends on what else the process has done.
  [[nodiscard]] bool has_older_objects() const { return has_older_objects_; }
  void registered(ObjectId id, std::uint32_t object);
  void access(std::uint32_t object, AccessKind kind) { add(code(object, 0), kind); }

  // A lock gives its permit to those who asked in their order, so asking and giving back commute,
  // as long as nobody looks: it is *commuting* until somebody has (a fact), then every operation is
  // exclusive. In return the k-th who asks goes on after the permit was given back for the k-th
  // time, counting the beginning, whether or not it had to wait.

  /// The running task asks for the permit of `object`; `suspends`: it then suspends in any case.
  void asks(std::uint32_t object, bool suspends);
  /// It gives it back. Whoever does who has not got it looks.
  void gives_back(std::uint32_t object);
  /// It goes on with the permit, after it had to wait.
  void gets(std::uint32_t object);
  /// It looks at the permit or the queue.
  void looks(std::uint32_t object, AccessKind kind);

  // By the search.

  [[nodiscard]] std::size_t size() const { return steps_.size(); }
  /// Whether the last step may have touched anything.
  [[nodiscard]] bool is_last_untracked() const { return steps_.back().is_untracked; }
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
  /// Of a task of this execution.
  [[nodiscard]] std::uint32_t number_of(TaskId task) const { return of_task_[index_of(task)]; }
  /// The key of a task number: a hash of its spawn path.
  [[nodiscard]] std::uint64_t task_key(std::uint32_t task) const { return task_keys_[task]; }
  /// The same for the object of an Access.
  [[nodiscard]] std::uint64_t object_key(std::uint32_t object) const;
  /// Objects of accesses are below this.
  [[nodiscard]] std::size_t object_bound() const;
  /// All that outlives an execution.
  struct Knowledge {
    std::vector<std::uint64_t> task_keys;    ///< By number; the first stands for no task.
    std::vector<std::uint64_t> object_keys;  ///< By number.
    std::vector<std::uint32_t> ordered;      ///< Objects whose permits do not commute.
    bool is_cancelling = false;
    bool is_watching = false;
  };
  [[nodiscard]] Knowledge knowledge() const;
  /// Before the first execution: goes on from what another log knew. False: no log knows that.
  [[nodiscard]] bool restore(const Knowledge& known);
  /// Numbers of tasks are below this.
  [[nodiscard]] std::size_t task_bound() const { return task_keys_.size(); }
  [[nodiscard]] bool must_restart() const { return must_restart_; }
  void restart() { must_restart_ = false; }

 private:
  struct Step {
    std::uint32_t task;
    std::uint32_t first_access;
    std::uint32_t first_edge;
    std::uint32_t fence;
    std::uint32_t first_choice;
    bool is_untracked;
    bool ends_execution;
  };
  struct Task {
    std::vector<std::uint32_t> enabled_by;  // Of its next step.
    std::vector<std::uint32_t> awaits;      // Objects that it suspended on: completions of others.
    std::uint32_t completed_in = 0;         // A step.
    bool is_completed = false;
  };

  struct Permit {
    std::vector<std::uint32_t> asked;     // Tasks.
    std::vector<std::uint32_t> returned;  // Steps.
    bool is_commuting = true;             // Until an execution has looked at it.
  };
  [[nodiscard]] Permit& permit(std::uint32_t object);
  [[nodiscard]] bool is_commuting(const Permit& permit) const {
    return permit.is_commuting && !is_cancelling_;
  }

  // Four kinds of objects: those of the program, and of each task the word by which it is
  // controlled, its completion, and what it follows. There is no task 0: its words are `faults` and
  // `failures`.
  static constexpr std::uint32_t code(std::uint32_t number, std::uint32_t kind) {
    return number * 4 + kind;
  }
  static constexpr std::uint32_t faults = 1;
  static constexpr std::uint32_t failures = 3;
  /// A task is cancelled in this program: from the next execution on each step of it says so.
  void note_cancelling();
  [[nodiscard]] std::uint32_t control(TaskId task) const { return code(number_of(task), 1); }
  [[nodiscard]] std::uint32_t completion(TaskId task) const { return code(number_of(task), 2); }
  void add(std::uint32_t object, AccessKind kind);
  std::uint32_t intern_object(std::uint64_t key);

  Stack<Step> steps_;
  Stack<Access> accesses_;        // Of all steps, one after the other.
  Stack<std::uint32_t> edges_;    // The same.
  Stack<std::uint32_t> choices_;  // The same.
  std::uint32_t fence_ = 0;
  std::uint32_t acting_ = 0;  // The number of the task of the last step, as a rule.
  bool is_between_steps_ = false;
  // Of this execution, and behind that of the one before: most have the same in the same places.
  std::vector<std::uint32_t> of_task_;    // By TaskId: its number.
  std::size_t task_count_ = 0;            // Of this execution.
  std::vector<std::uint32_t> interned_;   // Numbers of objects, as they were asked for.
  std::size_t interned_count_ = 0;        // In this execution.
  std::vector<std::uint32_t> of_object_;  // By ObjectId of this execution.
  std::vector<Task> tasks_;               // By number.
  std::vector<Permit> permits_;           // By number of the object.
  std::vector<std::uint64_t> task_keys_{0};
  std::vector<std::uint64_t> object_keys_;
  std::unordered_map<std::uint64_t, std::uint32_t> task_numbers_;
  std::unordered_map<std::uint64_t, std::uint32_t> object_numbers_;
  bool is_cancelling_ = false;  // A fact: some execution cancels a task.
  bool is_watching_ = false;    // A fact: some execution watches whether a task has ended.
  bool must_restart_ = false;
  bool has_older_objects_ = false;
};

}  // namespace coweave::detail
