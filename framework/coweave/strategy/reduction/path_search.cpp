#include "coweave/strategy/reduction/path_search.hpp"

#include <algorithm>

namespace coweave::detail {

const PathSearch::Sleeper* PathSearch::Node::sleeper(std::uint32_t task) const {
  const auto found = std::find_if(sleep.begin(), sleep.end(),
                                  [task](const Sleeper& asleep) { return asleep.task == task; });
  return found == sleep.end() ? nullptr : &*found;
}

bool PathSearch::begin_execution(std::uint64_t number) {
  depth_ = 0;
  is_blocked_ = false;
  if (number == 1 || (path_ == 0 && !is_exhausted_)) return true;
  if (log_.must_restart()) {
    forget_executions();
    path_ = 0;
    shared_steps_ = 0;
    blocked_ = 0;
    return true;
  }
  if (!backtrack()) {
    is_exhausted_ = true;
    return false;
  }
  shared_steps_ = static_cast<std::uint32_t>(path_ - 1);
  order_.truncate(shared_steps_);
  return true;
}

bool PathSearch::backtrack() {
  for (; path_ != 0; --path_) {
    Node& last = nodes_[path_ - 1];
    if (last.current == 0) continue;  // The end of the execution.
    while (!last.choices.empty() &&
           last.choices.back().value + 1 == last.choices.back().alternatives)
      last.choices.pop_back();
    if (!last.choices.empty()) {
      ++last.choices.back().value;
      return true;
    }
    last.sleep.emplace_back(last.current, last.footprint);
    last.current = 0;
    if (decided(last) != 0) return true;
  }
  return false;
}

void PathSearch::remember_ready(const SchedulingPoint& point) {
  const std::size_t size = point.size();
  ready_.resize(size);
  TaskId* const ready = ready_.data();
  for (std::size_t i = 0; i < size; ++i) ready[i] = point[i].id;
}

std::size_t PathSearch::position_of(std::uint32_t task, const SchedulingPoint& point) const {
  std::size_t position = 0;
  while (position < point.size() && log_.number_of(point[position].id) != task) ++position;
  return position;
}

std::size_t PathSearch::position_again(const Node& node, const SchedulingPoint& point) const {
  if (node.position >= point.size() || log_.number_of(point[node.position].id) != node.current)
    throw Nondeterminism{};
  return node.position;
}

std::size_t PathSearch::pick(const SchedulingPoint& point) {
  if (depth_ == path_) extend();
  Node& here = nodes_[depth_];
  if (here.current == 0 && !decide(here, point)) {
    is_blocked_ = true;
    return abandon;
  }
  if (depth_ + 1 == path_) remember_ready(point);
  ++depth_;
  choices_done_ = 0;
  return position_again(here, point);
}

void PathSearch::extend() {
  if (path_ == nodes_.size()) nodes_.emplace_back();
  Node& child = nodes_[path_++];
  child.clear();
  if (depth_ == 0) return;
  read_log();
  Node& parent = nodes_[depth_ - 1];
  const bool is_first_value = std::all_of(parent.choices.begin(), parent.choices.end(),
                                          [](const Choice& choice) { return choice.value == 0; });
  if (is_first_value) {
    parent.footprint = done_by(depth_ - 1);
  } else {
    Footprint all;
    all.assign(footprints_[parent.footprint]);
    all.add(order_.footprint(depth_ - 1));
    parent.footprint = footprints_.number_of(all.view());
  }
  const FootprintView done = footprints_[done_by(depth_ - 1)];
  for (const Sleeper& sleeper : parent.sleep)
    if (sleeper.task != parent.current && !dependent(footprints_[sleeper.footprint], done))
      child.sleep.emplace_back(sleeper.task, sleeper.footprint);
  inherit(parent, child);
}

bool PathSearch::decide(Node& node, const SchedulingPoint& point) {
  node.current = decided(node);
  std::size_t position = 0;
  if (node.current != 0) {
    position = position_of(node.current, point);
  } else {
    while (position < point.size() && node.is_asleep(log_.number_of(point[position].id)))
      ++position;
    if (position == point.size()) return false;
    node.current = log_.number_of(point[position].id);
  }
  node.position = static_cast<std::uint32_t>(position);
  taken(node, node.current);
  return true;
}

std::uint32_t PathSearch::choose(std::uint32_t alternatives) {
  if (depth_ == 0) return 0;
  Node& here = nodes_[depth_ - 1];
  const std::size_t number = choices_done_++;
  if (number == here.choices.size()) here.choices.push_back({0, alternatives});
  const Choice& choice = here.choices[number];
  if (choice.alternatives != alternatives) throw Nondeterminism{};
  return choice.value;
}

void PathSearch::write(CheckpointWriter& checkpoint) const {
  ReducedSearch::write(checkpoint);
  footprints_.write(checkpoint);
  checkpoint.add(path_length());
  for (std::size_t i = 0; i < path_length(); ++i) {
    const Node& node = nodes_[i];
    checkpoint.add(node.current);
    checkpoint.add(node.position);
    checkpoint.add(static_cast<std::uint64_t>(node.footprint));
    checkpoint.add(node.sleep.size());
    for (const Sleeper& sleeper : node.sleep) {
      checkpoint.add(sleeper.task);
      checkpoint.add(static_cast<std::uint64_t>(sleeper.footprint));
    }
    checkpoint.add(node.choices.size());
    for (const Choice& choice : node.choices) {
      checkpoint.add(choice.value);
      checkpoint.add(choice.alternatives);
    }
  }
}

std::size_t PathSearch::read(CheckpointReader& checkpoint) {
  ReducedSearch::read(checkpoint);
  footprints_.read(checkpoint, log_.object_bound());
  path_ = checkpoint.size();
  for (std::size_t i = 0; i < path_ && checkpoint.is_valid(); ++i) {
    Node& node = nodes_.emplace_back();
    node.current = checkpoint.below(log_.task_bound());
    node.position = checkpoint.below(no_branch);
    // That of a node without a step means nothing.
    node.footprint = FootprintId{checkpoint.below(std::max<std::size_t>(footprints_.size(), 1))};
    node.sleep.resize(checkpoint.size());
    for (Sleeper& sleeper : node.sleep)
      sleeper = {checkpoint.below(log_.task_bound()),
                 FootprintId{checkpoint.below(footprints_.size())}};
    node.choices.resize(checkpoint.size());
    for (Choice& choice : node.choices) {
      choice.value = checkpoint.below(no_branch);
      choice.alternatives = checkpoint.below(no_branch);
      if (choice.value >= choice.alternatives) checkpoint.fail();
    }
  }
  return path_;
}

void PathSearch::end_execution(std::span<const Step> /*steps*/) {
  if (depth_ < path_ && !is_blocked_) throw Nondeterminism{};
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
    for (const TaskId id : ready_)
      if (const std::uint32_t task = log_.number_of(id); task != nodes_[order_.size() - 1].current)
        step_before_end(task);
  }
}

}  // namespace coweave::detail
