#include "coweave/dependence/happens_before.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace coweave::test {
namespace {

using detail::HappensBefore;
using detail::objects_of;

constexpr std::uint32_t x = 1;
constexpr std::uint32_t y = 2;

void push(HappensBefore& order, std::uint32_t task, const std::vector<Access>& accesses,
          const std::vector<std::uint32_t>& enabled_by = {}) {
  order.push({task, accesses, enabled_by, 0, {}, false, false}, objects_of(accesses, false));
}

std::vector<std::uint32_t> all_before(const HappensBefore& order, std::uint32_t step) {
  std::vector<std::uint32_t> all;
  for (std::uint32_t other = 0; other < step; ++other)
    if (order.before(other, step)) all.push_back(other);
  return all;
}

std::vector<std::uint32_t> races(const HappensBefore& order, std::uint32_t step) {
  return {order.races(step).begin(), order.races(step).end()};
}

using Steps = std::vector<std::uint32_t>;

/// The table in the comment of HappensBefore.
void push_example(HappensBefore& order) {
  push(order, 1, {{x, AccessKind::write}});
  push(order, 2, {{x, AccessKind::write}});
  push(order, 1, {{y, AccessKind::write}});
  push(order, 3, {{x, AccessKind::read}, {y, AccessKind::read}});
  push(order, 1, {{x, AccessKind::write}});
}

TEST(HappensBefore, HasTheRelationOfItsExample) {
  HappensBefore order;
  push_example(order);
  order.check_invariants();
  EXPECT_EQ(all_before(order, 0), Steps{});
  EXPECT_EQ(all_before(order, 1), Steps{0});
  EXPECT_EQ(all_before(order, 2), Steps{0});
  EXPECT_EQ(all_before(order, 3), (Steps{0, 1, 2}));
  EXPECT_EQ(all_before(order, 4), (Steps{0, 1, 2, 3}));
  EXPECT_EQ(races(order, 0), Steps{});
  EXPECT_EQ(races(order, 1), Steps{0});
  EXPECT_EQ(races(order, 2), Steps{});
  EXPECT_EQ(races(order, 3), (Steps{1, 2}));
  EXPECT_EQ(races(order, 4), Steps{3});
}

TEST(HappensBefore, TakesStepsBackAsIfTheyHadNotBeen) {
  HappensBefore order;
  push_example(order);
  order.truncate(2);
  order.check_invariants();
  EXPECT_EQ(order.size(), 2U);
  push(order, 3, {{x, AccessKind::read}});
  order.check_invariants();
  EXPECT_EQ(all_before(order, 2), (Steps{0, 1}));
  EXPECT_EQ(races(order, 2), Steps{1});
}

TEST(HappensBefore, KeepsItsInvariantsBeyondOneWordOfSteps) {
  HappensBefore order;
  for (std::uint32_t step = 0; step < 150; ++step)
    push(order, 1 + step % 5, {{step % 7, step % 3 == 0 ? AccessKind::write : AccessKind::read}});
  order.check_invariants();
  order.truncate(40);
  order.check_invariants();
}

TEST(HappensBeforeDeathTest, AbortsIfAnEarlierStepIsAfterALaterOne) {
  HappensBefore order;
  push(order, 1, {{x, AccessKind::write}});
  const auto damage = [&order] {
    push(order, 2, {{y, AccessKind::write}}, {1});  // Enabled by itself.
    order.check_invariants();
  };
  EXPECT_DEATH(damage(), "coweave internal error");
}

TEST(HappensBeforeDeathTest, AbortsIfTheBitsOfAStepMissAnObject) {
  HappensBefore order;
  const auto damage = [&order] {
    const std::vector<Access> accesses{{x, AccessKind::write}};
    order.push({1, accesses, {}, 0, {}, false, false}, 0);
    order.check_invariants();
  };
  EXPECT_DEATH(damage(), "coweave internal error");
}

}  // namespace
}  // namespace coweave::test
