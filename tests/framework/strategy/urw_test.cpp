#include "coweave/strategy/urw.hpp"

#include <utility>

#include "coweave/gtest.hpp"
#include "framework/strategy/distribution.hpp"
#include "framework/strategy/recorded_picks.hpp"

namespace coweave {
namespace {

using test::chi_square;
using test::chi_square_bound;
using test::Counts;
using test::sample;
using test::SimulatedProgram;
using test::steps_of_its_own;
using test::uniform;

SimulatedProgram of_2_2_1_steps() {
  return SimulatedProgram({steps_of_its_own(2), steps_of_its_own(2), steps_of_its_own(1)});
}

// 5!/(2! 2! 1!) = 30 interleavings.
TEST(Urw, IsUniformOverInterleavings) {
  const Counts counts = sample(of_2_2_1_steps(), urw(), 1, 30'000);
  EXPECT_EQ(counts.size(), 30U);
  EXPECT_LT(chi_square(counts, uniform(counts)), chi_square_bound(uniform(counts)));
}

// The test above can fail: the uniform walk favours schedules in which tasks end early.
TEST(Urw, IsNotTheUniformWalk) {
  const Counts counts = sample(of_2_2_1_steps(), random_walk(), 1, 30'000);
  EXPECT_EQ(counts.size(), 30U);
  EXPECT_GT(chi_square(counts, uniform(counts)), 10 * chi_square_bound(uniform(counts)));
}

// a spawns c (2 steps) with its first of 2 steps; b has 3. After a's first step the rest of a and c
// have 3!/(1! 2!) = 3 orders; those 4 steps and b's 3 have 7!/(4! 3!) = 35 merges: 105. Weights
// that leave descendants out would give b's first step 3/5 instead of 3/7.
TEST(Urw, CountsTheStepsOfDescendants) {
  SimulatedProgram program({{{{{}, 2}, {}}}, steps_of_its_own(3), {{{}, {}}, true}});
  const Counts counts = sample(std::move(program), urw(), 1, 50'000);
  EXPECT_EQ(counts.size(), 105U);
  EXPECT_LT(chi_square(counts, uniform(counts)), chi_square_bound(uniform(counts)));
}

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}
Task<> of_coroutines() { co_await gather(yields(0), yields(1), yields(2)); }

// 6!/(1! 2! 3!) = 60 interleavings, of real tasks. The picks name the schedule.
TEST(Urw, IsUniformOverInterleavingsOfCoroutines) {
  std::vector<test::Picks> executions =
      test::picks_of_exploration(of_coroutines, urw(), {.seed = 3, .max_schedules = 40'001});
  ASSERT_EQ(executions.size(), 40'001U);
  Counts counts;
  for (std::size_t i = 1; i < executions.size(); ++i) {
    std::string name;
    for (const std::uint32_t pick : executions[i]) name += static_cast<char>('0' + pick);
    ++counts[name];
  }
  EXPECT_EQ(counts.size(), 60U);
  EXPECT_LT(chi_square(counts, uniform(counts)), chi_square_bound(uniform(counts)));
}

}  // namespace
}  // namespace coweave
