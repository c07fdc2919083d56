#include "coweave/strategy/pos.hpp"

#include <utility>

#include "coweave/gtest.hpp"
#include "framework/strategy/distribution.hpp"

namespace coweave {
namespace {

using test::chi_square;
using test::chi_square_bound;
using test::Probabilities;
using test::sample;
using test::SimulatedProgram;
using test::SimulatedTask;

constexpr std::uint64_t x = 100;
constexpr std::uint64_t y = 101;
constexpr std::uint64_t executions = 60'000;

SimulatedTask writes(std::initializer_list<std::uint64_t> objects) {
  SimulatedTask task;
  for (const std::uint64_t object : objects) task.steps.push_back({{{object, true}}});
  return task;
}
SimulatedTask reads(std::uint64_t object) { return {{{{{object, false}}}}}; }

void expect_distribution(SimulatedProgram program, const Probabilities& expected) {
  EXPECT_LT(chi_square(sample(std::move(program), pos(), 1, executions), expected),
            chi_square_bound(expected));
}

// a writes x; b writes y, then x. First: 1/2 each. After b's first step a keeps its priority, which
// is the smaller of two; b's next is a third: the largest of the three with probability 1 - 1/3..
// that a is larger than a fresh one is E[min(U, V)] = 1/3.
TEST(Pos, KeepsThePriorityOfAStepThatDoesNotConflict) {
  expect_distribution(SimulatedProgram({writes({x}), writes({y, x})}),
                      {{"abb", 1. / 2}, {"bab", 1. / 2 * 1 / 3}, {"bba", 1. / 2 * 2 / 3}});
}

// As above, but b's first step conflicts with a's, which draws anew.
TEST(Pos, DrawsAnewForAStepThatConflicts) {
  expect_distribution(SimulatedProgram({writes({x}), writes({x, x})}),
                      {{"abb", 1. / 2}, {"bab", 1. / 4}, {"bba", 1. / 4}});
}

// a and b write x, c writes y. Each is first with 1/3. After a, b draws anew; c keeps what it has:
// given that a's was the largest of three, E[c] = 3/4 * 1/2 = 3/8 is the probability that c's is
// larger than a fresh one. After c, a and b keep theirs.
TEST(Pos, HasTheProbabilitiesOfThreeTasks) {
  expect_distribution(SimulatedProgram({writes({x}), writes({x}), writes({y})}),
                      {{"acb", 1. / 3 * 3 / 8},
                       {"abc", 1. / 3 * 5 / 8},
                       {"bca", 1. / 3 * 3 / 8},
                       {"bac", 1. / 3 * 5 / 8},
                       {"cab", 1. / 6},
                       {"cba", 1. / 6}});
}

// Reads do not conflict with one another: a's keeps its priority after b's.
TEST(Pos, TakesTwoReadsForIndependent) {
  SimulatedProgram program({reads(x), {{{{{x, false}}}, {{{x, true}}}}}});
  expect_distribution(std::move(program), {{"abb", 1. / 2}, {"bab", 1. / 6}, {"bba", 1. / 3}});
}

// Without reports any two steps may conflict: the uniform walk.
TEST(Pos, IsTheUniformWalkWhereNothingIsReported) {
  expect_distribution(SimulatedProgram({writes({x}), writes({y, x})}, false),
                      {{"abb", 1. / 2}, {"bab", 1. / 4}, {"bba", 1. / 4}});
}

}  // namespace
}  // namespace coweave
