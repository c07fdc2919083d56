#include "coweave/strategy/surw.hpp"

#include <algorithm>
#include <utility>

#include "coweave/gtest.hpp"
#include "framework/strategy/distribution.hpp"

namespace coweave {
namespace {

using test::chi_square;
using test::chi_square_bound;
using test::Counts;
using test::Probabilities;
using test::sample;
using test::SimulatedProgram;
using test::SimulatedTask;
using test::uniform;

constexpr std::uint64_t shared = 100;

SimulatedTask task_of(std::initializer_list<std::uint64_t> objects) {
  SimulatedTask task;
  for (const std::uint64_t object : objects) task.steps.push_back({{{object, true}}});
  return task;
}

// Only `shared` is contended. a touches it in its steps 2 and 5, b in 1 and 2, c in none.
SimulatedProgram mostly_private(bool reports) {
  return SimulatedProgram(
      {task_of({1, shared, 1, 1, shared}), task_of({shared, shared, 2}), task_of({3, 3, 3, 3})},
      reports);
}

/// The order of the steps that touch `shared`.
std::string shared_steps(const std::string& order) {
  std::size_t a = 0;
  std::size_t b = 0;
  std::string result;
  for (const char task : order) {
    if (task == 'a' && (++a == 2 || a == 5)) result += task;
    if (task == 'b' && ++b <= 2) result += task;
  }
  return result;
}

// 4!/(2! 2!) = 6 orders of the four steps that matter.
TEST(Surw, IsUniformOverTheInterleavingsOfTheSelectedSteps) {
  const Counts counts = sample(mostly_private(true), surw(), 1, 30'000, shared_steps);
  EXPECT_EQ(counts.size(), 6U);
  EXPECT_LT(chi_square(counts, uniform(counts)), chi_square_bound(uniform(counts)));
}

// Being uniform over all interleavings is another distribution of these four.
TEST(Surw, DiffersFromUrwWhereMostStepsArePrivate) {
  const Counts counts = sample(mostly_private(true), urw(), 1, 30'000, shared_steps);
  EXPECT_EQ(counts.size(), 6U);
  EXPECT_GT(chi_square(counts, uniform(counts)), 10 * chi_square_bound(uniform(counts)));
}

// 5!/(2! 2! 1!) = 30.
TEST(Surw, IsUniformOverAllInterleavingsWhereNothingIsReported) {
  SimulatedProgram program(
      {test::steps_of_its_own(2), test::steps_of_its_own(2), test::steps_of_its_own(1)}, false);
  const Counts counts = sample(std::move(program), surw(), 1, 30'000);
  EXPECT_EQ(counts.size(), 30U);
  EXPECT_LT(chi_square(counts, uniform(counts)), chi_square_bound(uniform(counts)));
}

// The child's steps belong to its parent's weight until it is spawned. x is touched by b twice, and
// by a's child c twice: 6 orders, though c exists only after a's private first step.
TEST(Surw, CountsTheSelectedStepsOfDescendants) {
  SimulatedProgram program({{{{{{1, true}}, 2}, {{{1, true}}}}},
                            task_of({shared, shared}),
                            {{{{{shared, true}}}, {{{shared, true}}}}, true}});
  const Counts counts = sample(std::move(program), surw(), 5, 30'000, [](std::string order) {
    std::erase(order, 'a');
    return order;
  });
  EXPECT_EQ(counts.size(), 6U);
  EXPECT_LT(chi_square(counts, uniform(counts)), chi_square_bound(uniform(counts)));
}

// A selected step that never comes (the program takes another way than the one that was learned)
// must not stop the others.
TEST(Surw, GoesOnWhereTheStepsAreNotThoseExpected) {
  const std::unique_ptr<Strategy> strategy = surw().make(1);
  SimulatedProgram first({task_of({shared, shared, shared}), task_of({shared, 2})});
  static_cast<void>(first.run(*strategy, 1));
  for (std::uint64_t number = 2; number < 200; ++number) {
    SimulatedProgram other(
        {task_of({shared}), task_of({2, 2, 2, 2, shared}), task_of({shared, 9})});
    EXPECT_EQ(other.run(*strategy, number).size(), 8U);
  }
}

}  // namespace
}  // namespace coweave
