#include "coweave/strategy/reduction/wakeup_trees.hpp"

namespace coweave::detail {

// After the path: wut(E) and the probed sequences for each prefix E, then the probes that are
// pending. A probe for a branch is told from one for a sequence by its node, to which the number of
// nodes is added.
std::vector<std::uint64_t> WakeupTrees::checkpoint() const {
  CheckpointWriter numbers;
  PathSearch::write(numbers);
  for (std::size_t i = 0; i < path_length(); ++i) {
    const TreeNode& node = trees_[i];
    forest_.write(numbers, node.tree, footprints_.size());
    numbers.add(node.probed.size());
    for (const std::vector<std::uint32_t>& tasks : node.probed) numbers.add_list(tasks);
  }
  const std::span<const Probe> open =
      std::span(pending_).subspan(must_restart() ? pending_.size() : probed_);
  numbers.add(open.size());
  for (const Probe& probe : open) {
    numbers.add(probe.node + (probe.branch == none ? 0 : path_length()));
    numbers.add_list(probe.tasks);
  }
  return numbers.take();
}

// Reads what checkpoint() wrote. A probe names its branch by the tasks that lead to it: the numbers
// of branches are others now.
bool WakeupTrees::restore(std::span<const std::uint64_t> numbers) {
  CheckpointReader checkpoint(numbers);
  const std::size_t nodes = PathSearch::read(checkpoint);
  for (std::size_t i = 0; i < nodes && checkpoint.is_valid(); ++i) {
    extended(i);
    TreeNode& node = trees_[i];
    node.tree = forest_.read(checkpoint, log_.task_bound(), footprints_.size());
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
      probe.branch = forest_.find(trees_[probe.node].tree, probe.tasks);
      if (probe.branch == none) checkpoint.fail();
    }
    pending_.push_back(std::move(probe));
  }
  return checkpoint.is_complete();
}

std::vector<std::uint32_t> WakeupTrees::read_tasks(CheckpointReader& checkpoint) const {
  std::vector<std::uint32_t> tasks(checkpoint.size());
  for (std::uint32_t& task : tasks) task = checkpoint.below(log_.task_bound());
  return tasks;
}

}  // namespace coweave::detail
