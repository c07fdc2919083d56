#pragma once

#include "coweave/strategy/strategy.hpp"

namespace coweave {

/// The default plan, for Options::strategy. It begins with the production order. Where that has few
/// alternatives, all interleavings are executed, those of few deviations first. Where it has many,
/// 32 executions of a uniform walk estimate how many interleavings there are; if those fit into
/// half of the budget, they are executed likewise. Else, and with what is left of the budget if the
/// estimate was too low, a bounded search and the portfolio of random strategies take turns. The
/// verdict is `exhaustive`, or `bounded` by the deviations that were completed, with what the
/// random schedules are worth and the estimate. Where a deadline of a timeout scope could have
/// passed before ready work, a last part lets it, at most twice in one execution, with a tenth of
/// the budget or with what is left (TimerOrder::timeouts). A TimeoutError that nothing catches is
/// no failure there.
[[nodiscard]] inline StrategyRecipe automatic() { return {}; }

}  // namespace coweave
