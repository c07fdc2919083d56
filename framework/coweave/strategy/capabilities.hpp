#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "coweave/strategy/assurance.hpp"
#include "coweave/strategy/touch.hpp"

namespace coweave {
namespace detail {
class AccessLog;
class PathSearch;

/// A pick of a strategy with Capabilities::accesses: ends the execution there, without a result.
/// For searches that find out too late that they are about to repeat one.
inline constexpr std::size_t abandon_execution = static_cast<std::size_t>(-1);
}  // namespace detail

/// How far a strategy has come that takes the schedules of few deviations first.
struct CompletedBound {
  std::uint32_t deviations = 0;  ///< Every interleaving of at most so many has been executed.
  std::uint64_t schedules = 0;   ///< How many those are.
  bool is_unlimited = false;     ///< No last bound was asked for: any that is complete will do.
  std::string base;              ///< What they deviate from: "production order".
  friend bool operator==(const CompletedBound&, const CompletedBound&) = default;
};

// What a strategy may offer besides Strategy itself: it derives from the interfaces that it
// implements, and returns `capabilities_of(*this)` from Strategy::capabilities().

/// A strategy that may execute every interleaving.
class Exhaustible {
 public:
  virtual ~Exhaustible() = default;
  /// Whether begin_execution() returned false because every interleaving has been executed.
  [[nodiscard]] virtual bool is_exhausted() const = 0;
};

/// A strategy that completes one bound on deviations after the other.
class Bounded {
 public:
  virtual ~Bounded() = default;
  /// The deepest bound that is complete, if any is.
  [[nodiscard]] virtual std::optional<CompletedBound> completed_bound() const = 0;
};

/// A strategy whose executions are worth more than their number says.
class Assured {
 public:
  virtual ~Assured() = default;
  /// What they are worth so far, for the verdict. Nothing: no claim is made.
  [[nodiscard]] virtual std::optional<Assurance> assurance() const = 0;
};

/// A strategy that uses what steps touch.
class ObservesTouches {
 public:
  virtual ~ObservesTouches() = default;
  /// The step that has just ended touched `touches`. Called after every step of an execution in
  /// order, where the exploration tracks what steps touch, and never where it does not. A step that
  /// is not reported may touch anything.
  virtual void step_ended(std::span<const Touch> touches) = 0;
};

/// A strategy that another process may continue.
class Checkpointable {
 public:
  virtual ~Checkpointable() = default;
  /// The state between two executions, as numbers for restore(); never empty.
  [[nodiscard]] virtual std::vector<std::uint64_t> checkpoint() const = 0;
  /// Restores, before the first execution, the state that a strategy of the same options saved as
  /// `numbers`. Execution numbers continue from there. Returns false if `numbers` is invalid; the
  /// strategy is then of no use.
  [[nodiscard]] virtual bool restore(std::span<const std::uint64_t> numbers) = 0;
};

/// A strategy that keeps more the more executions it has seen.
class GrowsInMemory {
 public:
  virtual ~GrowsInMemory() = default;
  /// The bytes that grow with the number of executions: what Options::max_memory limits.
  [[nodiscard]] virtual std::size_t memory() const = 0;
};

/// A strategy that makes executions for its own information.
class Probing {
 public:
  virtual ~Probing() = default;
  /// Whether the last execution was such a probe, which is no result.
  [[nodiscard]] virtual bool was_probe() const = 0;
};

/// What a strategy offers besides Strategy itself; null: not that. An exploration asks once, when
/// it adopts the strategy, and keeps this value. The objects are parts of the strategy, or of one
/// that it forwards to, and live as long.
struct Capabilities {
  /// The first execution is the production order. If not, the exploration runs that before.
  bool begins_in_production_order = false;
  const Exhaustible* exhaustible = nullptr;
  const Bounded* bounded = nullptr;
  const Assured* assured = nullptr;
  ObservesTouches* touches = nullptr;
  Checkpointable* checkpointable = nullptr;
  const GrowsInMemory* growing = nullptr;
  const Probing* probing = nullptr;
  /// Where the steps of the executions note what they access. With a log, pick() is called also
  /// where only one task is ready, and may return detail::abandon_execution.
  detail::AccessLog* accesses = nullptr;
  /// The strategy itself, where it is a search that skips equivalent interleavings.
  detail::PathSearch* reduction = nullptr;

  // The answers of those, or that of a strategy which does not offer it.
  [[nodiscard]] bool is_exhausted() const {
    return exhaustible != nullptr && exhaustible->is_exhausted();
  }
  [[nodiscard]] std::optional<CompletedBound> completed_bound() const {
    return bounded != nullptr ? bounded->completed_bound() : std::nullopt;
  }
  [[nodiscard]] std::optional<Assurance> assurance() const {
    return assured != nullptr ? assured->assurance() : std::nullopt;
  }
  [[nodiscard]] std::size_t memory() const { return growing != nullptr ? growing->memory() : 0; }
  [[nodiscard]] bool was_probe() const { return probing != nullptr && probing->was_probe(); }
};

/// The capabilities whose interfaces the class `Mine` derives from.
template <class Mine>
[[nodiscard]] Capabilities capabilities_of(Mine& strategy) {
  Capabilities offered;
  if constexpr (std::is_base_of_v<Exhaustible, Mine>) offered.exhaustible = &strategy;
  if constexpr (std::is_base_of_v<Bounded, Mine>) offered.bounded = &strategy;
  if constexpr (std::is_base_of_v<Assured, Mine>) offered.assured = &strategy;
  if constexpr (std::is_base_of_v<ObservesTouches, Mine>) offered.touches = &strategy;
  if constexpr (std::is_base_of_v<Checkpointable, Mine>) offered.checkpointable = &strategy;
  if constexpr (std::is_base_of_v<GrowsInMemory, Mine>) offered.growing = &strategy;
  if constexpr (std::is_base_of_v<Probing, Mine>) offered.probing = &strategy;
  return offered;
}

namespace detail {

/// Whether `Mine` derives from any of the interfaces.
template <class Mine>
inline constexpr bool has_capabilities =
    std::is_base_of_v<Exhaustible, Mine> || std::is_base_of_v<Bounded, Mine> ||
    std::is_base_of_v<Assured, Mine> || std::is_base_of_v<ObservesTouches, Mine> ||
    std::is_base_of_v<Checkpointable, Mine> || std::is_base_of_v<GrowsInMemory, Mine> ||
    std::is_base_of_v<Probing, Mine>;

}  // namespace detail
}  // namespace coweave
