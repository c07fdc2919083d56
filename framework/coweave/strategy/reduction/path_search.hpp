#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "coweave/strategy/reduction/reduced_search.hpp"

namespace coweave::detail {

/// A depth-first search along one path, with sleep sets and a branch for every value of a choice:
/// what source sets and wakeup trees have in common. A node is a prefix E of the last execution;
/// the path has one for each prefix. What to execute from E is the engine's decision (decided());
/// where it has none, the first ready task that does not sleep comes next, so the first execution
/// is the production order.
///
/// Sleep sets, as in [DPOR]. sleep(E) has the tasks p for which all that begins with E.p was
/// executed:
///
///     sleep(E.q) = {p in sleep(E) : p is not q, and the next step of p at E is independent of q}
///     after all executions that begin with E.p: sleep(E) := sleep(E) + p
///
/// Executing a sleeping task would repeat a class: p commutes with all that was executed since it
/// fell asleep. Where all ready tasks sleep, the execution is abandoned ("sleep-set blocked").
/// Wakeup trees never come to that.
///
/// Worked example (test WorkedExamples.SleepSetsOfThePath builds it), with tasks p, q and r as in
/// WakeupTrees: p writes x, q starts r, r reads x, b is the body:
///
///     execution 1   b p q r b     sleep(E) = {} for each prefix E
///     all that begins with b.p was executed: sleep(b) = {p}
///     execution 2   b q r p b     sleep(b.q) = {p}: q is independent of p
///                                 sleep(b.q.r) = {}: r depends on p, and p wakes up
///
/// A choice is part of the step that makes it: a task falls asleep after all values were executed,
/// with a footprint that holds the accesses of all of them.
///
/// Invariants (check_invariants): each node but the last has a task under way, and that task does
/// not sleep; no task sleeps twice; sleep(E.q) holds the tasks of sleep(E) as the equation says,
/// and others that were executed from E.q; values of choices are below the number of alternatives.
///
/// Complexity: per execution O(new steps * tasks that sleep), besides the engine's. Memory is that
/// of one path. Source: Godefroid, "Partial-Order Methods for the Verification of Concurrent
/// Systems", LNCS 1032, 1996, for sleep sets.
class PathSearch : public ReducedSearch {
 public:
  /// Returns a new search of this kind.
  [[nodiscard]] virtual std::unique_ptr<PathSearch> another() const = 0;
  /// From now on gives up where another process could not restore its checkpoint. No effect on a
  /// search that has none.
  virtual void require_checkpoint() {}
  [[nodiscard]] Capabilities capabilities() override {
    Capabilities offered = ReducedSearch::capabilities();
    offered.reduction = this;
    return offered;
  }

  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override;
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override;
  void end_execution(std::span<const Step> steps) override;

  [[nodiscard]] std::uint32_t shared_steps() const final { return shared_steps_; }
  void check_invariants() const override;
  /// Executions that were abandoned, since all ready tasks were asleep.
  [[nodiscard]] std::uint64_t blocked() const { return blocked_; }

 protected:
  /// A task p of sleep(E).
  struct Sleeper {
    std::uint32_t task;
    FootprintId footprint;  // Of the next step of p at E, for all its choices.
  };
  struct Choice {
    std::uint32_t value;
    std::uint32_t alternatives;
  };
  /// What every engine needs to know of a prefix E of the path. An engine keeps its own part of a
  /// node itself, by the same number of steps.
  struct Node {
    std::vector<Sleeper> sleep;   // sleep(E).
    std::vector<Choice> choices;  // Of the step of `current`.
    std::uint32_t current = 0;    // The task p of E.p; 0: to be decided.
    std::uint32_t position = 0;   // Of `current` among the ready ones.
    FootprintId footprint{};      // Of the step of `current`, for the choices made so far.

    /// Returns the sleeper of `task`, or null.
    [[nodiscard]] const Sleeper* sleeper(std::uint32_t task) const;
    [[nodiscard]] bool is_asleep(std::uint32_t task) const { return sleeper(task) != nullptr; }
    /// Forgets everything but the memory that it has.
    void clear() {
      sleep.clear();
      choices.clear();
      current = 0;
    }
  };

  // For the engine. A node is named by the number of steps of its prefix.

  /// Returns the task that the engine wants to be stepped next from the node, or 0.
  [[nodiscard]] virtual std::uint32_t decided(std::size_t steps) const = 0;
  /// `task` is stepped from the node now: decided() returned it, or returned 0 and `task` is the
  /// first ready one that does not sleep.
  virtual void taken(std::size_t steps, std::uint32_t task) = 0;
  /// The path has grown by the node of `steps` steps. The engine's part of it begins anew.
  virtual void extended(std::size_t steps) = 0;
  /// An execution has ended by itself. Its races come next.
  virtual void execution_known() {}
  /// (e, e') = (first, second) is a race of the execution that has ended: the engine makes sure
  /// that an execution of the prefix before e, then v = notdep(e, E).e', exists or will be made.
  virtual void reverse(std::uint32_t first, std::uint32_t second) = 0;
  /// `task` was ready when the execution ended: it might have been stepped before the last step.
  virtual void step_before_end(std::uint32_t task) = 0;

  /// Writes the path without the engine's parts of its nodes; an empty one if the search begins
  /// anew.
  void write(CheckpointWriter& checkpoint) const;
  /// Reads what write() wrote. Returns the number of nodes.
  std::size_t read(CheckpointReader& checkpoint);

  /// The number of nodes of the path; 0 if the search begins anew.
  [[nodiscard]] std::size_t path_length() const { return must_restart() ? 0 : path_; }
  /// Returns the node of the prefix of `steps` steps.
  [[nodiscard]] Node& node_after(std::size_t steps) { return nodes_[steps]; }
  [[nodiscard]] const Node& node_after(std::size_t steps) const { return nodes_[steps]; }
  /// Returns the position of `task` among the ready ones, or their number if it is not ready.
  [[nodiscard]] std::size_t position_of(std::uint32_t task, const SchedulingPoint& point) const;
  /// Returns the position of the task under way at `node` among the ready ones. Throws
  /// Nondeterminism if it no longer stands there.
  [[nodiscard]] std::size_t position_again(const Node& node, const SchedulingPoint& point) const;

  std::size_t depth_ = 0;  // Steps begun in this execution.

 private:
  /// Adds a node to the path: the last step has been made, and its footprint leads to the sleep
  /// set.
  void extend();
  [[nodiscard]] FootprintId footprint_of_last_step(const Node& parent);
  void remember_ready(const SchedulingPoint& point);
  /// Sets the task under way at the last node. Returns false if all ready tasks sleep.
  [[nodiscard]] bool decide(const SchedulingPoint& point);
  /// Cuts the path back to the deepest node from which something is left to execute. Returns false
  /// if there is none.
  bool backtrack();

  std::vector<Node> nodes_;  // The first path_ are the path: nodes_[d] is that of d steps.
  std::size_t path_ = 0;
  std::uint32_t shared_steps_ = 0;
  std::vector<TaskId> ready_;     // At the last scheduling point that is new.
  std::size_t choices_done_ = 0;  // Of the step under way.
  bool is_blocked_ = false;       // All ready tasks were asleep.
  std::uint64_t blocked_ = 0;
};

}  // namespace coweave::detail
