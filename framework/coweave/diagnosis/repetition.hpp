#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coweave/schedule/trace.hpp"

namespace coweave {

/// The end of a trace that repeats itself.
struct Repetition {
  std::uint32_t first = 0;   ///< Index into Trace::steps: where the repeating begins.
  std::uint32_t period = 0;  ///< So many steps ...
  std::uint32_t times = 0;   ///< ... come so often in full, at least 3 times, up to the end.
  /// Tasks that are ready in all of the repeating steps and make none of them.
  std::vector<std::uint32_t> starved;
};

/// What the longest repeating end consists of, at its shortest period; none if nothing comes three
/// times. Steps are the same that are made by one task, resume alike and do the same. O(steps).
[[nodiscard]] std::optional<Repetition> repetition_at_end(const Trace& trace);

/// What repeats, once and in at most `most` lines; and who starves of it.
[[nodiscard]] std::vector<std::string> in_words(const Repetition& repetition, const Trace& trace,
                                                std::size_t most = 12);

}  // namespace coweave
