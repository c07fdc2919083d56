#pragma once

#include <cstdint>
#include <string>

#include "coweave/core/ids.hpp"
#include "coweave/core/outcome.hpp"
#include "coweave/core/place.hpp"

namespace coweave::detail {

/// A failure as an execution sees it; the first one classifies.
struct ExecutionFailure {
  FailureKind kind = FailureKind::check;
  std::string message;
  SourceLine place;
  std::uint32_t step = 0;  ///< Index of the step under way.
  TaskId task = TaskId::none;
  bool is_deadline_passed = false;  ///< An exception that says so, and that nothing caught.
  bool is_consequence = false;      ///< Reported by a destructor while an exception passed by.
};

}  // namespace coweave::detail
