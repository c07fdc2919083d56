#pragma once

#include <cstdint>
#include <vector>

#include "coweave/execution/execution.hpp"
#include "coweave/exploration/options.hpp"

namespace coweave::detail {


/// The simplest failing schedule that was found.
struct Shrunk {
  std::vector<std::uint32_t> picks;
  std::uint64_t executions = 0;  ///< That it took.
  /// Undoing any one deviation makes the failure vanish or change: all were tried.
  bool is_minimal = false;
};

/// Makes the schedule of `picks` simpler: fewest deviations from production order, then fewest steps,
/// such that the execution still fails first with `failure`'s kind at its place. By re-execution: delta
/// debugging over the deviations (Zeller and Hildebrandt, 2002), then every schedule of fewer deviations,
/// from none, as far as the budget goes.
[[nodiscard]] Shrunk shrink(Execution& execution, const Body& body,
                            const std::vector<std::uint32_t>& picks,
                            const ExecutionFailure& failure, const ShrinkOptions& options);

}  // namespace coweave::detail
