#include "coweave/exploration/reduction/path_search.hpp"

#include <algorithm>
#include <utility>

namespace coweave::detail {

bool PathSearch::Node::is_asleep(std::uint32_t task) const {
  return std::any_of(sleep.begin(), sleep.end(),
                     [task](const Sleeper& sleeper) { return sleeper.task == task; });
}

bool PathSearch::begin_execution(std::uint64_t number) {
  depth_ = 0;
  is_blocked_ = false;
  if (number == 1) return true;
  if (log_.must_restart()) {
    forget_executions();
    nodes_.clear();
    blocked_ = 0;
    return true;
  }
  if (backtrack()) return true;
  is_exhausted_ = true;
  return false;
}

bool PathSearch::backtrack() {
  for (; !nodes_.empty(); nodes_.pop_back()) {
    Node& node = nodes_.back();
    if (node.current == 0) continue;  // The end of the execution.
    order_.truncate(nodes_.size() - 1);
    while (!node.choices.empty() &&
           node.choices.back().value + 1 == node.choices.back().alternatives)
      node.choices.pop_back();
    if (!node.choices.empty()) {
      ++node.choices.back().value;
      return true;
    }
    node.sleep.push_back({node.current, node.footprint});
    node.footprint.clear();
    node.current = 0;
    if (decided(node) != 0) return true;
  }
  return false;
}

void PathSearch::read_ready(const SchedulingPoint& point) {
  ready_.clear();
  for (std::size_t i = 0; i < point.size(); ++i) ready_.push_back(log_.number_of(point[i].id));
}

std::size_t PathSearch::position_of(std::uint32_t task) const {
  return static_cast<std::size_t>(std::find(ready_.begin(), ready_.end(), task) - ready_.begin());
}

std::size_t PathSearch::pick(const SchedulingPoint& point) {
  if (depth_ == nodes_.size()) extend();
  read_ready(point);
  Node& node = nodes_[depth_];
  if (node.current == 0) node.current = decide(node);
  if (node.current == 0) {
    is_blocked_ = true;
    return abandon;
  }
  const std::size_t position = position_of(node.current);
  if (position == ready_.size()) throw Nondeterminism{};
  ++depth_;
  choices_done_ = 0;
  return position;
}

void PathSearch::extend() {
  nodes_.emplace_back();
  if (depth_ == 0) return;
  read_log();
  Node& parent = nodes_[depth_ - 1];
  const FootprintView done = order_.footprint(depth_ - 1);
  parent.footprint.add(done);
  for (const Sleeper& sleeper : parent.sleep)
    if (sleeper.task != parent.current && !dependent(sleeper.footprint.view(), done))
      nodes_.back().sleep.push_back(sleeper);
  inherit(parent, nodes_.back());
}

std::uint32_t PathSearch::decide(Node& node) {
  std::uint32_t task = decided(node);
  for (std::size_t i = 0; task == 0 && i < ready_.size(); ++i)
    if (!node.is_asleep(ready_[i])) task = ready_[i];
  if (task != 0) taken(node, task);
  return task;
}

std::uint32_t PathSearch::choose(std::uint32_t alternatives) {
  if (depth_ == 0) return 0;
  Node& node = nodes_[depth_ - 1];
  const std::size_t number = choices_done_++;
  if (number == node.choices.size()) node.choices.push_back({0, alternatives});
  const Choice& choice = node.choices[number];
  if (choice.alternatives != alternatives) throw Nondeterminism{};
  return choice.value;
}

void PathSearch::end_execution(std::span<const Step> /*steps*/) {
  if (depth_ < nodes_.size() && !is_blocked_) throw Nondeterminism{};
  if (log_.must_restart()) return;
  if (is_blocked_) {
    ++blocked_;
  } else {
    extend();
    count_execution();
  }
  execution_known();
  for (std::uint32_t second = 0; second < order_.size(); ++second)
    for (const std::uint32_t first : order_.races(second)) reverse(first, second);
  if (!is_blocked_ && order_.size() > 0 && order_.ends_execution(order_.size() - 1)) {
    for (const std::uint32_t task : ready_)
      if (task != nodes_[order_.size() - 1].current) step_before_end(task);
  }
}

}  // namespace coweave::detail
