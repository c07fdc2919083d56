#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "sctbench_programs.hpp"

/// The ports in the sizes that are measured, and how.
namespace programs::sctbench {

struct Port {
  std::string_view name;
  Task<> (*body)();
  bool passes_in_production_order;
};

inline constexpr std::array<Port, 20> ports{{
    {"reorder_3", [] { return reorder(2, 1); }, false},
    {"reorder_4", [] { return reorder(3, 1); }, false},
    {"reorder_5", [] { return reorder(4, 1); }, false},
    {"reorder_10", [] { return reorder(9, 1); }, false},
    {"reorder_20", [] { return reorder(10, 10); }, false},
    {"reorder_50", [] { return reorder(49, 1); }, false},
    {"reorder_100", [] { return reorder(99, 1); }, false},
    {"twostage", [] { return twostage(1); }, true},
    {"twostage_20", [] { return twostage(19); }, true},
    {"twostage_50", [] { return twostage(49); }, true},
    {"twostage_100", [] { return twostage(99); }, true},
    {"account", account, false},
    {"lazy01", lazy01, false},
    {"token_ring", token_ring, true},
    {"wronglock_3", [] { return wronglock(3); }, true},
    {"wronglock", [] { return wronglock(7); }, true},
    {"bluetooth_driver", bluetooth, true},
    {"deadlock01", deadlock01, false},
    {"carter01", carter01, false},
    {"phase01", phase01, false},
}};

/// How an execution of a port is to run.
inline coweave::Options options_of(const coweave::StrategyRecipe& recipe, std::uint64_t seed,
                                   std::uint64_t executions) {
  coweave::Options options;
  options.strategy = reporting(recipe);
  options.seed = seed;
  options.max_schedules = executions;
  options.max_time = std::chrono::minutes(10);
  options.keep_going = true;
  options.compare_await_points = false;
  options.await_points = coweave::AwaitPoints::suspending;
  return options;
}

/// The share of the executions after the production order that fail.
inline double failing_share(const Port& port, const coweave::StrategyRecipe& recipe,
                            std::uint64_t seed, std::uint64_t executions) {
  const coweave::Report report =
      coweave::explore(port.body, options_of(recipe, seed, executions + 1));
  const std::uint64_t failing = report.failing - (port.passes_in_production_order ? 0U : 1U);
  return static_cast<double>(failing) / static_cast<double>(executions);
}

}  // namespace programs::sctbench
