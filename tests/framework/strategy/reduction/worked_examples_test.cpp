#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

#include "coweave/strategy/reduction/plain_search.hpp"
#include "coweave/strategy/reduction/source_sets.hpp"
#include "coweave/strategy/reduction/wakeup_trees.hpp"
#include "framework/strategy/reduction/linear_extensions.hpp"
#include "framework/strategy/reduction/one_search.hpp"

// The worked examples in the comments of the engines, step by step with the engines themselves: a
// comment that is no longer true fails here.

namespace coweave::test {
namespace {

using detail::Footprint;
using detail::FootprintTable;
using detail::PlainSearch;
using detail::SourceSets;
using detail::StepMemory;
using detail::WakeupTrees;
using Trees = std::vector<std::string>;

/// Keeps the tree that each node of the path was given.
class ShownTrees : public WakeupTrees {
 public:
  std::map<std::size_t, Trees> inherited;

 protected:
  void extended(std::size_t steps) override {
    WakeupTrees::extended(steps);
    inherited[steps] = OneSearch<WakeupTrees>::letters(wakeup_tree(steps));
  }
};

TEST(WorkedExamples, WakeupTreesReverseOneRace) {
  OneSearch<ShownTrees> search(one_race);
  const auto tree = [&](std::size_t steps) { return search.letters(search.wakeup_tree(steps)); };
  ASSERT_TRUE(search.begin());
  EXPECT_EQ(search.run(), "bpqrb");
  EXPECT_EQ(std::vector(search.order().races(3).begin(), search.order().races(3).end()),
            std::vector<std::uint32_t>{1});
  EXPECT_EQ(search.sleep(1), "");
  EXPECT_EQ(tree(1), Trees{"qr"});

  ASSERT_TRUE(search.begin());
  EXPECT_EQ(search.sleep(1), "p");
  EXPECT_EQ(tree(1), Trees{"qr"});
  EXPECT_EQ(search.run(), "bqrpb");
  EXPECT_EQ(search.inherited[2], Trees{"r"});
  EXPECT_EQ(search.sleep(2), "p");
  EXPECT_EQ(search.sleep(3), "");
  for (std::size_t steps = 0; steps < 5; ++steps) EXPECT_EQ(tree(steps), Trees{});

  EXPECT_FALSE(search.begin());
  EXPECT_TRUE(search.is_exhausted());
  EXPECT_EQ(search.classes(), 2U);
  EXPECT_EQ(search.executions(), 2U);
  EXPECT_EQ(search.probes(), 0U);
}

TEST(WorkedExamples, WakeupTreesKeepSiblings) {
  OneSearch<WakeupTrees> search(three_writers);
  const auto tree = [&](std::size_t steps) { return search.letters(search.wakeup_tree(steps)); };
  ASSERT_TRUE(search.begin());
  EXPECT_EQ(search.run(), "bpqrb");
  EXPECT_EQ(tree(1), Trees{"q"});
  EXPECT_EQ(tree(2), Trees{"r"});

  ASSERT_TRUE(search.begin());
  EXPECT_EQ(search.run(), "bprqb");
  EXPECT_EQ(tree(1), (Trees{"q", "r"}));
  while (search.begin()) search.run();
  EXPECT_EQ(search.executions(), 6U);
  EXPECT_EQ(search.probes(), 0U);
}

TEST(WorkedExamples, SourceSetsReverseOneRace) {
  OneSearch<SourceSets> search(one_race);
  ASSERT_TRUE(search.begin());
  EXPECT_EQ(search.run(), "bpqrb");
  EXPECT_EQ(search.letters(search.backtrack(1)), "pq");

  ASSERT_TRUE(search.begin());
  EXPECT_EQ(search.sleep(1), "p");
  EXPECT_EQ(search.run(), "bqrpb");
  EXPECT_EQ(search.letters(search.backtrack(2)), "rp");

  EXPECT_FALSE(search.begin());
  EXPECT_EQ(search.executions(), 2U);
  EXPECT_EQ(search.classes(), 2U);
  EXPECT_EQ(search.blocked(), 0U);
}

TEST(WorkedExamples, SleepSetsOfThePath) {
  OneSearch<SourceSets> search(one_race);
  ASSERT_TRUE(search.begin());
  EXPECT_EQ(search.run(), "bpqrb");
  for (std::size_t steps = 0; steps <= 5; ++steps) EXPECT_EQ(search.sleep(steps), "");
  ASSERT_TRUE(search.begin());
  EXPECT_EQ(search.sleep(1), "p");
  EXPECT_EQ(search.run(), "bqrpb");
  EXPECT_EQ(search.sleep(2), "p");
  EXPECT_EQ(search.sleep(3), "");
}

TEST(WorkedExamples, ThreeInterleavingsAreTwoClasses) {
  PlainSearch search;
  std::map<std::string, std::uint64_t> class_of;
  std::map<std::string, std::uint64_t> extensions;
  detail::Execution execution({AwaitPoints::every, 1'000, {}});
  for (std::uint64_t number = 1; search.begin_execution(number); ++number) {
    execution.run([] { detail::spawn_root(one_race(), {}, false, {}); }, search,
                  {.accesses = search.accesses()});
    search.end_execution(execution.steps());
    search.check_invariants();
    std::string steps;
    for (std::size_t step = 0; step < search.order().size(); ++step)
      steps += "?bpqr"[search.order().task(step)];
    class_of[steps] = search.last_class();
    extensions[steps] = linear_extensions(search.order());
  }
  ASSERT_EQ(class_of.size(), 3U);
  EXPECT_EQ(class_of.at("bpqrb"), class_of.at("bqprb"));
  EXPECT_NE(class_of.at("bpqrb"), class_of.at("bqrpb"));
  EXPECT_EQ(extensions.at("bpqrb"), 2U);
  EXPECT_EQ(extensions.at("bqrpb"), 1U);
  EXPECT_EQ(search.classes(), 2U);
}

Task<> writes_y_if_x_is_zero(Shared<int>& x, Shared<int>& y) {
  if (x.read() == 0) y.write(1);
  co_return;
}

Task<> conditional_writer() {
  Shared<int> x;
  Shared<int> y;
  spawn(writes_y_if_x_is_zero(x, y));
  spawn(write_cell(x, 1));
  co_await wait_all_tasks_blocked();
}

/// Source sets with a memory, as wakeup trees have one.
class Remembers : public SourceSets {
 public:
  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    const bool goes_on = SourceSets::begin_execution(number);
    memory.truncate(order_.size());
    return goes_on;
  }
  StepMemory memory;

 protected:
  void step_known(const detail::StepAccesses& step) override { memory.push(step, log_); }
  void execution_known() override {
    memory.learn(order_);
    memory.check_invariants(order_);
  }
};

TEST(StepMemory, RecallsTheStepOfItsExample) {
  OneSearch<Remembers> search(conditional_writer);
  const std::array<std::uint64_t, 1> step_1{1U << 1U};
  const std::array<std::uint64_t, 1> step_2{1U << 2U};
  Footprint found;
  const auto is_of = [&](std::size_t step) {
    return std::ranges::equal(found.accesses, search.order().footprint(step).accesses);
  };
  ASSERT_TRUE(search.begin());
  ASSERT_EQ(search.run(), "bpqb");  // p is the task 1 of the comment, q the task 2.
  EXPECT_TRUE(search.memory.recall(search.order(), 1, {}, 1, found));
  EXPECT_TRUE(is_of(1));
  const std::vector<Access> read_and_write = found.accesses;
  EXPECT_FALSE(search.memory.recall(search.order(), 1, step_2, 1, found));

  ASSERT_TRUE(search.begin());
  ASSERT_EQ(search.run(), "bqpb");
  EXPECT_TRUE(search.memory.recall(search.order(), 1, step_1, 2, found));
  EXPECT_TRUE(is_of(2));
  EXPECT_LT(found.accesses.size(), read_and_write.size());
  EXPECT_TRUE(search.memory.recall(search.order(), 1, {}, 2, found));
  EXPECT_EQ(found.accesses, read_and_write);
}

TEST(FootprintTable, NumbersTheFootprintsOfItsExample) {
  constexpr std::uint32_t x = 1;
  constexpr std::uint32_t y = 2;
  const std::vector<Access> read{{x, AccessKind::read}};
  const std::vector<Access> read_write{{x, AccessKind::read}, {y, AccessKind::write}};
  const std::vector<Access> write_read{{y, AccessKind::write}, {x, AccessKind::read}};
  FootprintTable table;
  EXPECT_EQ(table.number_of(read, false), detail::FootprintId{0});
  EXPECT_EQ(table.number_of(read_write, false), detail::FootprintId{1});
  EXPECT_EQ(table.number_of(write_read, false), detail::FootprintId{2});
  EXPECT_EQ(table.number_of(read, true), detail::FootprintId{3});
  EXPECT_EQ(table.number_of(read, false), detail::FootprintId{0});
  table.check_invariants();
}

}  // namespace
}  // namespace coweave::test
