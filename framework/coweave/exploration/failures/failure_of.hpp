#pragma once

#include "coweave/exploration/report.hpp"
#include "coweave/replay/recorded_run.hpp"

namespace coweave::detail {

/// What a run that failed says of its failure; the schedule apart.
[[nodiscard]] Failure failure_of(const RecordedRun& run);

}  // namespace coweave::detail
