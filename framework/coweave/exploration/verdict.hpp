#pragma once

#include "coweave/exploration/completion.hpp"
#include "coweave/exploration/options.hpp"
#include "coweave/exploration/report.hpp"

namespace coweave::detail {

/// Why a search stopped; `none`: it has not.
using Stop = SearchEnd;

/// Decides what the searches that `achieved` describes, and that `stop` ended, have completed.
/// Writes the completion and the verdict into `report`.
void state_verdict(Report& report, Completion achieved, Stop stop, const Options& options);

/// Writes the sentence and the warnings that follow from the completion of `report`, after the last
/// change of that and of the failures.
void state_sentence(Report& report);

}  // namespace coweave::detail
