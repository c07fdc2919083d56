#include "coweave/strategy/reduction/wakeup_trees.hpp"

namespace coweave::detail {

std::vector<std::uint64_t> WakeupTrees::position() const {
  CheckpointWriter checkpoint;
  PathSearch::write(checkpoint);
  for (std::size_t i = 0; i < path_length(); ++i) {
    const Node& node = node_after(i);
    write_branches(checkpoint, node.wakeup);
    checkpoint.add(node.probed.size());
    for (const std::vector<std::uint32_t>& tasks : node.probed) checkpoint.add_list(tasks);
  }
  const std::span<const Probe> open =
      std::span(pending_).subspan(must_restart() ? pending_.size() : probed_);
  checkpoint.add(open.size());
  for (const Probe& probe : open) {
    checkpoint.add(probe.node + (probe.branch == no_branch ? 0 : path_length()));
    checkpoint.add_list(probe.tasks);
  }
  return checkpoint.take();
}

bool WakeupTrees::go_on_from(std::span<const std::uint64_t> numbers) {
  CheckpointReader checkpoint(numbers);
  const std::size_t nodes = PathSearch::read(checkpoint);
  for (std::size_t i = 0; i < nodes && checkpoint.is_valid(); ++i) {
    Node& node = node_after(i);
    node.wakeup = read_branches(checkpoint);
    node.probed.resize(checkpoint.size());
    for (std::vector<std::uint32_t>& tasks : node.probed) tasks = read_tasks(checkpoint);
  }
  const std::size_t open = checkpoint.size();
  for (std::size_t i = 0; i < open && checkpoint.is_valid(); ++i) {
    const std::uint32_t node = checkpoint.below(2 * nodes);
    Probe probe{node, read_tasks(checkpoint)};
    if (probe.tasks.empty()) checkpoint.fail();
    if (node >= nodes && checkpoint.is_valid()) {
      probe.node = static_cast<std::uint32_t>(node - nodes);
      probe.branch = branch_at(probe.node, probe.tasks);
      if (probe.branch == no_branch) checkpoint.fail();
    }
    pending_.push_back(std::move(probe));
  }
  return checkpoint.is_complete();
}

void WakeupTrees::write_branches(CheckpointWriter& checkpoint, std::uint32_t first) const {
  checkpoint.add(first == no_branch ? 0 : 1);
  std::vector<std::uint32_t> open;
  if (first != no_branch) open.push_back(first);
  while (!open.empty()) {
    const Branch& branch = branches_[open.back()];
    open.pop_back();
    checkpoint.add(branch.task);
    checkpoint.add(branch.footprint == not_known ? footprints_.size()
                                                 : static_cast<std::uint64_t>(branch.footprint));
    checkpoint.add((branch.first_child != no_branch ? 1U : 0U) +
                   (branch.next != no_branch ? 2U : 0U));
    if (branch.next != no_branch) open.push_back(branch.next);
    if (branch.first_child != no_branch) open.push_back(branch.first_child);
  }
}

std::uint32_t WakeupTrees::read_branches(CheckpointReader& checkpoint) {
  if (checkpoint.below(2) == 0) return no_branch;
  const auto root = static_cast<std::uint32_t>(branches_.size());
  std::vector<std::uint32_t> without_next;  // Whose sibling comes when all below them has come.
  bool is_child = false;
  while (checkpoint.is_valid()) {
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
    const std::uint32_t task = checkpoint.below(log_.task_bound());
    FootprintId footprint{checkpoint.below(footprints_.size() + 1)};
    if (static_cast<std::size_t>(footprint) == footprints_.size()) footprint = not_known;
    const std::uint32_t links = checkpoint.below(4);
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

std::vector<std::uint32_t> WakeupTrees::read_tasks(CheckpointReader& checkpoint) const {
  std::vector<std::uint32_t> tasks(checkpoint.size());
  for (std::uint32_t& task : tasks) task = checkpoint.below(log_.task_bound());
  return tasks;
}

}  // namespace coweave::detail
