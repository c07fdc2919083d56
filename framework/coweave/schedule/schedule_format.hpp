#pragma once

// Internal: what the writer and the reader of schedule files have to agree on.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coweave::detail {

inline constexpr std::string_view schedule_format_name = "coweave-schedule";
inline constexpr std::uint32_t schedule_format_version = 1;
inline constexpr std::uint64_t most_schedule_bytes = 64ULL << 20U;  // Of a file.
inline constexpr std::size_t most_schedule_steps = 10'000'000;
inline constexpr std::size_t fingerprint_digits = 16;

}  // namespace coweave::detail
