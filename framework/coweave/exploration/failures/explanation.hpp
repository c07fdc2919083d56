#pragma once

#include <string>

#include "coweave/execution/execution.hpp"
#include "coweave/exploration/failures/early_save.hpp"
#include "coweave/exploration/options.hpp"
#include "coweave/exploration/report.hpp"

namespace coweave::detail {

class CrashTrials;

/// Why the schedule of `failure` fails, proven by execution: every deviation is undone, and the
/// order is told if what is left passes; and from the end of the schedule backwards other orders
/// are executed until one passes (see find_last_chance). Of a failure that ends the process,
/// `crashes` executes all that may end it again; it is null for others. Executions that fail in a
/// way for which `is_accepted` returns true count as passing.
[[nodiscard]] Explanation explain(Execution& execution, const Body& body, const Failure& failure,
                                  const ShrinkOptions& limits, const std::string& source_root,
                                  CrashTrials* crashes = nullptr,
                                  EarlySave::IsAccepted is_accepted = nullptr);

}  // namespace coweave::detail
