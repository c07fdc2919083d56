#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "coweave/strategy/reduction/reduced_search.hpp"

namespace coweave::detail {

/// A depth-first search along one path of nodes, with sleep sets and a branch for every value of a
/// choice: what source sets and wakeup trees have in common. Which tasks to step from a node is
/// what they decide differently. The first execution is the production order.
class PathSearch : public ReducedSearch {
 public:
  /// Another of this kind, that has not begun.
  [[nodiscard]] virtual std::unique_ptr<PathSearch> another() const = 0;

  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override;
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override;
  void end_execution(std::span<const Step> steps) override;

  [[nodiscard]] std::uint32_t shared_steps() const final { return shared_steps_; }
  /// Executions that were abandoned, since all that was ready was asleep.
  [[nodiscard]] std::uint64_t blocked() const { return blocked_; }

 protected:
  struct Sleeper {
    std::uint32_t task;
    FootprintId
        footprint;  // Of its next step at the node where it went to sleep, for all its choices.
  };
  struct Choice {
    std::uint32_t value;
    std::uint32_t alternatives;
  };
  static constexpr std::uint32_t no_branch = 0xFFFFFFFFU;
  /// The state after some number of steps.
  struct Node {
    std::vector<Sleeper> sleep;   // Everything that begins with one of these has been done.
    std::vector<Choice> choices;  // Of the step of `current`.
    std::uint32_t current = 0;    // Task; 0: to be decided.
    std::uint32_t position = 0;   // Of `current` among the ready ones.
    FootprintId footprint{};      // Of `current`, for the choices made so far.
    std::vector<std::uint32_t> backtrack;  // Source sets: tasks to step from here, in this order.
    std::uint32_t wakeup = no_branch;      // Wakeup trees: the first to step from here.
    std::uint32_t after = no_branch;       // Wakeup trees: what to step after `current`.
    std::vector<std::vector<std::uint32_t>> probed;  // Wakeup trees: tasks of steps from here.

    /// The one of `task`, or null.
    [[nodiscard]] const Sleeper* sleeper(std::uint32_t task) const;
    [[nodiscard]] bool is_asleep(std::uint32_t task) const { return sleeper(task) != nullptr; }
    /// As new, with the memory that it has.
    void clear() {
      sleep.clear();
      choices.clear();
      current = 0;
      backtrack.clear();
      wakeup = after = no_branch;
      probed.clear();
    }
  };

  /// The task to step from `node`, which has been decided before, or 0.
  [[nodiscard]] virtual std::uint32_t decided(const Node& node) const = 0;
  /// It is stepped now: `task` was decided, or nothing was and it is the first that does not sleep.
  virtual void taken(Node& node, std::uint32_t task) = 0;
  /// An execution has ended by itself; its races come next.
  virtual void execution_known() {}
  /// Of an execution that has ended: the same without `first` before `second`, which race, has to
  /// be executed too.
  virtual void reverse(std::uint32_t first, std::uint32_t second) = 0;
  /// `task` was ready when the execution ended: it might have been stepped before the last step.
  virtual void step_before_end(std::uint32_t task) = 0;
  /// `child` follows on the step that `parent` has just made.
  virtual void inherit(Node& /*parent*/, Node& /*child*/) {}

  /// The path, without what its kinds keep at the nodes besides; empty if it begins again.
  void write(CheckpointWriter& checkpoint) const;
  /// The number of nodes.
  std::size_t read(CheckpointReader& checkpoint);

  /// How many nodes write() writes.
  [[nodiscard]] std::size_t path_length() const { return must_restart() ? 0 : path_; }
  /// The node after `steps` steps of the path.
  [[nodiscard]] Node& node_after(std::size_t steps) { return nodes_[steps]; }
  [[nodiscard]] const Node& node_after(std::size_t steps) const { return nodes_[steps]; }
  /// The position of `task` among the ready ones, or their number.
  [[nodiscard]] std::size_t position_of(std::uint32_t task, const SchedulingPoint& point) const;
  /// Where the step of `node` stood among the ready ones. Throws Nondeterminism if it does no
  /// longer.
  [[nodiscard]] std::size_t position_again(const Node& node, const SchedulingPoint& point) const;

  std::size_t depth_ = 0;  // Steps begun in this execution.

 private:
  /// The node at the end of the path, as what the last step did leads to it.
  void extend();
  void remember_ready(const SchedulingPoint& point);
  /// What to step from `node`. False: all that is ready is asleep.
  [[nodiscard]] bool decide(Node& node, const SchedulingPoint& point);
  /// To the deepest node that has something left; false: there is none.
  bool backtrack();

  std::vector<Node> nodes_;  // The first path_ are the path: nodes_[d] after d steps.
  std::size_t path_ = 0;
  std::uint32_t shared_steps_ = 0;
  std::vector<TaskId> ready_;     // At the last scheduling point where no execution had been.
  std::size_t choices_done_ = 0;  // Of the step under way.
  bool is_blocked_ = false;       // All that was ready is asleep.
  std::uint64_t blocked_ = 0;
};

}  // namespace coweave::detail
