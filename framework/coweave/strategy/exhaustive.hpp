#pragma once

#include <cstdint>
#include <vector>

#include "coweave/strategy/strategy.hpp"

namespace coweave {

/// Plain enumeration: every sequence of picks and choices, each once, depth first, the production
/// order first. N tasks of K yields under gather have (N(K+1))! / ((K+1)!)^N of them.
/// Every execution checks by fingerprint that the program is where the same picks led before, and
/// throws Nondeterminism if it is not.
class ExhaustiveStrategy final : public Strategy {
 public:
  /// O(1) amortised: drops finished branches and advances the deepest unfinished one.
  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  /// O(1).
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override;
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override;
  [[nodiscard]] bool is_exhausted() const override { return is_exhausted_; }
  [[nodiscard]] bool begins_in_production_order() const override { return true; }

 private:
  struct Branch {
    std::uint32_t pick;
    std::uint32_t alternatives;
    std::uint64_t fingerprint;  // Of the history that leads here; 0 for a choice.
  };
  std::uint32_t decide(std::uint32_t alternatives, std::uint64_t fingerprint);

  std::vector<Branch> path_;    // The decisions of this execution; its last is the one that advances.
  std::size_t depth_ = 0;       // Decisions made so far.
  bool is_exhausted_ = false;
};

/// For Options::strategy.
[[nodiscard]] StrategyRecipe exhaustive();

}  // namespace coweave
