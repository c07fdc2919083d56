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
#include "coweave/strategy/reduction/wakeup_forest.hpp"
#include "coweave/strategy/reduction/wakeup_sequence.hpp"

namespace coweave::detail {

/// Optimal reduction by wakeup trees, Optimal-DPOR of [DPOR]: executes each class exactly once, and
/// abandons no execution. Each node of the path, a prefix E, has a sleep set sleep(E) and a wakeup
/// tree wut(E). After an execution, for each race (e, e') of it, where E is the prefix before e:
///
///     v := notdep(e, E).e'                  what may be executed without e, then e'
///     if sleep(E) has no weak initial of v  v is not covered by what was executed from E
///       insert(v, wut(E))                   so that an execution will begin with E.v
///
/// The next execution goes on from the deepest E with a non-empty tree. It follows the first branch
/// to the leaf, and picks freely from there on. p is a weak initial of v, p in WI(v), if an
/// execution of v may, up to equivalence, begin with p: the first step of p in v has nothing before
/// it in v, or p is not in v and independent of all of v.
///
/// Worked example (test WorkedExamples.WakeupTreesReverseOneRace builds it): three tasks, one race.
/// The body b starts p and q. p writes x. q starts r, which reads x. So p and r race; q enables r.
///
///     execution 1   b p q r b     in production order
///       race (p, r): e = p, so E = b; notdep(p, E) = q; v = q.r
///       sleep(b) = {}: insert(q.r, wut(b))              wut(b):  q - r
///     backtrack to b: sleep(b) = {p}
///     execution 2   b q r p b     as the tree wants, then freely
///       sleep(b.q) = {p}: q is independent of p         wut(b.q):  r
///       sleep(b.q.r) = {}: r reads what p writes
///       race (r, p): E = b.q; v = p; p sleeps there and is a weak initial of v: covered
///     no tree is left: two classes, two executions
///
/// r is inexact in v, since it reads what p writes (see below). But no task sleeps at b, and wut(b)
/// is empty, so nothing has to be known of r: no probe.
///
/// Source sets would do here: at b.q, p sleeps and r is the only task left. In larger programs,
/// free picks after q may end where all ready tasks sleep. The tree says which steps have to
/// follow.
///
/// A second example (test WorkedExamples.WakeupTreesKeepSiblings): p, q and r all write x.
/// Execution 1 is p q r and has the races (p, q) and (q, r): wut() = q, wut(p) = r. Execution 2 is
/// p r q; its race (p, r) gives v = r at the root, where q is no weak initial of r: wut() = q, r,
/// two siblings. There are six executions in the end, one for each order.
///
/// Deviation from [DPOR]. There an event is one access, and does in v what it did in E. A step
/// makes many accesses. If e' is inexact (HappensBefore::is_exact), its footprint in v is not
/// known. Where that decides whether v is covered, the search recalls it from an execution in which
/// the step had seen the same (StepMemory), or else makes a probe: an execution of E.v that ends
/// after e'. The race of an inexact step is reversed again after each execution that shares it,
/// since v holds all later steps.
///
/// The search gives up where it would lose classes or take too much memory: when a step chooses (a
/// branch would stand for one value, a sleeping task for all), and when the trees have more
/// branches than the limit.
///
/// Invariants (check_invariants), for each E: those of WakeupForest; no task at the root of wut(E)
/// is in sleep(E) or the task under way at E; no task of sleep(E) that does not occur in a leaf w
/// of wut(E) is independent of all of w (else E.w would repeat a class). Each branch is in the tree
/// of one node.
///
/// Complexity: a race costs O(steps of v), and O(accesses of v) for each sleeping task and for each
/// branch that the walk of insert() compares. Trees may grow exponentially; hence the limit.
/// Source: [DPOR], cited in full at ReducedSearch.
class WakeupTrees : public PathSearch, public Checkpointable {
 public:
  explicit WakeupTrees(std::size_t most_branches = 1'000'000) : most_branches_(most_branches) {}

  /// Gives up where no other process could continue from a checkpoint: where objects are older than
  /// the executions.
  void require_checkpoint() override { needs_checkpoint_ = true; }

  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override;
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override;
  void end_execution(std::span<const Step> steps) override;
  /// Returns a checkpoint. It leaves out what StepMemory knows: probes find that out again.
  [[nodiscard]] std::vector<std::uint64_t> checkpoint() const override;
  [[nodiscard]] bool restore(std::span<const std::uint64_t> numbers) override;
  [[nodiscard]] Capabilities capabilities() override {
    Capabilities offered = PathSearch::capabilities();
    offered.checkpointable = this;
    return offered;
  }
  [[nodiscard]] bool was_probe() const override { return is_probing_; }
  [[nodiscard]] std::size_t memory() const override {
    return PathSearch::memory() + memory_.memory() + forest_.memory();
  }
  [[nodiscard]] std::unique_ptr<PathSearch> another() const override {
    return std::make_unique<WakeupTrees>(most_branches_);
  }
  [[nodiscard]] std::string_view engine() const override { return "wakeup trees"; }
  [[nodiscard]] bool is_optimal() const override { return true; }

