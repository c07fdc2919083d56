#pragma once

#include "coweave/exploration/report.hpp"
#include "coweave/replay/recorded_run.hpp"

namespace coweave::detail {

/// Describes the failure of `run`, without its schedule.
[[nodiscard]] Failure failure_of(const RecordedRun& run);

}  // namespace coweave::detail
