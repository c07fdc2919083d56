#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "coweave/strategy/strategy.hpp"

namespace coweave {

/// How far an exploration is. Its names are gone after the call that it was handed to.
struct Progress {
  std::string_view test;
  std::string_view phase;       ///< The search under way.
  std::uint64_t schedules = 0;  ///< Executed so far.
  std::uint64_t max_schedules = 0;
  std::chrono::nanoseconds elapsed{};
  std::chrono::nanoseconds max_time{};
  double rate = 0;                      ///< Schedules a second.
  double interleavings = 0;             ///< An estimate of all there are; 0: none is known.
  std::optional<CompletedBound> bound;  ///< The deepest one that is complete.
};

}  // namespace coweave
