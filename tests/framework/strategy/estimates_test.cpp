#include <cmath>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/strategy/probability_text.hpp"
#include "coweave/strategy/tree_estimate.hpp"
#include "coweave/strategy/unseen_mass.hpp"

namespace coweave {
namespace {

/// Passes on to another strategy, and shows the executions to an estimate.
template <class Estimate>
class Estimating final : public Strategy {
 public:
  Estimating(std::unique_ptr<Strategy> strategy, Estimate& estimate)
      : strategy_(std::move(strategy)), estimate_(estimate) {}
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
    strategy_->end_execution(steps);
    estimate_.add(steps);
  }
  [[nodiscard]] Capabilities capabilities() override {
    return {.begins_in_production_order = true};
  }

 private:
  std::unique_ptr<Strategy> strategy_;
  Estimate& estimate_;
};

template <class Estimate>
Estimate estimate_of(Task<> (*body)(), const StrategyRecipe& recipe, std::uint64_t executions) {
  Estimate estimate;
  const StrategyRecipe estimating("estimating", [&](std::uint64_t seed) {
    return std::make_unique<Estimating<Estimate>>(recipe.make(seed), estimate);
  });
  static_cast<void>(explore(body, {.strategy = estimating, .max_schedules = executions}));
  return estimate;
}

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}
Task<> of_1680() { co_await gather(yields(2), yields(2), yields(2)); }  // 9!/(3!)^3
Task<> chooses() {
  if (choose(3) == 1 && choose(4) == 2) static_cast<void>(choose(5));
  co_return;
}
Task<> of_10() { co_await chooses(); }  // 2 + 3 + 5

// Knuth's estimate has no bias: 20,000 executions are within five standard errors of the truth, and
// those are small.
TEST(RandomTreeEstimate, ConvergesToTheNumberOfSchedules) {
  const auto estimate = estimate_of<RandomTreeEstimate>(of_1680, random_walk(), 20'000);
  EXPECT_EQ(estimate.executions(), 20'000U);
  EXPECT_NEAR(estimate.schedules(), 1'680, 5 * estimate.standard_error());
  EXPECT_LT(estimate.standard_error(), 0.02 * 1'680);
  const auto uneven = estimate_of<RandomTreeEstimate>(of_10, random_walk(), 20'000);
  EXPECT_NEAR(uneven.schedules(), 10, 5 * uneven.standard_error());
  EXPECT_LT(uneven.standard_error(), 0.3);
}

TEST(RandomTreeEstimate, OfOneExecutionIsOfAnyError) {
  EXPECT_EQ(RandomTreeEstimate().schedules(), 0);
  const auto estimate = estimate_of<RandomTreeEstimate>(of_10, random_walk(), 1);
  EXPECT_TRUE(std::isinf(estimate.standard_error()));
}

TEST(EnumerationEstimate, IsExactAtTheEnd) {
  const auto estimate = estimate_of<EnumerationEstimate>(of_1680, exhaustive(), 1'000'000);
  EXPECT_EQ(estimate.executions(), 1'680U);
  EXPECT_NEAR(estimate.share_done(), 1, 1e-9);
  EXPECT_NEAR(estimate.schedules(), 1'680, 1e-6);
}

// The values 0, then 1 with 0 and 1: of the tree 1/3 + 1/12 + 1/12 = 1/2 after three executions.
TEST(EnumerationEstimate, SaysHowFarItHasCome) {
  const auto estimate = estimate_of<EnumerationEstimate>(of_10, exhaustive(), 3);
  EXPECT_DOUBLE_EQ(estimate.share_done(), 0.5);
  EXPECT_DOUBLE_EQ(estimate.schedules(), 6);
}

// 1 1 2 3 3 3 4: two of seven samples are of classes seen once.
TEST(UnseenMass, IsTheShareOfTheClassesSeenOnce) {
  UnseenMass mass;
  EXPECT_EQ(mass.estimate(), 1);
  std::vector<bool> are_first;
  for (const std::uint64_t hash : {1U, 1U, 2U, 3U, 3U, 3U, 4U})
    are_first.push_back(mass.add(hash).value());
  EXPECT_EQ(are_first, (std::vector<bool>{true, false, true, true, false, false, true}));
  EXPECT_EQ(mass.classes(), 4U);
  EXPECT_EQ(mass.samples(), 7U);
  EXPECT_DOUBLE_EQ(mass.estimate(), 2. / 7);
}

// Of 1,000 equally likely classes, after n samples (1 - 1/1000)^n of the mass is unseen; the
// estimate's standard error is below 0.02.
TEST(UnseenMass, EstimatesWhatIsUnseen) {
  Rng rng(1);
  UnseenMass mass;
  for (int i = 0; i < 1'000; ++i) mass.add(rng.below(1'000));
  EXPECT_NEAR(mass.estimate(), std::pow(0.999, 1'000), 0.1);
  EXPECT_NEAR(mass.estimate(), 1 - static_cast<double>(mass.classes()) / 1'000, 0.1);
  for (int i = 0; i < 9'000; ++i) mass.add(rng.below(1'000));
  EXPECT_LT(mass.estimate(), 0.01);
}

// The same classes and the same samples, kept whole and as a few hundred: 100,000 classes of which
// each sample has one. The 64 to 128 classes that stay are a random part of all, so that the number
// of classes has a relative standard error of 1/8, and the share of 0.37 one of about 0.06.
TEST(UnseenMass, KeepsFewOfManyClasses) {
  Rng rng(1);
  UnseenMass whole;
  UnseenMass few(128);
  std::uint64_t answered = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t hash = rng.below(100'000);
    const std::optional<bool> exact = whole.add(hash);
    const std::optional<bool> is_new = few.add(hash);
    ASSERT_TRUE(exact);
    if (!is_new) continue;
    ++answered;
    ASSERT_EQ(*is_new, *exact) << i;
  }
  EXPECT_TRUE(whole.is_exact());
  EXPECT_FALSE(few.is_exact());
  EXPECT_EQ(few.samples(), whole.samples());
  EXPECT_NEAR(static_cast<double>(few.classes()), static_cast<double>(whole.classes()),
              0.4 * static_cast<double>(whole.classes()));
  EXPECT_NEAR(few.estimate(), whole.estimate(), 0.2);
  EXPECT_LT(answered, 2'000U);  // Few classes, and so few samples, count in the end.
}

TEST(ProbabilityText, RoundsUp) {
  EXPECT_EQ(probability_text(0), "0");
  EXPECT_EQ(probability_text(1), "1");
  EXPECT_EQ(probability_text(0.9991), "1");
  EXPECT_EQ(probability_text(0.3), "0.3");
  EXPECT_EQ(probability_text(0.1231), "0.124");
  EXPECT_EQ(probability_text(0.0002), "0.001");
  EXPECT_EQ(probability_text(0.0001), "1e-4");
  EXPECT_EQ(probability_text(3e-7), "1e-6");
  EXPECT_EQ(probability_text(1e-320), "1e-300");
}

}  // namespace
}  // namespace coweave
