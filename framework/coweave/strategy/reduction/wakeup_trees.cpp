#include "coweave/strategy/reduction/wakeup_trees.hpp"

#include <algorithm>
#include <utility>

#include "coweave/core/error.hpp"

namespace coweave::detail {

// Probes come first: until all v of the last execution are inserted, nobody knows which prefix E is
// the deepest with something left. begin_execution() returns false for a probe only if the search
// has given up.
bool WakeupTrees::begin_execution(std::uint64_t number) {
  if (log_.must_restart()) {
    pending_.clear();
    memory_.forget();
    forest_.clear();
    probed_ = 0;
  }
  is_probing_ = probed_ < pending_.size();
  if (is_probing_) {
    depth_ = 0;
    ++probes_;
    return gave_up().empty();
  }
  pending_.clear();
  probed_ = 0;
  if (!gave_up().empty() || !PathSearch::begin_execution(number)) return false;
  memory_.truncate(order_.size());
  return true;
}

std::string_view WakeupTrees::gave_up() const {
  if (has_chosen_) return "the program chooses";
  if (needs_checkpoint_ && log_.has_older_objects())
    return "objects are older than the execution, and another process would not know them again";
  if (forest_.size() > most_branches_) return "the wakeup trees grew too large";
  return {};
}

std::uint32_t WakeupTrees::decided(std::size_t steps) const {
  const std::uint32_t tree = trees_[steps].tree;
  return tree == none ? 0 : forest_[tree].task;
}

void WakeupTrees::taken(std::size_t steps, std::uint32_t /*task*/) {
  TreeNode& node = trees_[steps];
  if (node.tree != none) node.below = forest_.take_first(node.tree);
}

void WakeupTrees::extended(std::size_t steps) {
  if (steps == trees_.size()) trees_.emplace_back();
  TreeNode& node = trees_[steps];
  node.tree = steps == 0 ? none : std::exchange(trees_[steps - 1].below, none);
  node.below = none;
  node.probed.clear();
}

std::size_t WakeupTrees::pick(const SchedulingPoint& point) {
  if (!is_probing_) return PathSearch::pick(point);
  const Probe& probe = pending_[probed_];
  if (depth_ == probe.node + probe.tasks.size()) return abandon_execution;
  const std::size_t depth = depth_++;
  if (depth < probe.node) return position_again(node_after(depth), point);
  const std::size_t position = position_of(probe.tasks[depth - probe.node], point);
  if (position == point.size()) throw Nondeterminism{};
  return position;
}

std::uint32_t WakeupTrees::choose(std::uint32_t /*alternatives*/) {
  has_chosen_ = true;
  return 0;
}

void WakeupTrees::end_execution(std::span<const Step> steps) {
  if (!gave_up().empty()) return;
  if (!is_probing_) return PathSearch::end_execution(steps);
  if (log_.must_restart()) return;
  end_probe();
  check_between_executions();
}

// A probe of E.v has ended after the last step of v. Either one branch of wut(E) learns its
// footprint, or v, whose footprints are known now, is inserted.
void WakeupTrees::end_probe() {
  const Probe probe = std::move(pending_[probed_++]);  // There may come more.
  if (log_.size() != probe.node + probe.tasks.size()) throw Nondeterminism{};
  if (probe.branch != none) {
    const StepAccesses done = log_[log_.size() - 1];
    forest_[probe.branch].footprint = footprints_.number_of(done.accesses, done.is_opaque());
    return;
  }
  const bool knows_path = order_.size() + 1 == path_length();  // Another process may have asked.
  if (knows_path && probe.node + 1 < order_.size()) {
    end_probe_of_reversed(probe);
  } else {
    end_probe_of_path(probe.node);
  }
}

// With e = the step after E and v = notdep(e, E).e': the tasks of the probe are those of v. All
// steps of notdep(e, E) are independent of e, so they did the same with and without it, and the
// relation of the last execution still describes them. The new fact is the footprint of e' after
// E.notdep(e, E).
void WakeupTrees::end_probe_of_reversed(const Probe& probe) {
  // e' is the first step of its task that happens after e.
  std::uint32_t last = probe.node + 1;
  while (last < order_.size() &&
         (order_.task(last) != probe.tasks.back() || !order_.before(probe.node, last)))
    ++last;
  order_.collect_notdep(probe.node, notdep_);
  steps_.clear();
  for_each_step(notdep_.bits(), [this](std::uint32_t step) { steps_.push_back(step); });
  // A checkpoint from elsewhere may ask for anything.
  if (last == order_.size() || steps_.size() + 1 != probe.tasks.size()) throw Nondeterminism{};
  StepAccesses done = log_[log_.size() - 1];
  enabled_by_.clear();
  for (const std::uint32_t step : done.enabled_by)
    enabled_by_.push_back(step < probe.node ? step : steps_[step - probe.node]);
  done.enabled_by = enabled_by_;
  v_.assign(probe.node, notdep_.bits(), last, false);
  v_.know_last({done.accesses, done.is_opaque()});
  memory_.learn_reversed(order_, log_, probe.node, notdep_.bits(), last, done);
  insert(probe.node);
}

// The relation of E.v replaces what order_ knew after E, for as long as insert() needs it: v is all
// that follows on E, and its last step is exact, since it was executed at that very place.
void WakeupTrees::end_probe_of_path(std::uint32_t node) {
  order_.truncate(node);
  memory_.truncate(node);
  read_log();
  memory_.learn(order_);
  const auto last = static_cast<std::uint32_t>(order_.size() - 1);
  notdep_.clear(order_.step_bound());
  for (std::uint32_t step = node; step < last; ++step) notdep_.insert(step);
  v_.assign(node, notdep_.bits(), last, true);
  insert(node);
  order_.truncate(node);
  memory_.truncate(node);
}

// What Optimal-DPOR does for the race (e, e') = (first, second): v := notdep(e, E).e',
// and insert(v, wut(E)) unless sleep(E) has a weak initial of v.
void WakeupTrees::reverse(std::uint32_t first, std::uint32_t second) {
  const bool is_new = second >= shared_steps();
  // A race within the shared steps was reversed after an earlier execution. If e' is inexact, it is
  // reversed again: v holds all later steps, which e' may observe, and these are others now.
  if (!is_new && order_.is_exact(first, second)) return;
  if (is_covered_by_itself(first, second)) return;
  order_.collect_notdep(first, notdep_);
  v_.assign(first, notdep_.bits(), second, is_new && order_.is_exact(first, second));
  insert(first);
}

bool WakeupTrees::is_covered_by_itself(std::uint32_t first, std::uint32_t second) const {
  // If the task has a step between e and e', that is the step that sleeps at E, and v has steps
  // that happen before e'.
  const std::uint32_t previous = order_.previous(second);
  if (previous != HappensBefore::none && previous > first) return false;
  const Sleeper* const same = node_after(first).sleeper(order_.task(second));
  return same != nullptr && !order_.any_notdep_dependent(first, footprints_[same->footprint]);
}

// The step that ends the execution, e, conflicts with every step, also with those that were never
// made: `task` was ready before e. v = the next step of `task`, whose footprint is not known.
void WakeupTrees::step_before_end(std::uint32_t task) {
  const auto last = static_cast<std::uint32_t>(order_.size() - 1);
  if (node_after(last).is_asleep(task)) return;
  for (std::uint32_t branch = trees_[last].tree; branch != none; branch = forest_[branch].next)
    if (forest_[branch].task == task) return;
  ask_for_probe({last, {task}});
}

// sleep(E) has a weak initial of v: all executions that begin with E.v, up to equivalence, were
// made.
WakeupSequence::Answer WakeupTrees::any_weak_initial_asleep(std::uint32_t node) {
  Answer any = Answer::no;
  for (const Sleeper& sleeper : node_after(node).sleep) {
    const auto footprint = [&] { return footprints_[sleeper.footprint]; };
    const Answer answer = v_.is_weak_initial(sleeper.task, footprint);
    if (answer == Answer::yes) return answer;
    if (answer == Answer::unknown) any = answer;
  }
  return any;
}

// insert(v, tree) of [DPOR]. The walk goes down from the root. At each level it looks for the first
// sibling p in WI(v): an execution that begins with p may go on with v \ p, which is v
// without its first step of p, so that is what remains to be inserted below p. If there is none, v
// becomes a chain behind the siblings. If p is a leaf, or v \ p is empty, the leaf covers v: its
// executions go on freely, and what they miss their own races will ask for.
// Property: the leaves that were there are still leaves. Afterwards the tree has a leaf w with
// w ~ v: up to equivalence, one of them is a prefix of the other. So an execution that begins with
// E.w may begin, up to equivalence, with E.v.
void WakeupTrees::insert(std::uint32_t node) {
  const Answer is_done = any_weak_initial_asleep(node);
  if (is_done == Answer::yes) return;
  walked_.clear();
  for (std::uint32_t number = trees_[node].tree;;) {
    // The common case, without footprints: the first sibling is an initial of v. Trees are larger
    // than caches, so the next branch is fetched ahead.
    while (number != none) {
      const std::uint32_t child = forest_[number].first_child;
      if (child != none) __builtin_prefetch(&forest_[child]);
      if (!v_.remove_initial(forest_[number].task)) break;
      if (child == none) return;
      walked_.push_back(number);
      number = child;
    }
    std::uint32_t before = none;
    for (; number != none; before = std::exchange(number, forest_[number].next)) {
      const Branch& branch = forest_[number];
      if (branch.footprint == not_known && v_.asks_for_footprint(branch.task))
        return ask_for_footprint(node, number);
      const auto footprint = [&] { return footprints_[branch.footprint]; };
      const Answer answer = v_.remove_weak_initial(branch.task, footprint);
      if (answer == Answer::unknown) return ask_for_probe({node, v_.tasks()});
      if (answer == Answer::yes) break;
    }
    if (number == none) {
      if (is_done == Answer::unknown) return ask_for_probe({node, v_.tasks()});
      const std::uint32_t parent = walked_.empty() ? none : walked_.back();
      const std::uint32_t chain = chain_of_v();  // May move the branches.
      (before == none ? tree_below(node, parent) : forest_[before].next) = chain;
      return;
    }
    walked_.push_back(number);
    number = forest_[number].first_child;
    if (number == none || v_.is_empty()) return;
  }
}

std::uint32_t& WakeupTrees::tree_below(std::uint32_t node, std::uint32_t parent) {
  return parent == none ? trees_[node].tree : forest_[parent].first_child;
}

std::uint32_t WakeupTrees::chain_of_v() {
  v_.list(steps_);
  std::uint32_t chain = none;
  for (std::size_t i = steps_.size(); i > 0; --i) {
    const std::uint32_t step = steps_[i - 1];
    chain = forest_.add(order_.task(step), footprint_in_v(step), chain);
  }
  return chain;
}

FootprintId WakeupTrees::footprint_in_v(std::uint32_t step) {
  const bool is_last = v_.is_last(step);
  if (is_last && !v_.is_last_known()) return not_known;
  // The footprint of a step of the path stands at its node.
  if (!is_last && !is_probing_) return node_after(step).footprint;
  return footprints_.number_of(v_.footprint(step));
}

void WakeupTrees::ask_for_probe(Probe probe) {
  // Equal tasks do the same from one node: the result of an earlier probe is in the tree, or done.
  std::vector<std::vector<std::uint32_t>>& probed = trees_[probe.node].probed;
  if (std::find(probed.begin(), probed.end(), probe.tasks) != probed.end()) return;
  probed.push_back(probe.tasks);
  pending_.push_back(std::move(probe));
}

void WakeupTrees::ask_for_footprint(std::uint32_t node, std::uint32_t branch) {
  Probe probe{node, {}, branch};
  for (const std::uint32_t above : walked_) probe.tasks.push_back(forest_[above].task);
  probe.tasks.push_back(forest_[branch].task);
  pending_.push_back(std::move(probe));
  pending_.push_back({node, v_.tasks()});
}

// The trees of the path hold every branch that is in use, and each pending probe asks for a branch
// that is still there.
void WakeupTrees::check_invariants() const {
  PathSearch::check_invariants();
  if (must_restart()) return;
  memory_.check_invariants(order_);
  std::vector<std::uint32_t> trees;
  for (std::size_t steps = 0; steps < path_length(); ++steps) {
    trees.push_back(trees_[steps].tree);
    trees.push_back(trees_[steps].below);
  }
  forest_.check_invariants(trees);
  for (std::size_t steps = 0; steps < path_length(); ++steps) check_tree(steps);
  for (std::size_t i = probed_; i < pending_.size(); ++i) {
    COWEAVE_INVARIANT(pending_[i].node < path_length() && !pending_[i].tasks.empty());
    if (pending_[i].branch == none) continue;
    const std::uint32_t tree = trees_[pending_[i].node].tree;
    COWEAVE_INVARIANT(forest_.find(tree, pending_[i].tasks) == pending_[i].branch);
  }
}

// For each leaf w of wut(E) and each p in sleep(E): p is no weak initial of w. The tree does not
// keep the relation among the steps of w, so this is checked for those p that are not in w at all,
// and for the first step of w.
void WakeupTrees::check_tree(std::size_t steps) const {
  const std::uint32_t tree = trees_[steps].tree;
  const Node& node = node_after(steps);
  for (std::uint32_t branch = tree; branch != none; branch = forest_[branch].next) {
    COWEAVE_INVARIANT(!node.is_asleep(forest_[branch].task));
    COWEAVE_INVARIANT(forest_[branch].task != node.current);
  }
  for (const std::vector<std::uint32_t>& w : forest_.leaves(tree)) {
    for (const Sleeper& sleeper : node.sleep) {
      bool may_come_first = true;
      for (std::size_t m = 0; m < w.size() && may_come_first; ++m) {
        const std::uint32_t branch = forest_.find(tree, std::span(w).first(m + 1));
        const FootprintId footprint = forest_[branch].footprint;
        may_come_first = w[m] != sleeper.task && footprint != not_known &&
                         !dependent(footprints_[footprint], footprints_[sleeper.footprint]);
      }
      COWEAVE_INVARIANT(!may_come_first);
    }
  }
}

}  // namespace coweave::detail
