#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "coweave/schedule/scheduling_point.hpp"
#include "coweave/strategy/task_numbers.hpp"
#include "coweave/strategy/touch.hpp"

namespace coweave::detail {

/// What the executions so far have shown of a program, as far as random strategies need it: how
/// many tasks and decisions it has, how many steps each task takes, what each step touches. Tasks
/// are numbered by their stable keys, steps of a task in order from 0. All figures are running
/// maxima.
///
/// One strategy leads a profile: it tells it of every scheduling point and of every end. Others
/// that share the profile only read it.
class ProgramProfile {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;

  void begin_execution();
  /// O(ready tasks + steps since the last point).
  void observe(const SchedulingPoint& point);
  /// What the step that has just ended touched, see Strategy::step_ended.
  void step_ended(std::span<const Touch> touches);
  void end_execution(std::span<const Step> steps);

  /// Tasks of one execution; at least 1.
  [[nodiscard]] std::uint64_t tasks() const { return tasks_; }
  /// Picks of one execution among two or more; at least 1. An execution that is not to count for
  /// that, since a strategy gave it up to a random walk, is left out.
  [[nodiscard]] std::uint64_t decisions() const { return decisions_; }
  void do_not_count_decisions() {
    counts_decisions_ = false;
    leaves_decisions_out_ = true;
  }
  /// Whether some execution was left out of decisions().
  [[nodiscard]] bool leaves_decisions_out() const { return leaves_decisions_out_; }
  /// How many combinations of values one execution can choose (choose(), fault points, inline
  /// resumptions): the product of the alternatives of its choices; at least 1.
  [[nodiscard]] double values() const { return values_; }
  /// Whether some scheduling point has offered an injection beside the ready tasks.
  [[nodiscard]] bool has_injections() const { return has_injections_; }

  /// Of the execution under way: the number of the ready task at that position.
  [[nodiscard]] std::uint32_t number_at(std::size_t position) const { return at_point_[position]; }
  /// Tasks that were ready for the first time in this execution, in order of sight.
  struct Arrival {
    std::uint32_t task;
    std::uint32_t parent;  // Who ran the step before; none if that is not known.
  };
  [[nodiscard]] std::span<const Arrival> arrivals() const { return arrivals_; }
  /// Who ran, step by step; none for a task that was never at a scheduling point.
  [[nodiscard]] std::span<const std::uint32_t> ran() const { return ran_; }
  /// How many steps the task has ended in this execution.
  [[nodiscard]] std::uint32_t steps_done(std::uint32_t task) const { return done_[task]; }
  /// Whether an earlier execution, or this one, has shown the task.
  [[nodiscard]] std::size_t known_tasks() const { return numbers_.size(); }

  /// Steps that the task and its descendants take; 0 for one that no complete execution has had.
  [[nodiscard]] std::uint64_t steps_with_descendants(std::uint32_t task) const {
    return task < totals_.size() ? totals_[task] : 0;
  }
  /// The parent that the task had when it was seen first, or none. Less than the task.
  [[nodiscard]] std::uint32_t parent(std::uint32_t task) const { return parents_[task]; }

  /// Whether anything is known of what steps touch.
  [[nodiscard]] bool has_touches() const { return has_touches_; }
  /// All that this step of the task has touched so far; null: that is not known.
  [[nodiscard]] const std::vector<Touch>* touches_of(std::uint32_t task, std::uint32_t step) const;
  /// How many steps of the task there are touches of.
  [[nodiscard]] std::size_t touched_steps(std::uint32_t task) const {
    return task < sites_.size() ? sites_[task].size() : 0;
  }
  /// The objects that two tasks have touched and one has written, in order of discovery.
  [[nodiscard]] std::span<const std::uint64_t> contended() const { return contended_; }
  /// What the last step that ran touched; null: that was not reported.
  [[nodiscard]] const std::vector<Touch>* last_touches() const;

  /// Hash of the class of the execution that has just ended: two that choose the same values and
  /// differ only in the order of neighbouring steps that do not conflict have the same. Of
  /// executions whose steps were not reported, which may touch anything, each schedule is a class.
  /// Valid after end_execution.
  [[nodiscard]] std::uint64_t class_hash() const { return class_hash_; }

 private:
  struct Site {
    std::vector<Touch> touches;
    bool is_known = false;
  };
  struct Sharing {
    std::uint32_t first = none;  // Who touched it first.
    bool is_shared = false;
    bool is_written = false;
  };
  /// Follows the steps that were made since the last call.
  void follow(std::span<const Step> steps);
  void learn_touches();
  void learn_sharing(std::uint32_t task, const Touch& touch);
  [[nodiscard]] std::uint64_t hash_of_class() const;
  [[nodiscard]] std::uint32_t number_of(TaskId id) const {
    return index_of(id) < by_id_.size() ? by_id_[index_of(id)] : none;
  }

  TaskNumbers numbers_;
  std::uint64_t tasks_ = 1;
  std::uint64_t decisions_ = 1;
  double values_ = 1;
  bool leaves_decisions_out_ = false;
  bool has_injections_ = false;
  std::vector<std::uint64_t> keys_;       // By number.
  std::vector<std::uint32_t> parents_;    // By number.
  std::vector<std::uint64_t> own_steps_;  // By number; maxima.
  std::vector<std::uint64_t> totals_;     // By number: own steps and those of all descendants.
  std::vector<std::vector<Site>> sites_;  // By number and step.
  std::map<std::uint64_t, Sharing> sharing_;
  std::vector<std::uint64_t> contended_;
  bool has_touches_ = false;
  std::uint64_t class_hash_ = 0;
  // Of this execution:
  std::vector<std::uint32_t> by_id_;    // TaskId to number.
  std::vector<std::uint32_t> done_;     // By number: steps.
  std::vector<std::uint64_t> seen_in_;  // By number: the execution that has shown it last.
  std::vector<std::uint32_t> at_point_;
  std::vector<Arrival> arrivals_;
  std::vector<std::uint32_t> ran_;
  std::vector<std::uint64_t> chosen_;  // By step: hash of what it is (a step, an injection) and of
                                       // the values that were chosen in it.
  std::size_t followed_ = 0;           // Steps and choices.
  std::uint64_t execution_ = 0;
  bool counts_decisions_ = true;
  std::vector<std::vector<Touch>>
      touched_;  // Step by step, as reported; `reported_` of them count.
  std::size_t reported_ = 0;
};

}  // namespace coweave::detail
