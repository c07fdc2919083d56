#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "coweave/strategy/randomized.hpp"
#include "coweave/strategy/unseen_mass.hpp"

namespace coweave {

/// All random strategies in turn, in cycles of 16 executions: 5 of pos, 4 of surw, 3 of pct (depths
/// 2, 3 and 10), 2 of the uniform walk, one each of swarm and urw. After each cycle the shares move
/// towards the strategies that have found most classes of schedules that were new, half of the
/// weight with each cycle that has passed; each keeps at least one execution in 16. Which strategy
/// makes execution r follows from the executions of the cycles before, and so from (seed, r).
class PortfolioStrategy final : public RandomizedStrategy, public Assured {
 public:
  static constexpr std::size_t cycle = 16;
  static constexpr std::size_t strategies = 8;

  explicit PortfolioStrategy(std::uint64_t seed);

  /// "pos", "surw", "pct 2", ...
  [[nodiscard]] static std::string_view name_of(std::size_t strategy);
  /// How many executions of this cycle each strategy makes.
  [[nodiscard]] const std::array<std::uint32_t, strategies>& shares() const { return shares_; }
  /// Classes of the schedules that were sampled; see ProgramProfile::class_hash.
  [[nodiscard]] const UnseenMass& classes() const { return classes_; }
  [[nodiscard]] std::optional<Assurance> assurance() const override;
  [[nodiscard]] Capabilities capabilities() override {
    Capabilities offered = RandomizedStrategy::capabilities();
    offered.assured = this;
    return offered;
  }

 private:
  void begin(std::uint64_t number) override;
  [[nodiscard]] std::size_t next(const SchedulingPoint& point) override {
    return members_[current_]->pick(point);
  }
  void end() override;
  void set_shares();
  void set_order();

  struct Score {
    std::uint64_t executions =
        0;  // 1,024 for each of the last cycle, half of that for one before, ...
    std::uint64_t discoveries = 0;
  };

  std::array<std::unique_ptr<Strategy>, strategies> members_;
  const Assured* guarantee_ = nullptr;  // Of the member `pct 3`.
  std::array<Score, strategies> scores_{};
  std::array<std::uint32_t, strategies> shares_{};
  std::array<std::uint8_t, cycle> order_{};  // Which strategy makes which execution of the cycle.
  std::size_t done_ = 0;                     // Executions of this cycle.
  std::size_t current_ = 0;
  UnseenMass classes_;
};

/// For Options::strategy.
[[nodiscard]] StrategyRecipe portfolio();

}  // namespace coweave
