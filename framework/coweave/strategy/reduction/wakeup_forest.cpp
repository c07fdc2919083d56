#include "coweave/strategy/reduction/wakeup_forest.hpp"

#include <utility>

#include "coweave/core/error.hpp"

namespace coweave::detail {

std::uint32_t WakeupForest::add(std::uint32_t task, FootprintId footprint,
                                std::uint32_t first_child) {
  const bool is_new = first_free_ == none;
  const std::uint32_t number = is_new ? static_cast<std::uint32_t>(branches_.size()) : first_free_;
  Branch& branch = is_new ? branches_.add() : branches_[number];
  if (!is_new) first_free_ = branch.next;
  branch.task = task;
  branch.footprint = footprint;
  branch.first_child = first_child;
  branch.next = none;
  ++size_;
  return number;
}

std::uint32_t WakeupForest::take_first(std::uint32_t& root) {
  Branch& first = branches_[root];
  const std::uint32_t freed = std::exchange(root, first.next);
  first.next = std::exchange(first_free_, freed);
  --size_;
  return first.first_child;
}

std::uint32_t WakeupForest::find(std::uint32_t root, std::span<const std::uint32_t> tasks) const {
  std::uint32_t found = none;
  std::uint32_t siblings = root;
  for (const std::uint32_t task : tasks) {
    found = siblings;
    while (found != none && branches_[found].task != task) found = branches_[found].next;
    if (found == none) break;
    siblings = branches_[found].first_child;
  }
  return found;
}

// Depth first: `path` leads to the branch under way, and `tasks` are the tasks on it.
std::vector<std::vector<std::uint32_t>> WakeupForest::leaves(std::uint32_t root) const {
  std::vector<std::vector<std::uint32_t>> found;
  std::vector<std::uint32_t> path;
  std::vector<std::uint32_t> tasks;
  std::uint32_t next = root;
  while (next != none || !path.empty()) {
    if (next == none) {
      next = branches_[path.back()].next;
      path.pop_back();
      tasks.pop_back();
      continue;
    }
    path.push_back(next);
    tasks.push_back(branches_[next].task);
    next = branches_[next].first_child;
    if (next == none) found.push_back(tasks);
  }
  return found;
}

// Branches are written in preorder. Two bits say whether a branch has a child and a sibling, from
// which read() finds the shape of the tree again.
void WakeupForest::write(CheckpointWriter& checkpoint, std::uint32_t root,
                         std::size_t footprints) const {
  checkpoint.add(root == none ? 0 : 1);
  std::vector<std::uint32_t> open;
  if (root != none) open.push_back(root);
  while (!open.empty()) {
    const Branch& branch = branches_[open.back()];
    open.pop_back();
    checkpoint.add(branch.task);
    checkpoint.add(branch.footprint == not_known ? footprints
                                                 : static_cast<std::uint64_t>(branch.footprint));
    checkpoint.add((branch.first_child != none ? 1U : 0U) + (branch.next != none ? 2U : 0U));
    if (branch.next != none) open.push_back(branch.next);
    if (branch.first_child != none) open.push_back(branch.first_child);
  }
}

// The branch that comes next is the child of the last one if that has a child, else the sibling of
// the last one that still waits for its sibling. The tree is complete when no branch waits.
std::uint32_t WakeupForest::read(CheckpointReader& checkpoint, std::size_t tasks,
                                 std::size_t footprints) {
  if (checkpoint.below(2) == 0) return none;
  const auto root = static_cast<std::uint32_t>(branches_.size());
  std::vector<std::uint32_t> without_next;  // Their siblings come after all that is below them.
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
    const std::uint32_t task = checkpoint.below(tasks);
    FootprintId footprint{checkpoint.below(footprints + 1)};
    if (static_cast<std::size_t>(footprint) == footprints) footprint = not_known;
    const std::uint32_t links = checkpoint.below(4);
    branches_.push_back({task, footprint, none, none});
    ++size_;
    is_child = (links & 1U) != 0;
    if ((links & 2U) != 0) without_next.push_back(number);
  }
  return none;
}

// Visits all trees and the list of free branches, and marks each branch: none is visited twice, and
// in the end none is left out.
void WakeupForest::check_invariants(std::span<const std::uint32_t> roots) const {
  std::vector<bool> is_seen(branches_.size(), false);
  const auto see = [&](std::uint32_t number) {
    COWEAVE_INVARIANT(number < branches_.size() && !is_seen[number]);
    is_seen[number] = true;
  };
  std::size_t used = 0;
  std::vector<std::uint32_t> open;  // First branches of sibling lists.
  for (const std::uint32_t root : roots)
    if (root != none) open.push_back(root);
  while (!open.empty()) {
    const std::uint32_t first = open.back();
    open.pop_back();
    for (std::uint32_t number = first; number != none; number = branches_[number].next) {
      see(number);
      ++used;
      const Branch& branch = branches_[number];
      COWEAVE_INVARIANT(branch.first_child == none || branch.footprint != not_known);
      for (std::uint32_t other = first; other != number; other = branches_[other].next)
        COWEAVE_INVARIANT(branches_[other].task != branch.task);
      if (branch.first_child != none) open.push_back(branch.first_child);
    }
  }
  COWEAVE_INVARIANT(used == size_);
  std::size_t free = 0;
  for (std::uint32_t number = first_free_; number != none; number = branches_[number].next) {
    see(number);
    ++free;
  }
  COWEAVE_INVARIANT(used + free == branches_.size());
}

}  // namespace coweave::detail
