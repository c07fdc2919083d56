#pragma once

#include <string>

#include "coweave/exploration/report.hpp"

namespace coweave {

/// The schedule of `failure` with all that is known about the failure: what a schedule file, and a
/// page made of it, have to say without the program.
[[nodiscard]] Schedule with_explanation(const Failure& failure);

/// "needs 2 deviations from production order (found with 9)", or "in production order".
[[nodiscard]] std::string deviations_in_words(const Failure& failure);

/// "suspending (asyncio's rule): it does not exist (all of 20 schedules pass)".
[[nodiscard]] std::string in_words(const AwaitPointsEvidence& evidence);

}  // namespace coweave
