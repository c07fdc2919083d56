#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace programs {

/// How a strategy chooses its executions.
enum class StrategySort : std::uint8_t {
  enumeration,  ///< Each of a set of executions once.
  random,       ///< Draws from its seed; never runs out.
};

struct ShippedStrategy {
  std::string_view name;  ///< As `strategy_named` reads it, with parameters where it has any.
  StrategySort sort;
};

/// One row for each strategy that ships, in the order of strategy/registry.cpp: the tests that
/// every strategy has to pass take it from here. A test compares the names with the registry.
inline constexpr auto shipped_strategies = std::to_array<ShippedStrategy>({
    {"exhaustive", StrategySort::enumeration},
    {"dpor", StrategySort::enumeration},
    {"source_sets", StrategySort::enumeration},
    {"production", StrategySort::enumeration},
    {"random", StrategySort::random},
    {"bounded", StrategySort::enumeration},
    {"pct:depth=3", StrategySort::random},
    {"pos", StrategySort::random},
    {"urw", StrategySort::random},
    {"surw", StrategySort::random},
    {"swarm", StrategySort::random},
    {"portfolio", StrategySort::random},
});

}  // namespace programs
