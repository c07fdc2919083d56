#pragma once

#include <chrono>

#include "coweave/runtime/context.hpp"

namespace coweave::detail {

/// A deadline so far after the start of an execution never comes: `time_point::max()` is what
/// programs write for "until somebody cancels it".
inline constexpr Clock::duration never_expires = std::chrono::hours(24) * 365 * 100;

}  // namespace coweave::detail
