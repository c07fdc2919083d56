#pragma once

#include "coweave/strategy/strategy.hpp"

namespace coweave {

/// For Options::strategy, with Tracking::declared: dynamic partial-order reduction. Executes one
/// interleaving of each class of those that differ only in the order of steps that touch nothing in
/// common; what is true of one of a class is true of all. Its executions need to know what a step
/// touches, which is the exploration's to arrange.
/// Under Tracking::none every step may touch everything, and the exploration enumerates instead.
/// Executes each class once, by wakeup trees; where those would not do, by source sets, which the
/// verdict says.
[[nodiscard]] StrategyRecipe dpor();

/// The same by source sets from the start: a few executions more, and less to remember.
[[nodiscard]] StrategyRecipe source_sets();

}  // namespace coweave
