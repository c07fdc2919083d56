#pragma once

#include <cstdint>

#include "coweave/core/hash.hpp"

namespace coweave {

/// Coweave's own generator, since the results of the standard distributions differ between
/// libraries. PCG32, XSH-RR (O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically
/// Good Algorithms for Random Number Generation", HMC-CS-2014-0905): few instructions, and its
/// output depends on the state before, so that its latency overlaps with the step.
class Rng {
 public:
  /// `stream` selects one of 2^63 sequences.
  explicit constexpr Rng(std::uint64_t seed, std::uint64_t stream = 54)
      : increment_((stream << 1U) | 1U) {
    next32();
    state_ += seed;
    next32();
  }

  /// 32 uniform bits.
  constexpr std::uint32_t next32() {
    const std::uint64_t state = state_;
    state_ = state * 6364136223846793005U + increment_;
    const auto bits = static_cast<std::uint32_t>(((state >> 18U) ^ state) >> 27U);
    const auto rotation = static_cast<std::uint32_t>(state >> 59U);
    return (bits >> rotation) | (bits << ((0U - rotation) & 31U));
  }

  /// 64 uniform bits.
  constexpr std::uint64_t next() {
    const std::uint64_t high = next32();
    return (high << 32U) | next32();
  }

  /// Uniform in [0, n), without bias, for n >= 1. (Lemire, "Fast Random Integer Generation in an
  /// Interval", ACM TOMACS 2019.)
  constexpr std::uint32_t below(std::uint32_t n) {
    std::uint64_t product = std::uint64_t{next32()} * n;
    if (static_cast<std::uint32_t>(product) < n) [[unlikely]] {
      const std::uint32_t threshold = (0U - n) % n;
      while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{next32()} * n;
    }
    return static_cast<std::uint32_t>(product >> 32U);
  }

 private:
  std::uint64_t state_ = 0;
  std::uint64_t increment_;
};

/// The seeds of the executions of an exploration: a pure function of its seed and their numbers, so
/// that any execution can be repeated alone. Keeps the half of it that all executions share.
class ExecutionSeeds {
 public:
  explicit constexpr ExecutionSeeds(std::uint64_t seed) : base_(mix(seed + 0x9E3779B97F4A7C15U)) {}
  [[nodiscard]] constexpr std::uint64_t operator()(std::uint64_t number) const {
    return mix(base_ + number * 0xD1B54A32D192ED03U);
  }

 private:
  std::uint64_t base_;
};
/// The seed of one of them.
[[nodiscard]] constexpr std::uint64_t execution_seed(std::uint64_t seed, std::uint64_t number) {
  return ExecutionSeeds(seed)(number);
}

}  // namespace coweave
