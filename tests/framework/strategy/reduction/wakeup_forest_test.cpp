#include "coweave/strategy/reduction/wakeup_forest.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace coweave::test {
namespace {

using detail::CheckpointReader;
using detail::CheckpointWriter;
using detail::FootprintId;
using detail::WakeupForest;

constexpr std::uint32_t none = WakeupForest::none;
constexpr FootprintId footprint{0};
using Sequences = std::vector<std::vector<std::uint32_t>>;

/// The first tree in the comment of WakeupForest: the sequences 2, 3.4 and 3.2.
std::uint32_t example(WakeupForest& forest) {
  const std::uint32_t after_3 = forest.add(4, footprint, none);
  forest[after_3].next = forest.add(2, footprint, none);
  const std::uint32_t root = forest.add(2, footprint, none);
  forest[root].next = forest.add(3, footprint, after_3);
  return root;
}

void check(const WakeupForest& forest, std::uint32_t first, std::uint32_t second = none) {
  forest.check_invariants(std::array{first, second});
}

TEST(WakeupForest, KeepsTheTreesOfItsExample) {
  WakeupForest forest;
  std::uint32_t root = example(forest);
  EXPECT_EQ(forest.leaves(root), (Sequences{{2}, {3, 4}, {3, 2}}));
  check(forest, root);

  EXPECT_EQ(forest.take_first(root), none);
  EXPECT_EQ(forest.leaves(root), (Sequences{{3, 4}, {3, 2}}));
  check(forest, root);

  const std::uint32_t below = forest.take_first(root);
  EXPECT_EQ(root, none);
  EXPECT_EQ(forest.leaves(below), (Sequences{{4}, {2}}));
  EXPECT_EQ(forest.size(), 2U);
  check(forest, root, below);
}

TEST(WakeupForest, UsesFreedBranchesAgain) {
  WakeupForest forest;
  std::uint32_t root = example(forest);
  const std::size_t before = forest.memory();
  static_cast<void>(forest.take_first(root));
  const std::uint32_t added = forest.add(5, footprint, none);
  EXPECT_EQ(forest.memory(), before);
  check(forest, root, added);
}

TEST(WakeupForest, FindsTheBranchOfASequence) {
  WakeupForest forest;
  const std::uint32_t root = example(forest);
  const std::uint32_t found = forest.find(root, std::array{3U, 2U});
  ASSERT_NE(found, none);
  EXPECT_EQ(forest[found].task, 2U);
  EXPECT_EQ(forest.find(root, std::array{2U, 3U}), none);
}

TEST(WakeupForest, ReadsTheTreeThatItWrote) {
  WakeupForest forest;
  const std::uint32_t root = example(forest);
  CheckpointWriter writer;
  forest.write(writer, root, 1);
  const std::vector<std::uint64_t> numbers = writer.take();
  CheckpointReader reader(numbers);
  WakeupForest other;
  const std::uint32_t read = other.read(reader, 5, 1);
  EXPECT_TRUE(reader.is_complete());
  EXPECT_EQ(other.leaves(read), forest.leaves(root));
  check(other, read);
}

TEST(WakeupForestDeathTest, AbortsIfABranchIsInTwoTrees) {
  WakeupForest forest;
  const std::uint32_t root = example(forest);
  EXPECT_DEATH(check(forest, root, root), "coweave internal error");
}

TEST(WakeupForestDeathTest, AbortsIfABranchIsInNoTree) {
  WakeupForest forest;
  const std::uint32_t root = example(forest);
  forest[root].next = none;
  EXPECT_DEATH(check(forest, root), "coweave internal error");
}

TEST(WakeupForestDeathTest, AbortsIfSiblingsAreOfOneTask) {
  WakeupForest forest;
  const std::uint32_t root = example(forest);
  forest[root].task = 3;
  EXPECT_DEATH(check(forest, root), "coweave internal error");
}

TEST(WakeupForestDeathTest, AbortsIfAnInnerStepIsNotKnown) {
  WakeupForest forest;
  const std::uint32_t root = example(forest);
  forest[forest[root].next].footprint = WakeupForest::not_known;
  EXPECT_DEATH(check(forest, root), "coweave internal error");
}

}  // namespace
}  // namespace coweave::test
