#include "coweave/strategy/exhaustive.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"
#include "framework/strategy/recorded_picks.hpp"

namespace coweave {
namespace {

using test::Picks;
using testing::Each;

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}

Task<> tasks_of_yields(int tasks, int times) {
  std::vector<TaskHandle<>> handles;
  for (int i = 0; i < tasks; ++i) handles.push_back(spawn(yields(times)));
  for (const TaskHandle<>& handle : handles) co_await handle;
}

Task<> gathered(int tasks, int times) {
  if (tasks == 1) co_await gather(yields(times));
  if (tasks == 2) co_await gather(yields(times), yields(times));
  if (tasks == 3) co_await gather(yields(times), yields(times), yields(times));
  if (tasks == 4) co_await gather(yields(times), yields(times), yields(times), yields(times));
}

struct Program {
  int tasks;
  int yields;
  std::size_t schedules;
};

// N tasks of K + 1 steps: (N(K+1))! / ((K+1)!)^N.
constexpr Program programs[] = {
    {1, 0, 1},  {1, 5, 1},                                  // One task: one order.
    {2, 0, 2},  {2, 1, 6},     {2, 2, 20},    {2, 4, 252},  // 2!, 4!/(2!)^2, 6!/(3!)^2, 10!/(5!)^2.
    {3, 0, 6},  {3, 1, 90},    {3, 2, 1'680},               // 3!, 6!/(2!)^3, 9!/(3!)^3.
    {4, 0, 24}, {4, 1, 2'520},                              // 4!, 8!/(2!)^4.
};

std::vector<Picks> enumerate(const Program& program) {
  const auto body = [program] { return gathered(program.tasks, program.yields); };
  return test::picks_of_exploration(body, exhaustive());
}

TEST(ExhaustiveStrategy, HasEverySchedule) {
  for (const Program& program : programs)
    EXPECT_EQ(enumerate(program).size(), program.schedules)
        << program.tasks << " tasks of " << program.yields << " yields";
}

TEST(ExhaustiveStrategy, HasEachScheduleOnce) {
  for (const Program& program : programs) {
    const std::vector<Picks> executions = enumerate(program);
    const std::set<Picks> distinct(executions.begin(), executions.end());
    EXPECT_EQ(distinct.size(), executions.size());
  }
}

// Depth first: each sequence of picks follows the one before in lexicographic order, from zeros on.
TEST(ExhaustiveStrategy, BeginsWithTheProductionOrderAndAdvancesTheLastPick) {
  const std::vector<Picks> executions = enumerate({3, 2, 1'680});
  EXPECT_THAT(executions.front(), Each(0U));
  EXPECT_TRUE(std::is_sorted(executions.begin(), executions.end()));
}

TEST(ExhaustiveStrategy, ReachesEveryOutcome) {
  std::set<std::string> outcomes;
  std::string log;
  const auto body = [&outcomes, &log] {
    const auto program = [](std::set<std::string>& seen, std::string& entries) -> Task<> {
      const auto twice = [](std::string& to, char name) -> Task<> {
        to += name;
        co_await yield();
        to += name;
      };
      co_await gather(twice(entries, 'a'), twice(entries, 'b'));
      seen.insert(entries);
    };
    log.clear();
    return program(outcomes, log);
  };
  EXPECT_THAT(explore(body, {.strategy = exhaustive()}), PassesExhaustively());
  EXPECT_EQ(outcomes, (std::set<std::string>{"aabb", "abab", "abba", "baab", "baba", "bbaa"}));
}

// The body B spawns a and b, of one step each, and joins them in turn. a b: when a has ended B is
// ready beside b, and either may be next. b a: only B is left. 2 + 1.
TEST(ExhaustiveStrategy, CountsTheStepsOfTheBodyWhereOthersAreReady) {
  const auto body = [] { return tasks_of_yields(2, 0); };
  EXPECT_EQ(test::picks_of_exploration(body, exhaustive()).size(), 3U);
}

/// Drives the strategy by hand through a tree: `arity` gives the number of alternatives after a
/// prefix, 0 at a leaf.
template <class Arity>
std::vector<Picks> leaves_of(Arity arity) {
  ExhaustiveStrategy strategy;
  std::vector<Picks> leaves;
  for (std::uint64_t number = 1; strategy.begin_execution(number); ++number) {
    EXPECT_FALSE(strategy.is_exhausted());
    Picks prefix;
    while (const std::uint32_t alternatives = arity(prefix))
      prefix.push_back(strategy.choose(alternatives));
    leaves.push_back(prefix);
  }
  EXPECT_TRUE(strategy.is_exhausted());
  return leaves;
}

// The root has three branches: a leaf, a node of two leaves, and two levels of two: 1 + 2 + 4.
TEST(ExhaustiveStrategy, WalksTreesOfUnevenDepth) {
  const auto uneven = [](const Picks& prefix) -> std::uint32_t {
    if (prefix.empty()) return 3;
    return prefix.size() <= prefix.front() ? 2 : 0;
  };
  EXPECT_EQ(leaves_of(uneven),
            (std::vector<Picks>{{0}, {1, 0}, {1, 1}, {2, 0, 0}, {2, 0, 1}, {2, 1, 0}, {2, 1, 1}}));
}

TEST(ExhaustiveStrategy, OfNoDecisionsHasOneExecution) {
  EXPECT_EQ(leaves_of([](const Picks& /*prefix*/) { return 0U; }).size(), 1U);
}

TEST(ExhaustiveStrategy, ThrowsWhereTheSamePicksOfferSomethingElse) {
  ExhaustiveStrategy strategy;
  ASSERT_TRUE(strategy.begin_execution(1));
  EXPECT_EQ(strategy.choose(2), 0U);
  EXPECT_EQ(strategy.choose(2), 0U);
  ASSERT_TRUE(strategy.begin_execution(2));
  EXPECT_THROW(static_cast<void>(strategy.choose(3)), Strategy::Nondeterminism);
}

TEST(ExhaustiveStrategy, ThatIsCutShortClaimsNothing) {
  ExhaustiveStrategy strategy;
  ASSERT_TRUE(strategy.begin_execution(1));
  EXPECT_EQ(strategy.choose(2), 0U);
  EXPECT_FALSE(strategy.is_exhausted());
}

}  // namespace
}  // namespace coweave
