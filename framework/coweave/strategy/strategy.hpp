#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "coweave/schedule/scheduling_point.hpp"
#include "coweave/schedule/step.hpp"
#include "coweave/strategy/capabilities.hpp"

namespace coweave {

/// Decides the picks of one execution after the other. The scheduler asks only where there is
/// something to decide: two or more tasks ready, two or more values to choose from. Everything a
/// strategy does must follow from its seed, the number of the execution and what it is shown.
/// To write one: derive, implement begin_execution and pick, hand `strategy<Mine>("mine",
/// arguments)` to Options::strategy. examples/own_strategy.cpp is a whole one.
class Strategy {
 public:
  virtual ~Strategy() = default;

  /// Before execution `number` (from 1). False: nothing is left to explore.
  [[nodiscard]] virtual bool begin_execution(std::uint64_t number) = 0;

  /// The position in `point` of the task to step next; 0 is the production order's pick. Another
  /// position of point.size() or more is an Error.
  [[nodiscard]] virtual std::size_t pick(const SchedulingPoint& point) = 0;

  /// The value of a choice among `alternatives` >= 2. The default is always 0.
  [[nodiscard]] virtual std::uint32_t choose(std::uint32_t alternatives);

  /// After an execution, with all its decisions. May throw Nondeterminism.
  virtual void end_execution(std::span<const Step> steps);

  /// What else it offers: see capabilities.hpp. An exploration asks once, before the first
  /// execution. The default is nothing.
  [[nodiscard]] virtual Capabilities capabilities();

  /// Thrown by a strategy that finds the program at another place than the same picks led to
  /// before.
  struct Nondeterminism {};
};

namespace detail {

/// Whether `Mine` says which of the interfaces it derives from, if it derives from any.
template <class Mine>
inline constexpr bool states_capabilities =
    !has_capabilities<Mine> ||
    !std::is_same_v<decltype(&Mine::capabilities), Capabilities (Strategy::*)()>;

}  // namespace detail

/// A strategy by name and recipe: a value that Options hold, so that every exploration starts with
/// a fresh strategy. Empty: the default plan.
class StrategyRecipe {
 public:
  /// Makes the strategy from the seed of the exploration.
  using Make = std::function<std::unique_ptr<Strategy>(std::uint64_t seed)>;

  StrategyRecipe() = default;
  StrategyRecipe(std::string name, Make make) : name_(std::move(name)), make_(std::move(make)) {}

  [[nodiscard]] bool empty() const { return !make_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::unique_ptr<Strategy> make(std::uint64_t seed) const { return make_(seed); }

 private:
  std::string name_;
  Make make_;
};

/// The recipe of a user's own strategy: constructs `Mine(arguments...)` for every exploration.
template <class Mine, class... Arguments>
[[nodiscard]] StrategyRecipe strategy(std::string name, Arguments... arguments) {
  static_assert(detail::states_capabilities<Mine>,
                "a strategy that derives from an interface of capabilities.hpp overrides "
                "capabilities(), and returns capabilities_of(*this) from there");
  return {std::move(name),
          [arguments...](std::uint64_t) { return std::make_unique<Mine>(arguments...); }};
}

}  // namespace coweave
