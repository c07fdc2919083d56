#pragma once

// Internal: what the writer and the reader of schedule files have to agree on.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace coweave {
struct Schedule;
}

namespace coweave::detail {

inline constexpr std::string_view schedule_format_name = "coweave-schedule";
inline constexpr std::uint32_t schedule_format_version = 1;
inline constexpr std::uint64_t most_schedule_bytes = 64ULL << 20U;  // Of a file with a trace.
inline constexpr std::uint64_t most_picks_bytes = 512ULL << 20U;    // Of one without.
inline constexpr std::size_t most_schedule_steps = 10'000'000;      // And of other lists but picks.
inline constexpr std::size_t fingerprint_digits = 16;

/// What of a schedule its text has.
enum class ScheduleParts : std::uint8_t {
  all,              ///< But the trace, where that is an excerpt.
  without_passing,  ///< All but the passing trace.
  picks,            ///< No trace, and nothing that refers to its steps.
};

/// The text of a file with these parts of `schedule`.
[[nodiscard]] std::string schedule_text(const Schedule& schedule, ScheduleParts parts);

}  // namespace coweave::detail
