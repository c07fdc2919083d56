#pragma once

#include <cstdint>

#include "coweave/core/hash.hpp"

namespace coweave {

/// Coweave's own generator, since the results of the standard distributions differ between libraries.
/// SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014).
class Rng {
 public:
  explicit constexpr Rng(std::uint64_t seed) : state_(seed) {}

  /// 64 uniform bits.
  constexpr std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    return mix(state_);
  }

  /// Uniform in [0, n), without bias, for n >= 1. (Lemire, "Fast Random Integer Generation in an
  /// Interval", ACM TOMACS 2019.)
  constexpr std::uint32_t below(std::uint32_t n) {
    std::uint64_t product = (next() >> 32U) * n;
    if (static_cast<std::uint32_t>(product) < n) {
      const std::uint32_t threshold = (0U - n) % n;
      while (static_cast<std::uint32_t>(product) < threshold) product = (next() >> 32U) * n;
    }
    return static_cast<std::uint32_t>(product >> 32U);
  }

 private:
  std::uint64_t state_;
};

/// The seed of execution `number` of an exploration: a pure function, so that any execution can be
/// repeated alone.
[[nodiscard]] constexpr std::uint64_t execution_seed(std::uint64_t seed, std::uint64_t number) {
  return mix(mix(seed + 0x9E3779B97F4A7C15U) + number * 0xD1B54A32D192ED03U);
}

}  // namespace coweave
