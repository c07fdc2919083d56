#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "coweave/dependence/access.hpp"

namespace coweave::detail {

/// Sets of objects as 64 bits, of which many objects share one: sets without a common bit have no
/// common object.
using ObjectBits = std::uint64_t;
inline constexpr ObjectBits opaque_objects = ~ObjectBits{0};

[[nodiscard]] constexpr ObjectBits object_bit(std::uint32_t object) {
  return ObjectBits{1} << (object * 0x9E3779B9U >> 26U);  // Neighbours get bits of their own.
}
/// Returns the objects of a step with these accesses; of an opaque step, all objects. Never empty,
/// so that an opaque step has a bit in common with every other.
[[nodiscard]] inline ObjectBits objects_of(std::span<const Access> accesses, bool is_opaque) {
  if (is_opaque) return opaque_objects;
  ObjectBits objects = accesses.empty() ? 1 : 0;
  for (const Access& access : accesses) objects |= object_bit(access.object);
  return objects;
}

/// The footprint of a step, as a view of accesses that another structure owns.
struct FootprintView {
  std::span<const Access> accesses;
  bool is_opaque = false;               ///< Whether the step conflicts with every other.
  ObjectBits objects = opaque_objects;  ///< objects_of() the accesses, and perhaps others.
};

/// A footprint that owns its accesses.
struct Footprint {
  std::vector<Access> accesses;
  bool is_opaque = false;
  ObjectBits objects = 0;

  [[nodiscard]] FootprintView view() const { return {accesses, is_opaque, objects}; }
  void clear() {
    accesses.clear();
    is_opaque = false;
    objects = 0;
  }
  void assign(const FootprintView& other) {
    accesses.assign(other.accesses.begin(), other.accesses.end());
    is_opaque = other.is_opaque;
    objects = other.objects;
  }
  void add(const FootprintView& other) {
    accesses.insert(accesses.end(), other.accesses.begin(), other.accesses.end());
    is_opaque = is_opaque || other.is_opaque;
    objects |= other.objects;
  }
};

/// Whether the order of two adjacent steps of different tasks can matter, if neither of them
/// enables the other.
[[nodiscard]] inline bool dependent(const FootprintView& a, const FootprintView& b) {
  if ((a.objects & b.objects) == 0) return false;
  if (a.is_opaque || b.is_opaque) return true;
  for (const Access& x : a.accesses)
    for (const Access& y : b.accesses)
      if (x.object == y.object && conflict(x.kind, y.kind)) return true;
  return false;
}

}  // namespace coweave::detail
