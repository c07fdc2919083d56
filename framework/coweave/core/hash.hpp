#pragma once

#include <cstdint>

namespace coweave {

/// The finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): a bijection with good avalanche.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

/// Order-dependent combination of a rolling hash with the next word. One multiplication: it stands
/// on the path of every step.
[[nodiscard]] constexpr std::uint64_t roll(std::uint64_t hash, std::uint64_t word) {
  const std::uint64_t x = (hash ^ word) * 0x9E3779B97F4A7C15U;
  return x ^ (x >> 32U);
}

}  // namespace coweave
