// A bounded search that keeps few schedules goes through the same ones, in the same order.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "coweave/core/hash.hpp"
#include "coweave/strategy/bounded.hpp"
#include "framework/strategy/recorded_picks.hpp"

namespace coweave {
namespace {

using test::Picks;

/// A program of choices alone: how many there are, and of how many values, follows from those that
/// were made. Up to 7 choices of 2 or 3 values.
class Choices {
 public:
  explicit Choices(std::uint64_t seed) : seed_(seed) {}

  /// The values of the next execution; nothing after the last. `probes` counts the others.
  std::optional<Picks> next(BoundedStrategy& strategy, std::uint64_t number) const {
    if (!strategy.begin_execution(number)) return std::nullopt;
    Picks picks;
    std::uint64_t hash = mix(seed_);
    while (picks.size() < 4 || (picks.size() < 7 && hash % 3 != 0)) {
      picks.push_back(strategy.choose(2 + static_cast<std::uint32_t>(hash / 8 % 2)));
      hash = mix(hash + picks.back() + 1);
    }
    strategy.end_execution({});
    return picks;
  }

 private:
  std::uint64_t seed_;
};

struct Searched {
  std::vector<Picks> schedules;
  std::uint64_t probes = 0;
  std::size_t most_memory = 0;
  bool is_exhausted = false;
  std::vector<std::uint64_t> bounds;  // The number of schedules of those that were completed.
};

/// `is_resumed`: by a new strategy after each execution.
Searched search(const Choices& program, BoundedOptions options, bool is_resumed = false) {
  Searched result;
  auto strategy = std::make_unique<BoundedStrategy>(options);
  for (std::uint64_t number = 1; const auto picks = program.next(*strategy, number); ++number) {
    if (strategy->was_probe()) {
      ++result.probes;
    } else {
      result.schedules.push_back(*picks);
    }
    result.most_memory = std::max(result.most_memory, strategy->memory());
    if (const auto bound = strategy->completed_bound();
        bound && (result.bounds.empty() || result.bounds.back() != bound->schedules))
      result.bounds.push_back(bound->schedules);
    if (!is_resumed) continue;
    auto next = std::make_unique<BoundedStrategy>(options);
    EXPECT_TRUE(next->restore(strategy->checkpoint())) << number;
    EXPECT_EQ(next->checkpoint(), strategy->checkpoint());
    strategy = std::move(next);
  }
  result.is_exhausted = strategy->is_exhausted();
  return result;
}

TEST(BoundedMemory, OfAnySizeGivesTheSameSchedulesInTheSameOrder) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Choices program(seed);
    const Searched all = search(program, {});
    EXPECT_EQ(all.probes, 0U);
    ASSERT_TRUE(all.is_exhausted);
    for (const std::size_t most : {0U, 1U, 5U, 20U, 100U}) {
      const Searched few = search(program, {.most_kept = most});
      ASSERT_EQ(few.schedules, all.schedules) << "seed " << seed << ", " << most << " kept";
      ASSERT_EQ(few.bounds, all.bounds);
      ASSERT_TRUE(few.is_exhausted);
      ASSERT_LE(few.most_memory, 16 * std::max<std::size_t>(most, 1));
      ASSERT_EQ(search(program, {.most_kept = most}, true).schedules, all.schedules);
    }
  }
}

TEST(BoundedMemory, OfAnySizeEndsWithTheSameLastBound) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Choices program(seed);
    for (std::uint32_t last = 0; last <= 4; ++last) {
      const Searched all = search(program, {.deviations = last});
      const Searched few = search(program, {.deviations = last, .most_kept = 3});
      ASSERT_EQ(few.schedules, all.schedules) << "seed " << seed << ", bound " << last;
      ASSERT_EQ(few.is_exhausted, all.is_exhausted);
    }
  }
}

// Four yields each: 10! / 5!^2 = 252 schedules. A probe is none of them, and counts in the budget.
TEST(BoundedMemory, DoesNotCountProbesAsSchedules) {
  const auto yields = []() -> Task<> {
    for (int i = 0; i < 4; ++i) co_await yield();
  };
  const auto body = [&yields]() -> Task<> { co_await gather(yields(), yields()); };
  const auto recipe = [](std::size_t most) { return bounded({.most_kept = most}); };
  for (const std::size_t most : {1U, 10U, 1'000U}) {
    const Report report = explore(body, {.strategy = recipe(most)});
    EXPECT_EQ(report.verdict_detail, "every interleaving: 252 schedules") << most;
    EXPECT_EQ(report.schedules, 252U);
  }
  std::vector<Picks> all = test::picks_of_exploration(body, recipe(1'000));
  EXPECT_EQ(test::picks_of_exploration(body, recipe(10)), all);
  const Report cut = explore(body, {.strategy = recipe(1), .max_schedules = 100});
  EXPECT_LT(cut.schedules, 100U);
  EXPECT_EQ(cut.verdict, Verdict::bounded);
}

}  // namespace
}  // namespace coweave
