#pragma once

#include <cstdint>

#include "coweave/core/operation.hpp"

namespace coweave {

/// One decision of an execution as the hot path records it: a task was picked among the ready ones, or
/// a value was chosen (`operation.kind` is `choose`).
struct Step {
  TaskId task = TaskId::none;      ///< The one picked, or the one that chose.
  std::uint32_t alternatives = 1;  ///< How many tasks were ready, or how many values there were.
  std::uint32_t pick = 0;          ///< Position in the ready queue, or the value.
  Operation operation;             ///< What the task resumes from.

  [[nodiscard]] bool is_choice() const { return operation.kind == OperationKind::choose; }
};

}  // namespace coweave
