#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "coweave/core/access.hpp"

namespace coweave::detail {

/// What a step touched, seen where it is written down.
struct FootprintView {
  std::span<const Access> accesses;
  bool is_universal = false;  ///< Conflicts with every step: it may have touched anything.
};

/// The same, kept.
struct Footprint {
  std::vector<Access> accesses;
  bool is_universal = false;

  [[nodiscard]] FootprintView view() const { return {accesses, is_universal}; }
  void clear() {
    accesses.clear();
    is_universal = false;
  }
  void assign(FootprintView other) {
    accesses.assign(other.accesses.begin(), other.accesses.end());
    is_universal = other.is_universal;
  }
  void add(FootprintView other) {
    accesses.insert(accesses.end(), other.accesses.begin(), other.accesses.end());
    is_universal = is_universal || other.is_universal;
  }
};

/// Whether the order of two adjacent steps of different tasks, neither of which made the other
/// possible, can matter.
[[nodiscard]] inline bool dependent(FootprintView a, FootprintView b) {
  if (a.is_universal || b.is_universal) return true;
  for (const Access& x : a.accesses)
    for (const Access& y : b.accesses)
      if (x.object == y.object && conflict(x.kind, y.kind)) return true;
  return false;
}

}  // namespace coweave::detail
