#include <algorithm>
#include <cmath>
#include <ostream>
#include <string>

#include "coweave/gtest.hpp"
#include "sctbench_catalog.hpp"
#include "strategies.hpp"

// The ports of SCTBench: how many schedules they have, and how often each random strategy finds
// their bugs, against arithmetic and against the numbers of a model of them in another language.

namespace {

using coweave::Report;
using coweave::StrategyRecipe;
using programs::sctbench::failing_share;
using programs::sctbench::options_of;
using programs::sctbench::Port;
using programs::sctbench::ports;

const Port& port_of(std::string_view name) {
  return *std::find_if(ports.begin(), ports.end(),
                       [name](const Port& port) { return port.name == name; });
}

struct Counted {
  std::string_view name;
  std::uint64_t schedules;
  std::uint64_t failing;
};

void PrintTo(const Counted& counted, std::ostream* out) { *out << counted.name; }

class Sctbench : public testing::TestWithParam<Counted> {};

TEST_P(Sctbench, HasTheCountsOfArithmetic) {
  const Report report = coweave::explore(port_of(GetParam().name).body,
                                         options_of(coweave::exhaustive(), 0, 10'000'000));
  EXPECT_THAT(report.verdict_detail, testing::StartsWith("every interleaving: "));
  EXPECT_EQ(report.schedules, GetParam().schedules);
  EXPECT_EQ(report.failing, GetParam().failing);
}

INSTANTIATE_TEST_SUITE_P(
    Counts, Sctbench,
    testing::Values(
        // 5!/(2! 2!); the check after one first step: 2 * 3 orders of the rest; after both: 2! *
        // 2!.
        Counted{"reorder_3", 30, 10},
        // 7!/(2!)^3 = 630. After j first steps of 3 (3!/(3-j)! orders) the rest: j second steps and
        // the 3 - j other tasks: 5!/(2! 2!), 4!/2!, 3!: 3 * 30 + 6 * 12 + 6 * 6.
        Counted{"reorder_4", 630, 198},
        // The reader first: it ends at once, 1. Else 3 places of the writer's second step; one
        // fails.
        Counted{"twostage", 4, 1},
        Counted{"account", 6, 2},  // 3!; those in which the check is last: 2!.
        Counted{"lazy01", 6, 2},
        Counted{"token_ring", 24, 5},  // 4!; the check last, and not the one right order of 3!.
        // 5!/2! = 60; those where nobody is between the two steps: 4! = 24.
        Counted{"wronglock_3", 60, 36}, Counted{"phase01", 6, 6}),  // 4!/(2! 2!)
    [](const testing::TestParamInfo<Counted>& entry) { return std::string(entry.param.name); });

TEST(SctbenchPorts, PassInProductionOrderWhereTheySaySo) {
  for (const Port& port : ports) {
    const Report report = coweave::explore(port.body, options_of(coweave::production(), 0, 1));
    EXPECT_EQ(report.failing == 0, port.passes_in_production_order) << port.name;
  }
}

// Each small one's bug is found by every strategy.
TEST(SctbenchPorts, FailUnderEveryRandomStrategy) {
  for (const auto& [strategy, sort] : programs::shipped_strategies) {
    if (sort != programs::StrategySort::random) continue;
    for (const std::string_view name :
         {"reorder_3", "reorder_4", "twostage", "token_ring", "wronglock_3", "bluetooth_driver"})
      EXPECT_GT(failing_share(port_of(name), coweave::strategy_named(strategy), 1, 500), 0)
          << strategy << " " << name;
  }
}

/// 1 - H(n) / n for n = writers + 1: the uniform walk takes the checker's first step when m of the
/// writers are left with equal probability for each m, and its second one at once with 1 / (m + 1).
double wronglock_by_walk(int writers) {
  double harmonic = 0;
  for (int m = 1; m <= writers + 1; ++m) harmonic += 1. / m;
  return 1 - harmonic / (writers + 1);
}

struct Exact {
  std::string_view strategy;
  std::string_view port;
  double share;
};

// 8,000 executions at a fixed seed: within five standard deviations.
TEST(SctbenchPorts, FailWithTheProbabilitiesOfArithmetic) {
  constexpr std::uint64_t executions = 8'000;
  for (const auto& [strategy, name, share] :
       {// A setter first: 2/3; then the check: 1/3, or the other setter: 1/3, and then the check:
        // 1/3.
        Exact{"random", "reorder_3", 2. / 3 * (1. / 3 + 1. / 9)},
        Exact{"random", "twostage", 1. / 8}, Exact{"random", "account", 1. / 3},
        Exact{"random", "token_ring", 5. / 24},
        Exact{"random", "wronglock_3", wronglock_by_walk(3)},
        Exact{"random", "wronglock", wronglock_by_walk(7)},
        // Uniform: failing of all; a reader that ends early still weighs two steps: 1 of 4!/(2!
        // 2!).
        Exact{"urw", "reorder_3", 10. / 30}, Exact{"urw", "reorder_4", 198. / 630},
        Exact{"urw", "twostage", 1. / 6}, Exact{"urw", "token_ring", 5. / 24},
        Exact{"urw", "wronglock_3", 36. / 60},
        // By enumeration of priorities and change points: two of 4 decisions, two of 3.
        Exact{"pct:depth=3", "reorder_3", 2. / 9}, Exact{"pct:depth=3", "twostage", 1. / 6},
        // All single steps under one lock: priorities are as good as an order drawn at random.
        Exact{"pos", "token_ring", 5. / 24}, Exact{"pos", "account", 1. / 3}}) {
    const double found =
        failing_share(port_of(name), coweave::strategy_named(strategy), 1, executions);
    EXPECT_NEAR(found, share, 5 * std::sqrt(share * (1 - share) / executions))
        << strategy << " " << name;
  }
}

struct Calibration {
  std::string_view port;
  double walk;
  double pos;
  double urw;
};

// What 4,000 executions of the model gave. The two samples differ by less than five standard
// deviations of their difference. (PCT is compared with arithmetic above instead: the model drew
// its change points among all steps, and this one among the decisions, which are fewer.)
TEST(SctbenchPorts, FailAsOftenAsTheModel) {
  for (const Calibration& expected : {Calibration{"reorder_3", .290, .302, .335},
                                      {"reorder_5", .304, .343, .296},
                                      {"reorder_10", .277, .339, .232},
                                      {"reorder_50", .135, .272, .116},
                                      {"twostage", .135, .161, .161},
                                      {"twostage_20", .046, .036, .043},
                                      {"twostage_50", .017, .021, .018},
                                      {"twostage_100", .010, .011, .010}}) {
    constexpr std::uint64_t executions = 3'000;
    const auto compare = [&](std::string_view strategy, double share) {
      const double found =
          failing_share(port_of(expected.port), coweave::strategy_named(strategy), 1, executions);
      const double both = (share * 4'000 + found * executions) / (4'000 + executions);
      const double sigma = std::sqrt(both * (1 - both) * (1. / 4'000 + 1. / executions));
      EXPECT_NEAR(found, share, 5 * sigma) << strategy << " " << expected.port;
    };
    compare("random", expected.walk);
    compare("pos", expected.pos);
    compare("urw", expected.urw);
  }
}

// The tendencies of the published tables that hold for coroutines too: PCT loses most on many
// setters, and selecting an object is worth most on many stages.
TEST(SctbenchPorts, OrderTheStrategiesAsPublished) {
  constexpr std::uint64_t executions = 3'000;
  const auto share = [](std::string_view strategy, std::string_view name) {
    return failing_share(port_of(name), coweave::strategy_named(strategy), 1, executions);
  };
  for (const std::string_view name : {"reorder_10", "twostage_20"})
    for (const std::string_view other : {"random", "pos", "surw"})
      EXPECT_GT(share(other, name), 3 * share("pct:depth=3", name)) << other << " " << name;
  EXPECT_GT(share("surw", "twostage_50"), 5 * share("pct:depth=10", "twostage_50"));
  EXPECT_GT(share("pos", "reorder_50"), 1.5 * share("random", "reorder_50"));
}

}  // namespace
