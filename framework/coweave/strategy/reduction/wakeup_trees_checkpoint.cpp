#include "coweave/strategy/reduction/wakeup_trees.hpp"

namespace coweave::detail {

std::vector<std::uint64_t> WakeupTrees::position() const {
  PositionWriter position;
  PathSearch::write(position);
  for (std::size_t i = 0; i < path_length(); ++i) {
    const Node& node = node_after(i);
    write_branches(position, node.wakeup);
    position.add(node.probed.size());
    for (const std::vector<std::uint32_t>& tasks : node.probed) position.add_list(tasks);
  }
  const std::span<const Probe> open =
      std::span(pending_).subspan(must_restart() ? pending_.size() : probed_);
  position.add(open.size());
  for (const Probe& probe : open) {
    position.add(probe.node + (probe.branch == no_branch ? 0 : path_length()));
    position.add_list(probe.tasks);
  }
  return position.take();
}

bool WakeupTrees::go_on_from(std::span<const std::uint64_t> numbers) {
  PositionReader position(numbers);
  const std::size_t nodes = PathSearch::read(position);
  for (std::size_t i = 0; i < nodes && position.is_valid(); ++i) {
    Node& node = node_after(i);
    node.wakeup = read_branches(position);
    node.probed.resize(position.size());
    for (std::vector<std::uint32_t>& tasks : node.probed) tasks = read_tasks(position);
  }
  const std::size_t open = position.size();
  for (std::size_t i = 0; i < open && position.is_valid(); ++i) {
    const std::uint32_t node = position.below(2 * nodes);
    Probe probe{node, read_tasks(position)};
    if (probe.tasks.empty()) position.fail();
    if (node >= nodes && position.is_valid()) {
      probe.node = static_cast<std::uint32_t>(node - nodes);
      probe.branch = branch_at(probe.node, probe.tasks);
      if (probe.branch == no_branch) position.fail();
    }
    pending_.push_back(std::move(probe));
  }
  return position.is_complete();
}

void WakeupTrees::write_branches(PositionWriter& position, std::uint32_t first) const {
  position.add(first == no_branch ? 0 : 1);
  std::vector<std::uint32_t> open;
  if (first != no_branch) open.push_back(first);
  while (!open.empty()) {
    const Branch& branch = branches_[open.back()];
    open.pop_back();
    position.add(branch.task);
    position.add(branch.footprint == not_known ? footprints_.size()
                                               : static_cast<std::uint64_t>(branch.footprint));
    position.add((branch.first_child != no_branch ? 1U : 0U) +
                 (branch.next != no_branch ? 2U : 0U));
    if (branch.next != no_branch) open.push_back(branch.next);
    if (branch.first_child != no_branch) open.push_back(branch.first_child);
  }
}

std::uint32_t WakeupTrees::read_branches(PositionReader& position) {
  if (position.below(2) == 0) return no_branch;
  const auto root = static_cast<std::uint32_t>(branches_.size());
  std::vector<std::uint32_t> without_next;  // Whose sibling comes when all below them has come.
  bool is_child = false;
  while (position.is_valid()) {
    const auto number = static_cast<std::uint32_t>(branches_.size());
    if (number != root) {
      if (is_child) {
        branches_.back().first_child = number;
      } else if (without_next.empty()) {
        return root;
      } else {
        branches_[without_next.back()].next = number;
        without_next.pop_back();
      }
    }
    const std::uint32_t task = position.below(log_.task_bound());
    FootprintId footprint{position.below(footprints_.size() + 1)};
    if (static_cast<std::size_t>(footprint) == footprints_.size()) footprint = not_known;
    const std::uint32_t links = position.below(4);
    branches_.push_back({task, footprint, no_branch, no_branch});
    ++wanted_;
    is_child = (links & 1U) != 0;
    if ((links & 2U) != 0) without_next.push_back(number);
  }
  return no_branch;
}

std::uint32_t WakeupTrees::branch_at(std::uint32_t node, std::span<const std::uint32_t> tasks) {
  std::uint32_t found = no_branch;
  for (const std::uint32_t task : tasks) {
    found = first_branch(node, found);
    while (found != no_branch && branches_[found].task != task) found = branches_[found].next;
    if (found == no_branch) break;
  }
  return found;
}

std::vector<std::uint32_t> WakeupTrees::read_tasks(PositionReader& position) const {
  std::vector<std::uint32_t> tasks(position.size());
  for (std::uint32_t& task : tasks) task = position.below(log_.task_bound());
  return tasks;
}

}  // namespace coweave::detail
