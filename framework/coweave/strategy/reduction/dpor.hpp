#pragma once

#include "coweave/strategy/strategy.hpp"

namespace coweave {

/// For Options::strategy, with Tracking::declared: dynamic partial-order reduction. Interleavings
/// that differ only in the order of steps that touch nothing in common are one class, and what is
/// true of one of them is true of all. Executes one interleaving of each class, by wakeup trees.
/// Where these give up (a step chooses, the trees grow too large), the search begins anew with
/// source sets, and the verdict says so. Under Tracking::none each step may touch everything, and
/// the exploration enumerates instead.
///
/// Example: task p writes x, task q starts r, r reads x. Three interleavings, two classes: r reads
/// before or after p writes. The comments of ReducedSearch, WakeupTrees and SourceSets follow this
/// program step by step. Invariant: executions of dpor() = classes; executions of source_sets() >=
/// classes. A test compares both with the plain enumeration of generated programs.
/// Source: Abdulla, Aronis, Jonsson, Sagonas, "Optimal Dynamic Partial Order Reduction", POPL 2014.
[[nodiscard]] StrategyRecipe dpor();

/// Reduction by source sets from the start: a few more executions than dpor(), and less memory.
[[nodiscard]] StrategyRecipe source_sets();

}  // namespace coweave
