#pragma once

#include "coweave/execution/execution.hpp"
#include "coweave/exploration/report.hpp"

namespace coweave::detail {

/// Adds a warning to `report` for each thing that the program has overlooked in the runs of
/// `execution`: see Oversight.
void warn_of_oversights(const Execution& execution, Report& report);

}  // namespace coweave::detail
