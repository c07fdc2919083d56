#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "coweave/core/stack.hpp"
#include "coweave/strategy/reduction/path_search.hpp"
#include "coweave/strategy/reduction/step_memory.hpp"
#include "coweave/strategy/reduction/wakeup_sequence.hpp"

namespace coweave::detail {

/// Optimal reduction by wakeup trees [DPOR]: executes each class exactly once, and abandons
/// nothing. Deviation: what an inexact step does when it is reversed, where that matters before it
/// is executed, is remembered from an execution in which it had seen the same, or found out by a
/// probe, an execution that ends after that step. The search gives up where it would lose classes
/// or take too much: when a step chooses (a reversed step would stand for all values, and a tree
/// for one), and when its trees grow past the limit on branches.
class WakeupTrees : public PathSearch {
 public:
  explicit WakeupTrees(std::size_t most_branches = 1'000'000) : most_branches_(most_branches) {}

  /// Gives up where another process could not go on from position(): where objects are older than
  /// the executions.
  void require_checkpoint() { needs_checkpoint_ = true; }

  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override;
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override;
  void end_execution(std::span<const Step> steps) override;
  /// For a checkpoint. What the steps did that inexact ones would repeat is not in there: probes
  /// find it out again.
  [[nodiscard]] std::vector<std::uint64_t> position() const override;
  [[nodiscard]] bool go_on_from(std::span<const std::uint64_t> numbers) override;
  [[nodiscard]] bool was_probe() const override { return is_probing_; }
  [[nodiscard]] std::size_t memory() const override {
    return PathSearch::memory() + memory_.memory() + branches_.size() * sizeof(Branch);
  }
  [[nodiscard]] std::unique_ptr<PathSearch> another() const override {
    return std::make_unique<WakeupTrees>(most_branches_);
  }
  [[nodiscard]] std::string_view engine() const override { return "wakeup trees"; }
  [[nodiscard]] bool is_optimal() const override { return true; }

  /// Why begin_execution returned false although the search is not exhausted; else empty.
  [[nodiscard]] std::string_view gave_up() const;
  [[nodiscard]] std::uint64_t probes() const { return probes_; }

 protected:
  [[nodiscard]] std::uint32_t decided(const Node& node) const override;
  void taken(Node& node, std::uint32_t task) override;
  void inherit(Node& parent, Node& child) override;
  void step_known(const StepAccesses& step) override { memory_.push(step, log_); }
  void execution_known() override { memory_.learn(order_); }
  void reverse(std::uint32_t first, std::uint32_t second) override;
  void step_before_end(std::uint32_t task) override;

 private:
  /// A step that a tree wants, with those that it wants after it.
  struct Branch {
    std::uint32_t task;
    FootprintId footprint;  // Or not_known, if nothing comes after it.
    std::uint32_t first_child;
    std::uint32_t next;  // Sibling.
  };
  using Answer = WakeupSequence::Answer;
  /// An execution to be: from `node` the steps of these tasks, of which the last is not known yet.
  struct Probe {
    std::uint32_t node;
    std::vector<std::uint32_t> tasks;
    std::uint32_t branch = no_branch;  // That the last one makes; none: to be put into the tree.
  };
  static constexpr FootprintId not_known{0xFFFFFFFFU};

  /// Whether `second` was made where `first` was, and all that may come of it was executed then:
  /// what mostly becomes of a race, and known before the steps to be made are put together.
  [[nodiscard]] bool was_first_too(std::uint32_t first, std::uint32_t second) const;
  /// Whether all executions that begin with `v_` after `node` have been made.
  [[nodiscard]] Answer any_weak_initial_asleep(std::uint32_t node);
  /// Puts `v_`, which leads on from `node`, into its tree, unless that or what sleeps there
  /// covers it. Asks for probes where that depends on what is not known.
  void insert(std::uint32_t node);
  /// The first of the branches that stand below `parent`, or if that is none, below the node.
  [[nodiscard]] std::uint32_t& first_branch(std::uint32_t node, std::uint32_t parent);
  /// New branches, one below the other.
  [[nodiscard]] std::uint32_t chain_of_v();
  /// Or not_known.
  [[nodiscard]] FootprintId footprint_in_v(std::uint32_t step);
  /// Without a sibling.
  [[nodiscard]] std::uint32_t new_branch(std::uint32_t task, FootprintId footprint,
                                         std::uint32_t first_child);
  /// `first` and its siblings, with all below them.
  void write_branches(CheckpointWriter& checkpoint, std::uint32_t first) const;
  /// The first of them.
  [[nodiscard]] std::uint32_t read_branches(CheckpointReader& checkpoint);
  [[nodiscard]] std::vector<std::uint32_t> read_tasks(CheckpointReader& checkpoint) const;
  /// Of the steps of these tasks below `node` the last one, or none.
  [[nodiscard]] std::uint32_t branch_at(std::uint32_t node, std::span<const std::uint32_t> tasks);
  void ask_for_probe(Probe probe);
  /// Of the branch that the walk of insert() has come to. `v_` is to be put in after that.
  void ask_for_footprint(std::uint32_t node, std::uint32_t number);
  void end_probe();
  /// All but the last step did what they had done in the execution that asked, which the order
  /// still has: only the last is new.
  void end_probe_of_reversed(const Probe& probe);
  /// All steps after the first `node` may be new.
  void end_probe_of_path(std::uint32_t node);

  StepMemory memory_;
  StepSet notdep_;                         // For v_.
  std::vector<std::uint32_t> steps_;       // The list of v_, as far as it is needed.
  std::vector<std::uint32_t> enabled_by_;  // What made the last step of a probe possible.
  WakeupSequence v_{order_, memory_};
  Stack<std::uint32_t> walked_;  // Branches, by insert().
  std::vector<Probe> pending_;
  std::size_t probed_ = 0;  // Of pending_.
  bool is_probing_ = false;
  bool has_chosen_ = false;
  bool needs_checkpoint_ = false;
  Stack<Branch> branches_;  // Of all trees.
  std::uint32_t free_branch_ = no_branch;
  std::size_t wanted_ = 0;  // Branches in trees.
  std::size_t most_branches_;
  std::uint64_t probes_ = 0;
};

}  // namespace coweave::detail
