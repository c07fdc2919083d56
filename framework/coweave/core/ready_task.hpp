#pragma once

#include <cstdint>

#include "coweave/core/operation.hpp"

namespace coweave {

/// What a task shows of itself at a scheduling point: all that strategies, traces and reports see.
struct ReadyTask {
  TaskId id = TaskId::none;
  std::uint64_t key = 0;   ///< Hash of the spawn path: the same in every schedule.
  Operation resumes_from;  ///< What its next step continues.
};

}  // namespace coweave
