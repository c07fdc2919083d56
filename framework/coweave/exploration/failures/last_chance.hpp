#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "coweave/execution/execution.hpp"
#include "coweave/exploration/options.hpp"
#include "coweave/schedule/step.hpp"

namespace coweave::detail {

/// The passing execution that parts from a failing one as late as was found.
struct LastChance {
  struct Passing {
    std::size_t decision = 0;  ///< The first one that differs: an index in the failing picks.
    std::vector<std::uint32_t> picks;  ///< Of the passing execution.
  };
  std::optional<Passing> passing;
  /// Whether every order that parts from the failing one later than `passing` (without one: every
  /// other order) was executed. All of them fail.
  bool is_complete = false;
  /// Executions of such orders, all of which fail. Each order once if `is_complete`.
  std::uint64_t failing = 0;
};

/// A failing execution, as find_last_chance needs it.
struct FailingExecution {
  std::span<const std::uint32_t> picks;         ///< All of them.
  std::span<const std::uint32_t> alternatives;  ///< Of each pick.
  /// Picks behind which nothing can change the failure any more.
  std::size_t decisions = 0;
  std::string_view failing_task;  ///< Path of the task that fails; empty if unknown.
  /// Executions that fail in a way for which this returns true count as passing.
  bool (*is_accepted)(const Execution&) = nullptr;
};

/// Looks for the last decision of `failing` at which another pick can still lead to an execution
/// that passes. Orders that part from it late are executed first: all of them as far as `limits`
/// allow, so that in a small program the answer is exact. Behind those some orders of each decision
/// are tried: production order, holding the failing task back, the newest task first, the task that
/// waits longest first, random picks.
[[nodiscard]] LastChance find_last_chance(Execution& execution, const Body& body,
                                          const FailingExecution& failing,
                                          const ShrinkOptions& limits);

}  // namespace coweave::detail
