#pragma once

#include <cstdint>
#include <optional>

namespace coweave {

/// What the schedules that a random strategy has drawn are worth beyond their number, as numbers:
/// report/ makes the sentence. A part that the numbers do not carry is absent.
struct Assurance {
  /// How much the samples have left unseen.
  struct Classes {
    std::uint64_t seen = 0;     ///< Distinct classes of schedules, the values that were chosen
                                ///< included.
    std::uint64_t samples = 0;  ///< Random schedules; at least 1.
    double unseen = 1;          ///< Good-Turing estimate that the next one is new; never 0.
    bool is_exact = true;       ///< `seen` is counted; else an estimate, to save memory.
    friend bool operator==(const Classes&, const Classes&) = default;
  };
  /// A bound on having missed a bug of so many ordering constraints.
  struct Depth {
    std::uint32_t depth = 0;
    double miss_probability = 1;  ///< At most; never 0.
    std::uint64_t tasks = 0;      ///< n and k of the bound.
    std::uint64_t decisions = 0;
    double values =
        1;  ///< Combinations of values that one execution can choose; part of the bound.
    friend bool operator==(const Depth&, const Depth&) = default;
  };
  std::optional<Classes> classes = {};
  std::optional<Depth> depth = {};
  friend bool operator==(const Assurance&, const Assurance&) = default;
};

}  // namespace coweave
