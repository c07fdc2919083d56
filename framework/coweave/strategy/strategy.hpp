#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "coweave/core/place.hpp"
#include "coweave/schedule/scheduling_point.hpp"
#include "coweave/schedule/step.hpp"
#include "coweave/strategy/assurance.hpp"
#include "coweave/strategy/touch.hpp"

namespace coweave {
namespace detail {
class AccessLog;
}

/// How far a strategy has come that takes the schedules of few deviations first.
struct CompletedBound {
  std::uint32_t deviations = 0;  ///< Every interleaving of at most so many has been executed.
  std::uint64_t schedules = 0;   ///< How many those are.
  bool is_unlimited = false;     ///< No last bound was asked for: any that is complete will do.
  std::string base;              ///< What they deviate from: "production order".
  friend bool operator==(const CompletedBound&, const CompletedBound&) = default;
};

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
  /// position of point.size() or more, `abandon` apart, is an Error.
  [[nodiscard]] virtual std::size_t pick(const SchedulingPoint& point) = 0;

  /// The value of a choice among `alternatives` >= 2. The default is always 0.
  [[nodiscard]] virtual std::uint32_t choose(std::uint32_t alternatives);

  /// After an execution, with all its decisions. May throw Nondeterminism.
  virtual void end_execution(std::span<const Step> steps);

  /// Whether step_ended() would be of use.
  [[nodiscard]] virtual bool wants_touches() const { return false; }

  /// What the step that has just ended touched. After every step of an execution in order, by an
  /// exploration that tracks what steps touch; never by one that does not: a step that is not
  /// reported may touch anything.
  virtual void step_ended(std::span<const Touch> touches);

  /// Whether begin_execution returned false because every interleaving has been executed.
  [[nodiscard]] virtual bool is_exhausted() const { return false; }

  /// Whether its first execution is the production order. If not, the exploration runs that first.
  [[nodiscard]] virtual bool begins_in_production_order() const { return false; }

  /// The deepest bound on deviations that is complete; none for a strategy that has no bounds.
  [[nodiscard]] virtual std::optional<CompletedBound> completed_bound() const;

  /// What the executions so far are worth beyond their number, for the verdict. Nothing, the
  /// default: no claim is made.
  [[nodiscard]] virtual std::optional<Assurance> assurance() const;

  /// Where it is between two executions, in numbers for go_on_from(); empty for a strategy that
  /// cannot be taken up again in another process.
  [[nodiscard]] virtual std::vector<std::uint64_t> position() const;
  /// Takes up, before its first execution, what another one of the same options left at `position`;
  /// that is then numbered on from the last of the other. False: these are no numbers of such a
  /// one.
  [[nodiscard]] virtual bool go_on_from(std::span<const std::uint64_t> position);

  /// How many bytes it keeps between executions, as far as they grow with the number of executions:
  /// what Options::max_memory limits. The default is 0.
  [[nodiscard]] virtual std::size_t memory() const;

  /// A pick: ends the execution here, without a result. For searches that find out too late that
  /// they are about to repeat one.
  static constexpr std::size_t abandon = static_cast<std::size_t>(-1);

  /// Whether the last execution was for the strategy's own information, and is no result.
  [[nodiscard]] virtual bool was_probe() const { return false; }

  /// Where the steps of its executions are to note what they touch; null, the default: nowhere.
  /// With a log, pick is called also where only one task is ready.
  [[nodiscard]] virtual detail::AccessLog* accesses();

  /// Thrown by a strategy that finds the program at another place than the same picks led to
  /// before.
  struct Nondeterminism {};
};

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
  return {std::move(name),
          [arguments...](std::uint64_t) { return std::make_unique<Mine>(arguments...); }};
}

}  // namespace coweave
