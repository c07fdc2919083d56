#pragma once

#include <cstdint>
#include <vector>

#include "coweave/strategy/strategy.hpp"

namespace coweave {

/// Plain enumeration: every sequence of picks and choices, each once, depth first, the production
/// order first. N tasks of K yields under gather have (N(K+1))! / ((K+1)!)^N of them.
/// Throws Nondeterminism where the same picks lead to another number of alternatives than before.
class ExhaustiveStrategy final : public Strategy, public Exhaustible, public Checkpointable {
 public:
  /// O(1) amortised: drops finished branches and advances the deepest unfinished one.
  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  /// O(1).
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    return pick_below(point.size());
  }
  /// The same among `ready` entries.
  [[nodiscard]] std::size_t pick_below(std::size_t ready) {
    return decide(static_cast<std::uint32_t>(ready));
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return decide(alternatives);
  }
  /// Throws Nondeterminism if the execution ended before the decisions that it should have
  /// repeated.
  void end_execution(std::span<const Step> steps) override;
  [[nodiscard]] bool is_exhausted() const override { return is_exhausted_; }
  [[nodiscard]] std::vector<std::uint64_t> checkpoint() const override;
  [[nodiscard]] bool restore(std::span<const std::uint64_t> numbers) override;
  [[nodiscard]] Capabilities capabilities() override;

 private:
  struct Branch {
    std::uint32_t pick;
    std::uint32_t alternatives;
  };
  std::uint32_t decide(std::uint32_t alternatives) {
    if (next_ == end_) [[unlikely]] {
      extend(alternatives);
    } else if (next_->alternatives != alternatives) [[unlikely]] {
      throw Nondeterminism{};
    }
    return (next_++)->pick;
  }
  /// A decision that was not there before: its first alternative.
  void extend(std::uint32_t alternatives);

  std::vector<Branch> path_;      // The decisions of this execution; the last of them advances.
  const Branch* next_ = nullptr;  // In path_: the next decision.
  const Branch* end_ = nullptr;   // Of path_.
  bool is_exhausted_ = false;
};

/// For Options::strategy.
[[nodiscard]] StrategyRecipe exhaustive();

}  // namespace coweave
