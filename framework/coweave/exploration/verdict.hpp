#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "coweave/exploration/options.hpp"
#include "coweave/exploration/report.hpp"
#include "coweave/strategy/strategy.hpp"

namespace coweave::detail {

/// Why a search stopped; `none`: it has not.
enum class Stop : std::uint8_t {
  none,
  exhausted,
  failure,
  schedules,
  time,
  memory,
  skipped,
  interrupted,
  unfair,  ///< An execution does not end unless its scheduler is fair: see Options::fairness.
};

/// What the searches of an exploration have achieved: all that a verdict may claim.
struct Achieved {
  std::string_view phase;  ///< The search under way at the end.
  bool is_exhausted = false;
  bool is_truncated = false;            ///< Some execution reached the step limit.
  std::uint32_t fairness = 0;           ///< Only fair interleavings were executed; 0: all were.
  std::optional<CompletedBound> bound;  ///< Of a search by deviations.
  std::string assurance;                ///< Of a random search: what it may have missed.
  double interleavings = 0;             ///< An estimate of all there are; 0: none was made.
  std::uint64_t resumed = 0;            ///< Schedules that an earlier process executed.
  std::string checkpoint;               ///< The file in which the position was saved; empty: none.
  std::string reduction;  ///< What a reduction did, in words; empty: nothing was reduced.
};

/// Writes verdict, its detail and the warnings that follow from them into `report`.
void state_verdict(Report& report, const Achieved& achieved, Stop stop, const Options& options);

}  // namespace coweave::detail
