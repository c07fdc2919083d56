#pragma once

#include <string>
#include <string_view>

#include "coweave/exploration/report.hpp"

namespace coweave {

/// The schedule of `failure` with all that is known about the failure: what a schedule file, and a
/// page made of it, have to say without the program.
[[nodiscard]] Schedule with_explanation(const Failure& failure);

/// "needs 2 deviations from production order (found with 9)", or "in production order".
[[nodiscard]] std::string deviations_in_words(const Failure& failure);

/// "suspending (asyncio's rule): it does not exist (in none of all 20 schedules)".
[[nodiscard]] std::string in_words(const AwaitPointsEvidence& evidence);

/// What is claimed of the step at which a passing execution parts from a failing one: "the last
/// moment at which it could still pass" only if `is_last`.
[[nodiscard]] std::string_view passing_claim(bool is_last);

/// What the search for a passing order leaves to be said: that none was found, or that later ones
/// were not all executed. Empty if it leaves nothing.
[[nodiscard]] std::string search_in_words(const Explanation& explanation);

}  // namespace coweave
