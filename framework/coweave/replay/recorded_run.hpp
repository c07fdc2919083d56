#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coweave/execution/execution.hpp"
#include "coweave/schedule/schedule.hpp"

namespace coweave::detail {

/// One execution with everything written down.
struct RecordedRun {
  Trace trace;
  std::vector<ExecutionFailure> failures;
  std::vector<std::uint32_t> picks;
  std::uint64_t fingerprint = 0;
  std::uint64_t failures_left_out = 0;  ///< That came behind those in `failures`.
};

/// Executes `body` once under `strategy`, which must not throw. `failing_step`: index of the step
/// in which it will fail, if that is known: the trace of a very long execution is that around it.
[[nodiscard]] RecordedRun run_recorded(Execution& execution, const Body& body, Strategy& strategy,
                                       const std::string& source_root,
                                       std::optional<std::uint32_t> failing_step = {});

/// The schedule of a recorded run, without what belongs to its exploration (test, strategy, seed).
[[nodiscard]] Schedule schedule_of(RecordedRun run, AwaitPoints await_points);

}  // namespace coweave::detail
