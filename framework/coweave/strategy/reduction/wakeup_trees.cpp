#include "coweave/strategy/reduction/wakeup_trees.hpp"

#include <algorithm>
#include <utility>

namespace coweave::detail {

bool WakeupTrees::begin_execution(std::uint64_t number) {
  if (log_.must_restart()) {
    pending_.clear();
    memory_.forget();
    branches_.clear();
    free_branch_ = no_branch;
    probed_ = wanted_ = 0;
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
  if (wanted_ > most_branches_) return "the wakeup trees grew too large";
  return {};
}

std::uint32_t WakeupTrees::decided(const Node& node) const {
  return node.wakeup == no_branch ? 0 : branches_[node.wakeup].task;
}

void WakeupTrees::taken(Node& node, std::uint32_t /*task*/) {
  if (node.wakeup == no_branch) return;
  Branch& first = branches_[node.wakeup];
  node.after = first.first_child;
  const std::uint32_t freed = std::exchange(node.wakeup, first.next);
  first.next = std::exchange(free_branch_, freed);
  --wanted_;
}

void WakeupTrees::inherit(Node& parent, Node& child) {
  child.wakeup = std::exchange(parent.after, no_branch);
}

std::size_t WakeupTrees::pick(const SchedulingPoint& point) {
  if (!is_probing_) return PathSearch::pick(point);
  const Probe& probe = pending_[probed_];
  if (depth_ == probe.node + probe.tasks.size()) return abandon;
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
  if (!log_.must_restart()) end_probe();
}

void WakeupTrees::end_probe() {
  const Probe probe = std::move(pending_[probed_++]);  // There may come more.
  if (log_.size() != probe.node + probe.tasks.size()) throw Nondeterminism{};
  if (probe.branch != no_branch) {
    const StepAccesses done = log_[log_.size() - 1];
    branches_[probe.branch].footprint = footprints_.number_of(done.accesses, done.is_opaque());
    return;
  }
  const bool knows_path = order_.size() + 1 == path_length();  // Another process may have asked.
  if (knows_path && probe.node + 1 < order_.size()) {
    end_probe_of_reversed(probe);
  } else {
    end_probe_of_path(probe.node);
  }
}

void WakeupTrees::end_probe_of_reversed(const Probe& probe) {
  // The last step is the first of its task that happens after the one that it was reversed with.
  std::uint32_t last = probe.node + 1;
  while (last < order_.size() &&
         (order_.task(last) != probe.tasks.back() || !order_.before(probe.node, last)))
    ++last;
  order_.collect_notdep(probe.node, notdep_);
  steps_.clear();
  for_each_step(notdep_.bits(), [this](std::uint32_t step) { steps_.push_back(step); });
  // A position from elsewhere may ask for anything.
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

void WakeupTrees::reverse(std::uint32_t first, std::uint32_t second) {
  const bool is_new = second >= shared_steps();
  // Done after an execution that begins with the same steps. An inexact step is reversed behind all
  // that came later, which it may observe, and that is something else now.
  if (!is_new && order_.is_exact(first, second)) return;
  if (was_first_too(first, second)) return;
  order_.collect_notdep(first, notdep_);
  v_.assign(first, notdep_.bits(), second, is_new && order_.is_exact(first, second));
  insert(first);
}

bool WakeupTrees::was_first_too(std::uint32_t first, std::uint32_t second) const {
  // What sleeps would be an earlier step of that task, and something keeps that from coming first.
  const std::uint32_t previous = order_.previous(second);
  if (previous != HappensBefore::none && previous > first) return false;
  const Sleeper* const same = node_after(first).sleeper(order_.task(second));
  return same != nullptr && !order_.any_notdep_dependent(first, footprints_[same->footprint]);
}

void WakeupTrees::step_before_end(std::uint32_t task) {
  const auto last = static_cast<std::uint32_t>(order_.size() - 1);
  const Node& node = node_after(last);
  if (node.is_asleep(task)) return;
  for (std::uint32_t branch = node.wakeup; branch != no_branch; branch = branches_[branch].next)
    if (branches_[branch].task == task) return;
  ask_for_probe({last, {task}});
}

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

void WakeupTrees::insert(std::uint32_t node) {
  const Answer is_done = any_weak_initial_asleep(node);
  if (is_done == Answer::yes) return;
  walked_.clear();
  for (std::uint32_t number = node_after(node).wakeup;;) {
    // Mostly the walk goes straight down, and trees are larger than caches.
    while (number != no_branch) {
      const std::uint32_t child = branches_[number].first_child;
      if (child != no_branch) __builtin_prefetch(&branches_[child]);
      if (!v_.remove_initial(branches_[number].task)) break;
      if (child == no_branch) return;
      walked_.push_back(number);
      number = child;
    }
    std::uint32_t before = no_branch;
    for (; number != no_branch; before = std::exchange(number, branches_[number].next)) {
      const Branch& branch = branches_[number];
      if (branch.footprint == not_known && v_.asks_for_footprint(branch.task))
        return ask_for_footprint(node, number);
      const auto footprint = [&] { return footprints_[branch.footprint]; };
      const Answer answer = v_.remove_weak_initial(branch.task, footprint);
      if (answer == Answer::unknown) return ask_for_probe({node, v_.tasks()});
      if (answer == Answer::yes) break;
    }
    if (number == no_branch) {
      if (is_done == Answer::unknown) return ask_for_probe({node, v_.tasks()});
      const std::uint32_t parent = walked_.empty() ? no_branch : walked_.back();
      const std::uint32_t chain = chain_of_v();  // May move the branches.
      (before == no_branch ? first_branch(node, parent) : branches_[before].next) = chain;
      return;
    }
    walked_.push_back(number);
    number = branches_[number].first_child;
    if (number == no_branch || v_.is_empty()) return;
  }
}

std::uint32_t& WakeupTrees::first_branch(std::uint32_t node, std::uint32_t parent) {
  return parent == no_branch ? node_after(node).wakeup : branches_[parent].first_child;
}

std::uint32_t WakeupTrees::chain_of_v() {
  v_.list(steps_);
  std::uint32_t chain = no_branch;
  for (std::size_t i = steps_.size(); i > 0; --i) {
    const std::uint32_t step = steps_[i - 1];
    chain = new_branch(order_.task(step), footprint_in_v(step), chain);
  }
  wanted_ += steps_.size();
  return chain;
}

FootprintId WakeupTrees::footprint_in_v(std::uint32_t step) {
  const bool is_last = v_.is_last(step);
  if (is_last && !v_.is_last_known()) return not_known;
  // What a step of the path does is known to its node.
  if (!is_last && !is_probing_) return node_after(step).footprint;
  return footprints_.number_of(v_.footprint(step));
}

std::uint32_t WakeupTrees::new_branch(std::uint32_t task, FootprintId footprint,
                                      std::uint32_t first_child) {
  const bool is_new = free_branch_ == no_branch;
  const std::uint32_t number = is_new ? static_cast<std::uint32_t>(branches_.size()) : free_branch_;
  Branch& branch = is_new ? branches_.add() : branches_[number];
  if (!is_new) free_branch_ = branch.next;
  branch.task = task;
  branch.footprint = footprint;
  branch.first_child = first_child;
  branch.next = no_branch;
  return number;
}

void WakeupTrees::ask_for_probe(Probe probe) {
  // The same tasks do the same from the same node: what came of it is in the tree, or done.
  std::vector<std::vector<std::uint32_t>>& probed = node_after(probe.node).probed;
  if (std::find(probed.begin(), probed.end(), probe.tasks) != probed.end()) return;
  probed.push_back(probe.tasks);
  pending_.push_back(std::move(probe));
}

void WakeupTrees::ask_for_footprint(std::uint32_t node, std::uint32_t number) {
  Probe probe{node, {}, number};
  for (const std::uint32_t above : walked_) probe.tasks.push_back(branches_[above].task);
  probe.tasks.push_back(branches_[number].task);
  pending_.push_back(std::move(probe));
  pending_.push_back({node, v_.tasks()});
}

}  // namespace coweave::detail
