#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "coweave/coweave.hpp"
#include "framework/strategy/simulated_program.hpp"

/// How often a strategy gives which schedule, against how often it should.
namespace coweave::test {

using Counts = std::map<std::string, std::uint64_t>;
using Probabilities = std::map<std::string, double>;

/// Of the executions 2, 3, ...: the first is the production order. `view`: what counts of a
/// schedule.
template <class View>
Counts sample(SimulatedProgram program, const StrategyRecipe& recipe, std::uint64_t seed,
              std::uint64_t executions, View view) {
  const std::unique_ptr<Strategy> strategy = recipe.make(seed);
  static_cast<void>(program.run(*strategy, 1));
  Counts counts;
  for (std::uint64_t number = 2; number <= executions + 1; ++number)
    ++counts[view(program.run(*strategy, number))];
  return counts;
}
inline Counts sample(SimulatedProgram program, const StrategyRecipe& recipe, std::uint64_t seed,
                     std::uint64_t executions) {
  return sample(std::move(program), recipe, seed, executions,
                [](const std::string& order) { return order; });
}

/// Pearson's statistic; infinite if something came that should not.
inline double chi_square(const Counts& counts, const Probabilities& expected) {
  double executions = 0;
  for (const auto& [schedule, count] : counts) executions += static_cast<double>(count);
  double sum = 0;
  for (const auto& [schedule, probability] : expected) {
    const auto found = counts.find(schedule);
    const double count = found == counts.end() ? 0 : static_cast<double>(found->second);
    const double wanted = executions * probability;
    sum += (count - wanted) * (count - wanted) / wanted;
  }
  for (const auto& [schedule, count] : counts)
    if (!expected.contains(schedule)) return HUGE_VAL;
  return sum;
}

/// What the statistic exceeds with a probability of about 1e-6 (z = 4.75), if the distribution is
/// as it should be: the approximation of Wilson and Hilferty.
inline double chi_square_bound(const Probabilities& expected) {
  const auto freedom = static_cast<double>(expected.size() - 1);
  const double a = 2 / (9 * freedom);
  return freedom * std::pow(1 - a + 4.75 * std::sqrt(a), 3);
}

inline Probabilities uniform(const Counts& counts) {
  Probabilities expected;
  for (const auto& [schedule, count] : counts)
    expected[schedule] = 1 / static_cast<double>(counts.size());
  return expected;
}

}  // namespace coweave::test
