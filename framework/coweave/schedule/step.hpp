#pragma once

#include <cstdint>

#include "coweave/core/operation.hpp"

namespace coweave {

/// One decision of an execution as the hot path records it: a task was picked among the ready ones,
/// or an injection instead (is_injection), or a value was chosen within a step (is_choice).
struct Step {
  TaskId task = TaskId::none;  ///< The one picked, or the one that chose.
  std::uint32_t alternatives =
      1;                   ///< How many entries the point had, or how many values there were.
  std::uint32_t pick = 0;  ///< Position in the scheduling point, or the value.
  Operation operation;     ///< What the task resumes from.

  [[nodiscard]] bool is_choice() const { return coweave::is_choice(operation.kind); }
  /// Whether a task ran.
  [[nodiscard]] bool is_step() const { return !is_choice() && !is_injection(operation.kind); }
};

}  // namespace coweave
