#pragma once

#include <string>
#include <string_view>

#include "coweave/strategy/strategy.hpp"

namespace coweave {

/// The strategy that `text` names, for COWEAVE_STRATEGY and --coweave_strategy. Parameters follow
/// the name after a colon, several separated by commas:
///
///   pct, pct:depth=5            see PctOptions
///   bounded, bounded:deviations=3, bounded:deviations=3,base=completion    see BoundedOptions
///
/// "default" gives the empty recipe: the default plan, as automatic() does. Throws Error, one line
/// that begins with "strategy: ": for a name that does not exist it lists the names there are, for
/// a parameter what it may be.
[[nodiscard]] StrategyRecipe strategy_named(std::string_view text);

/// "default, exhaustive, production, random, ...".
[[nodiscard]] std::string strategy_names();

}  // namespace coweave
