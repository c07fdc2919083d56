#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "coweave/coweave.hpp"

/// What the tests of strategies and explorations share: the picks of every execution of a search.
namespace coweave::test {

using Picks = std::vector<std::uint32_t>;

/// Passes everything on to another strategy, and writes down the picks of each execution.
class RecordedPicks final : public Strategy {
 public:
  RecordedPicks(std::unique_ptr<Strategy> strategy, std::vector<Picks>& executions)
      : strategy_(std::move(strategy)),
        offered_(strategy_->capabilities()),
        executions_(executions) {}

  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    return strategy_->begin_execution(number);
  }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    return strategy_->pick(point);
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return strategy_->choose(alternatives);
  }
  void end_execution(std::span<const Step> steps) override {
    Picks picks;
    for (const Step& step : steps)
      if (step.alternatives > 1) picks.push_back(step.pick);
    executions_.push_back(std::move(picks));
    strategy_->end_execution(steps);
    if (offered_.was_probe()) executions_.pop_back();
  }
  [[nodiscard]] Capabilities capabilities() override {
    return {.begins_in_production_order = true,
            .exhaustible = offered_.exhaustible,
            .probing = offered_.probing};
  }

 private:
  std::unique_ptr<Strategy> strategy_;
  Capabilities offered_;
  std::vector<Picks>& executions_;
};

/// The picks of the executions of `body` under `recipe`, and nothing before them.
template <class Body>
std::vector<Picks> picks_of_exploration(Body& body, const StrategyRecipe& recipe,
                                        Options options = {}) {
  std::vector<Picks> executions;
  options.strategy = StrategyRecipe(recipe.name(), [&](std::uint64_t seed) {
    return std::make_unique<RecordedPicks>(recipe.make(seed), executions);
  });
  static_cast<void>(explore(body, options));
  return executions;
}

}  // namespace coweave::test
