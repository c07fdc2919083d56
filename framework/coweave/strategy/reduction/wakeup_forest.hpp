#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "coweave/core/stack.hpp"
#include "coweave/strategy/reduction/checkpoint_numbers.hpp"
#include "coweave/strategy/reduction/footprint_table.hpp"

namespace coweave::detail {

/// The wakeup trees of all nodes of a path: wut(E) of [DPOR] for each prefix E. A tree is an
/// ordered set of sequences, kept as a trie. Each branch is one step: a task, and the footprint
/// that the step will have. Siblings stand in the order in which they were inserted, which is the
/// order in which they will be executed. A tree is named by its first branch, or `none` if it is
/// empty; the owner keeps that name, and changes it when the first branch changes.
///
/// Worked example (test WakeupForest.KeepsTheTreesOfItsExample). The sequences 2, 3.4 and 3.2, in
/// this order, then the first branch taken, then the next:
///
///     root          root            root
///     |- 2          `- 3            |- 4      sub(3): the tree after the step of 3
///     `- 3             |- 4         `- 2
///        |- 4          `- 2
///        `- 2
///
/// Invariants (check_invariants): a branch is in one tree, once, or free; siblings are of different
/// tasks, since a sequence that begins like a branch goes below it; only a leaf may have an unknown
/// footprint. What a tree must not contain follows from the sleep set of its node: WakeupTrees.
/// Complexity: O(1) to add and to take off; 16 bytes a branch. Freed branches are used again.
class WakeupForest {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;
  static constexpr FootprintId not_known{0xFFFFFFFFU};

  /// A step that a tree wants, with the steps that it wants after that.
  struct Branch {
    std::uint32_t task;
    FootprintId footprint;      // Or not_known, if nothing comes after it.
    std::uint32_t first_child;  // Or none.
    std::uint32_t next;         // Sibling, or none.
  };

  [[nodiscard]] Branch& operator[](std::uint32_t branch) { return branches_[branch]; }
  [[nodiscard]] const Branch& operator[](std::uint32_t branch) const { return branches_[branch]; }
  /// The number of branches in all trees.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// In bytes.
  [[nodiscard]] std::size_t memory() const { return branches_.size() * sizeof(Branch); }

  void clear() {
    branches_.clear();
    first_free_ = none;
    size_ = 0;
  }
  /// Returns a new branch without a sibling. It is in no tree yet. May move all branches.
  [[nodiscard]] std::uint32_t add(std::uint32_t task, FootprintId footprint,
                                  std::uint32_t first_child);
  /// Takes the first branch off the tree `root`, which is not empty and afterwards begins with the
  /// next sibling. Returns the tree below that branch: sub(p) of [DPOR].
  [[nodiscard]] std::uint32_t take_first(std::uint32_t& root);

  /// Returns the branch at the end of the sequence of `tasks` in the tree `root`, or none.
  [[nodiscard]] std::uint32_t find(std::uint32_t root, std::span<const std::uint32_t> tasks) const;
  /// Returns the sequences of tasks that lead to the leaves, in order. O(their length).
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> leaves(std::uint32_t root) const;

  /// Writes the tree `root` for read(). `footprints` is the number of footprints in the table.
  void write(CheckpointWriter& checkpoint, std::uint32_t root, std::size_t footprints) const;
  /// Adds a tree that write() wrote and returns its name. Tasks must be below `tasks`, footprints
  /// below `footprints`; else the checkpoint fails.
  [[nodiscard]] std::uint32_t read(CheckpointReader& checkpoint, std::size_t tasks,
                                   std::size_t footprints);

  /// Aborts if an invariant of the class comment is broken; `roots` are the names of all trees. For
  /// tests and builds with COWEAVE_CHECK_INVARIANTS. O(branches * siblings).
  void check_invariants(std::span<const std::uint32_t> roots) const;

 private:
  Stack<Branch> branches_;           // Of all trees, and the free ones.
  std::uint32_t first_free_ = none;  // Free branches are a list by `next`.
  std::size_t size_ = 0;
};

}  // namespace coweave::detail
