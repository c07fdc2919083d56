#pragma once

#include <string>
#include <string_view>

#include "coweave/strategy/strategy.hpp"

namespace coweave {

/// The strategy of that name, for COWEAVE_STRATEGY and --coweave_strategy. Throws Error that lists the
/// names there are. "default" gives the empty recipe: the default plan.
[[nodiscard]] StrategyRecipe strategy_named(std::string_view name);

/// "default, exhaustive, production, random".
[[nodiscard]] std::string strategy_names();

}  // namespace coweave
