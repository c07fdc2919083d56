#include "coweave/exploration/reduction/wakeup_trees.hpp"

#include <algorithm>
#include <utility>

namespace coweave::detail {

bool WakeupTrees::begin_execution(std::uint64_t number) {
  if (log_.must_restart()) {
    pending_.clear();
    memory_.forget();
    probed_ = branches_ = 0;
  }
  is_probing_ = probed_ < pending_.size();
  if (is_probing_) {
    depth_ = 0;
    ++probes_;
    return gave_up().empty();
  }
  pending_.clear();
  probed_ = 0;
  return gave_up().empty() && PathSearch::begin_execution(number);
}

std::string_view WakeupTrees::gave_up() const {
  if (has_chosen_) return "the program chooses";
  if (branches_ > most_branches_) return "the wakeup trees grew too large";
  return {};
}

std::uint32_t WakeupTrees::decided(const Node& node) const {
  return node.wakeup.empty() ? 0 : node.wakeup.front().task;
}

void WakeupTrees::taken(Node& node, std::uint32_t /*task*/) {
  if (node.wakeup.empty()) return;
  node.after = std::move(node.wakeup.front().children);
  node.wakeup.erase(node.wakeup.begin());
  --branches_;
}

void WakeupTrees::inherit(Node& parent, Node& child) {
  child.wakeup = std::exchange(parent.after, {});
}

std::size_t WakeupTrees::pick(const SchedulingPoint& point) {
  if (!is_probing_) return PathSearch::pick(point);
  const Probe& probe = pending_[probed_];
  if (depth_ == probe.node + probe.tasks.size()) return abandon;
  read_ready(point);
  const std::size_t position = position_of(
      depth_ < probe.node ? nodes_[depth_].current : probe.tasks[depth_ - probe.node]);
  if (position == point.size()) throw Nondeterminism{};
  ++depth_;
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
  const Probe& probe = pending_[probed_++];
  order_.truncate(probe.node);
  read_log();
  if (order_.size() != probe.node + probe.tasks.size()) throw Nondeterminism{};
  memory_.learn(order_, log_);
  later_.clear();
  for (std::uint32_t step = probe.node; step < order_.size(); ++step) later_.push_back(step);
  last_ = later_.back();
  last_footprint_.assign(order_.footprint(last_));
  insert(probe.node, true);
  order_.truncate(probe.node);
}

void WakeupTrees::reverse(std::uint32_t first, std::uint32_t second) {
  later_.clear();
  for (std::uint32_t k = first + 1; k < order_.size(); ++k)
    if (k != second && !order_.before(first, k) && !(second < k && order_.before(second, k)))
      later_.push_back(k);
  last_ = second;
  bool is_known = order_.is_exact(first, second);
  if (is_known) {
    last_footprint_.assign(order_.footprint(second));
  } else {
    is_known = memory_.recall(order_, first, later_, second, last_footprint_);
  }
  later_.push_back(second);
  insert(first, is_known);
}

bool WakeupTrees::is_before_last(std::uint32_t first) const {
  const std::span<const std::uint32_t> enabling = log_[last_].enabled_by;
  return std::find(enabling.begin(), enabling.end(), first) != enabling.end() ||
         dependent(order_.footprint(first), last_footprint_.view());
}

void WakeupTrees::step_before_end(std::uint32_t task) {
  const auto last = static_cast<std::uint32_t>(order_.size() - 1);
  const Node& node = nodes_[last];
  const auto is_of_task = [task](const Branch& branch) { return branch.task == task; };
  if (node.is_asleep(task) || std::any_of(node.wakeup.begin(), node.wakeup.end(), is_of_task))
    return;
  ask_for_probe({last, {task}});
}

WakeupTrees::Answer WakeupTrees::is_weak_initial(std::uint32_t task, FootprintView footprint,
                                                 bool is_last_known) const {
  const std::size_t known = later_.size() - (is_last_known ? 0 : 1);
  for (std::size_t m = 0; m < later_.size(); ++m) {
    const std::uint32_t step = later_[m];
    if (order_.task(step) != task) continue;
    if (m == 0) return Answer::yes;
    if (m >= known) return Answer::unknown;
    const bool has_predecessor = std::any_of(
        later_.begin(), later_.begin() + static_cast<std::ptrdiff_t>(m),
        [&](std::uint32_t other) {
          return step == last_ ? is_before_last(other)
                               : other < step && order_.before(other, step);
        });
    return has_predecessor ? Answer::no : Answer::yes;
  }
  for (std::size_t m = 0; m < known; ++m)
    if (dependent(footprint, footprint_in_later(later_[m]))) return Answer::no;
  return is_last_known ? Answer::yes : Answer::unknown;
}

void WakeupTrees::insert(std::uint32_t node, bool is_last_known) {
  for (const Sleeper& sleeper : nodes_[node].sleep) {
    if (is_weak_initial(sleeper.task, sleeper.footprint.view(), is_last_known) == Answer::yes) return;
  }
  Probe probe{node, {}};
  if (!is_last_known)
    for (const std::uint32_t step : later_) probe.tasks.push_back(order_.task(step));
  std::vector<Branch>* tree = &nodes_[node].wakeup;
  while (true) {
    Branch* next = nullptr;
    for (Branch& branch : *tree) {
      const Answer answer =
          is_weak_initial(branch.task, branch.footprint.view(), is_last_known);
      if (answer == Answer::no) continue;
      if (answer == Answer::yes) next = &branch;  // Else it may or may not cover it.
      break;
    }
    if (next == nullptr) {
      return is_last_known ? append(*tree) : ask_for_probe(std::move(probe));
    }
    const auto found = std::find_if(later_.begin(), later_.end(), [&](std::uint32_t step) {
      return order_.task(step) == next->task;
    });
    if (found != later_.end()) later_.erase(found);
    if (later_.empty() || next->children.empty()) return;
    tree = &next->children;
  }
}

void WakeupTrees::append(std::vector<Branch>& tree) {
  std::vector<Branch>* at = &tree;
  for (const std::uint32_t step : later_) {
    Branch& branch = at->emplace_back();
    branch.task = order_.task(step);
    branch.footprint.assign(footprint_in_later(step));
    at = &branch.children;
  }
  branches_ += later_.size();
}

void WakeupTrees::ask_for_probe(Probe probe) {
  // The same tasks do the same from the same node: what came of it is in the tree, or done.
  std::vector<std::vector<std::uint32_t>>& probed = nodes_[probe.node].probed;
  if (std::find(probed.begin(), probed.end(), probe.tasks) != probed.end()) return;
  probed.push_back(probe.tasks);
  pending_.push_back(std::move(probe));
}

}  // namespace coweave::detail
