#include "coweave/strategy/reduction/dpor.hpp"

#include "coweave/strategy/reduction/source_sets.hpp"
#include "coweave/strategy/reduction/wakeup_trees.hpp"

namespace coweave {

StrategyRecipe dpor() {
  return {"dpor", [](std::uint64_t) { return std::make_unique<detail::WakeupTrees>(); }};
}

StrategyRecipe source_sets() {
  return {"source_sets", [](std::uint64_t) { return std::make_unique<detail::SourceSets>(); }};
}

}  // namespace coweave
