#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "coweave/core/hash.hpp"
#include "coweave/strategy/reduction/source_sets.hpp"
#include "coweave/strategy/reduction/wakeup_trees.hpp"
#include "framework/strategy/reduction/one_search.hpp"

// Each check of the structures of a search sees the damage that it is there for.

namespace coweave::test {
namespace {

using detail::FootprintId;
using detail::FootprintTable;
using detail::HappensBefore;
using detail::HashIndex;
using detail::SourceSets;
using detail::StepMemory;
using detail::WakeupTrees;

/// What a check prints that finds `claim` broken.
std::string broken(const std::string& claim) { return "coweave internal error: .*" + claim; }

/// A search after its first execution, b p q r b, ready to be damaged.
template <class Search>
std::unique_ptr<OneSearch<Search>> after_one_execution(Task<> (*body)() = one_race) {
  auto search = std::make_unique<OneSearch<Search>>(body);
  EXPECT_TRUE(search->begin());
  EXPECT_EQ(search->run(), "bpqrb");
  search->check_invariants();
  return search;
}

TEST(InvariantsDeathTest, HashIndexCountsItsEntries) {
  HashIndex index;
  for (std::uint32_t number = 0; number < 2'000; ++number) index.insert(mix(number), number);
  index.check_invariants();
  index.insert(mix(3'000), HashIndex::none);  // Which is no number: nothing is stored.
  EXPECT_DEATH(index.check_invariants(), broken("used == size_"));
}

TEST(InvariantsDeathTest, FootprintTableKnowsItsFootprints) {
  const std::vector<Access> accesses{{1, AccessKind::read}};
  FootprintTable table;
  const FootprintId number = table.number_of(accesses, false);
  table.check_invariants();
  const_cast<Access&>(table[number].accesses.front()).kind = AccessKind::write;
  EXPECT_DEATH(table.check_invariants(), broken("hash_of"));
}

TEST(InvariantsDeathTest, PathHasATaskUnderWayAtEachNodeButTheLast) {
  const auto search = after_one_execution<SourceSets>();
  search->node(1).current = 0;
  EXPECT_DEATH(search->check_invariants(), broken("node.current != 0"));
}

TEST(InvariantsDeathTest, TaskUnderWayDoesNotSleep) {
  const auto search = after_one_execution<SourceSets>();
  search->node(1).sleep.emplace_back(search->node(1).current, FootprintId{0});
  EXPECT_DEATH(search->check_invariants(), broken("sleeper.task != node.current"));
}

TEST(InvariantsDeathTest, NoTaskSleepsTwice) {
  const auto search = after_one_execution<SourceSets>();
  for (int i = 0; i < 2; ++i) search->node(5).sleep.emplace_back(4U, FootprintId{0});
  EXPECT_DEATH(search->check_invariants(), broken("node.sleeper"));
}

TEST(InvariantsDeathTest, SleepSetsAreHandedOnToIndependentSteps) {
  const auto search = after_one_execution<SourceSets>();
  ASSERT_TRUE(search->begin());
  ASSERT_EQ(search->run(), "bqrpb");
  ASSERT_EQ(search->sleep(2), "p");
  search->node(2).sleep.clear();
  EXPECT_DEATH(search->check_invariants(), broken("inherited"));
}

TEST(InvariantsDeathTest, ChoicesHaveOneOfTheirValues) {
  const auto search = after_one_execution<SourceSets>();
  search->node(1).choices.push_back({2, 2});
  EXPECT_DEATH(search->check_invariants(), broken("choice.value < choice.alternatives"));
}

/// Source sets whose lists a test may damage.
class DamagedSourceSets : public SourceSets {
 public:
  void forget_backtrack(std::size_t steps) { SourceSets::extended(steps); }
};

TEST(InvariantsDeathTest, SourceSetHasTheTaskUnderWay) {
  const auto search = after_one_execution<DamagedSourceSets>();
  search->forget_backtrack(1);
  EXPECT_DEATH(search->check_invariants(), broken("is_among"));
}

TEST(InvariantsDeathTest, RootOfAWakeupTreeDoesNotSleep) {
  const auto search = after_one_execution<WakeupTrees>();
  ASSERT_EQ(search->letters(search->wakeup_tree(1)), std::vector<std::string>{"qr"});
  const std::uint32_t q = 3;
  search->node(1).sleep.emplace_back(q, search->node(1).footprint);  // p wakes it.
  EXPECT_DEATH(search->check_invariants(), broken("is_asleep"));
}

/// Wakeup trees that a test may damage.
class DamagedTrees : public WakeupTrees {
 public:
  void forget_tree(std::size_t steps) { tree_node(steps).tree = detail::WakeupForest::none; }
  [[nodiscard]] FootprintId footprint_of_nothing() { return footprints_.number_of({}, false); }
};

TEST(InvariantsDeathTest, EachBranchIsInATree) {
  const auto search = after_one_execution<DamagedTrees>();
  search->forget_tree(1);
  EXPECT_DEATH(search->check_invariants(), broken("used == size_"));
}

TEST(InvariantsDeathTest, LeafOfAWakeupTreeWakesEachSleeper) {
  const auto search = after_one_execution<DamagedTrees>(three_writers);
  ASSERT_EQ(search->letters(search->wakeup_tree(1)), std::vector<std::string>{"q"});
  const std::uint32_t other = 5;  // A task that has no step.
  const FootprintId nothing = search->footprint_of_nothing();
  for (const std::size_t steps : {1U, 2U, 3U, 4U})
    search->node(steps).sleep.emplace_back(other, nothing);
  EXPECT_DEATH(search->check_invariants(), broken("may_come_first"));
}

TEST(InvariantsDeathTest, StepMemoryHasTheStepsOfTheOrder) {
  const auto search = after_one_execution<WakeupTrees>();
  StepMemory memory;
  memory.check_invariants(HappensBefore());
  EXPECT_DEATH(memory.check_invariants(search->order()), broken("order.size"));
}

/// A search whose memory has seen less than the relation says that its steps did.
class ForgetfulMemory : public SourceSets {
 public:
  StepMemory memory;

 protected:
  void step_known(const detail::StepAccesses& step) override {
    detail::StepAccesses less = step;
    if (order_.size() == 3) less.accesses = less.accesses.subspan(1);
    memory.push(less, log_);
  }
};

TEST(InvariantsDeathTest, StepMemoryHasTheChangesOfTheSteps) {
  const auto search = after_one_execution<ForgetfulMemory>();
  EXPECT_DEATH(search->memory.check_invariants(search->order()), broken("changes_"));
}

}  // namespace
}  // namespace coweave::test
