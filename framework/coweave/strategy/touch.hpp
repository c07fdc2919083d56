#pragma once

#include <cstdint>

namespace coweave {

/// Something that tasks share, as a step touched it.
struct Touch {
  std::uint64_t object = 0;  ///< Its stable name: the same in every schedule.
  bool writes = false;

  /// Whether the order of the two can matter.
  friend constexpr bool conflict(const Touch& a, const Touch& b) {
    return a.object == b.object && (a.writes || b.writes);
  }
};

}  // namespace coweave