  [[nodiscard]] std::string_view gave_up() const override;
  [[nodiscard]] std::uint64_t probes() const { return probes_; }

  /// Returns the sequences of wut(E), as numbers of tasks, for the prefix E of `steps` steps of the
  /// path. For tests and drawings.
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> wakeup_tree(std::size_t steps) const {
    return forest_.leaves(trees_[steps].tree);
  }
  void check_invariants() const override;

 protected:
  [[nodiscard]] std::uint32_t decided(std::size_t steps) const override;
  void taken(std::size_t steps, std::uint32_t task) override;
  void extended(std::size_t steps) override;
  void step_known(const StepAccesses& step) override { memory_.push(step, log_); }
  void execution_known() override { memory_.learn(order_); }
  void reverse(std::uint32_t first, std::uint32_t second) override;
  void step_before_end(std::uint32_t task) override;

  /// What this engine keeps for a node of the path, a prefix E. Trees are named as in WakeupForest.
  struct TreeNode {
    std::uint32_t tree = WakeupForest::none;         // wut(E).
    std::uint32_t below = WakeupForest::none;        // wut(E.p), until the node of E.p is there.
    std::vector<std::vector<std::uint32_t>> probed;  // The sequences that were probed from E.
  };
  [[nodiscard]] TreeNode& tree_node(std::size_t steps) { return trees_[steps]; }

 private:
  static constexpr std::uint32_t none = WakeupForest::none;
  static constexpr FootprintId not_known = WakeupForest::not_known;
  using Branch = WakeupForest::Branch;
  using Answer = WakeupSequence::Answer;
  /// An execution that ends early: from `node` the steps of `tasks`, to learn the footprint of the
  /// last one.
  struct Probe {
    std::uint32_t node;
    std::vector<std::uint32_t> tasks;
    std::uint32_t branch = none;  // The branch of the last step; none: `tasks` is to be inserted.
  };

  /// Whether e' = `second` sleeps at E, the prefix before e = `first`, and is independent of all of
  /// notdep(e, E): then it is a weak initial of v and v is covered. The answer to most races, found
  /// before v is put together.
  [[nodiscard]] bool is_covered_by_itself(std::uint32_t first, std::uint32_t second) const;
  /// Whether sleep(E) has a weak initial of v_, for the prefix E of `node` steps.
  [[nodiscard]] Answer any_weak_initial_asleep(std::uint32_t node);
  /// insert(v, wut(E)) of [DPOR], for `v_` and the prefix E of `node` steps, unless sleep(E) covers
  /// v. Asks for probes where that depends on a footprint that is not known.
  void insert(std::uint32_t node);
  /// Returns the name of the tree below `parent`, or of wut(E) if `parent` is none.
  [[nodiscard]] std::uint32_t& tree_below(std::uint32_t node, std::uint32_t parent);
  /// Returns a new chain of branches, the steps of v_ one below the other.
  [[nodiscard]] std::uint32_t chain_of_v();
  /// Returns the footprint of `step` in v_, or not_known.
  [[nodiscard]] FootprintId footprint_in_v(std::uint32_t step);
  [[nodiscard]] std::vector<std::uint32_t> read_tasks(CheckpointReader& checkpoint) const;
  void ask_for_probe(Probe probe);
  /// Asks for the footprint of the branch that the walk of insert() has come to, and for v_ to be
  /// inserted after that.
  void ask_for_footprint(std::uint32_t node, std::uint32_t branch);
  void end_probe();
  /// Inserts v of a probe of the last execution, whose relation order_ still has. All steps of v
  /// but the last did what they did there.
  void end_probe_of_reversed(const Probe& probe);
  /// Inserts v of a probe, all of whose steps after the first `node` may be new.
  void end_probe_of_path(std::uint32_t node);
  /// check_invariants() for sleep(E) and wut(E), the prefix E of `steps` steps.
  void check_tree(std::size_t steps) const;

  std::vector<TreeNode> trees_;  // By length of the prefix; there may be more.
  WakeupForest forest_;
  StepMemory memory_;
  StepSet notdep_;                         // For v_.
  std::vector<std::uint32_t> steps_;       // The steps of v_, where they are needed as a list.
  std::vector<std::uint32_t> enabled_by_;  // The steps that enabled the last one of a probe.
  WakeupSequence v_{order_, memory_};
  Stack<std::uint32_t> walked_;  // The branches that insert() has passed.
  std::vector<Probe> pending_;
  std::size_t probed_ = 0;  // The first of pending_ are done.
  bool is_probing_ = false;
  bool has_chosen_ = false;
  bool needs_checkpoint_ = false;
  std::size_t most_branches_;
  std::uint64_t probes_ = 0;
};

}  // namespace coweave::detail
