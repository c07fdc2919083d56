#include "coweave/strategy/bounded.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "coweave/gtest.hpp"
#include "framework/strategy/recorded_picks.hpp"
#include "programs/generated_program.hpp"

namespace coweave {
namespace {

using programs::generated::generate;
using programs::generated::Program;
using programs::generated::run_program;
using test::Picks;
using testing::HasSubstr;

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}
Task<> of_20_schedules() { co_await gather(yields(2), yields(2)); }

/// The schedules of `body` with the number of their deviations from a base order, by enumeration.
struct Enumerated {
  std::map<Picks, std::size_t> deviations;
  bool is_complete = false;
};

/// Enumerates, and counts at each decision whether the pick is that of running to completion.
class CompletionCounter final : public Strategy, public Exhaustible {
 public:
  explicit CompletionCounter(Enumerated& result) : result_(result) {}
  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    deviations_ = 0;
    return inner_.begin_execution(number);
  }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    std::size_t base = 0;
    for (std::size_t i = 0; i < point.size(); ++i)
      if (point[i].id == point.last()) base = i;
    const std::size_t picked = inner_.pick(point);
    if (picked != base) ++deviations_;
    return picked;
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    const std::uint32_t value = inner_.choose(alternatives);
    if (value != 0) ++deviations_;
    return value;
  }
  void end_execution(std::span<const Step> steps) override {
    Picks picks;
    for (const Step& step : steps)
      if (step.alternatives > 1) picks.push_back(step.pick);
    result_.deviations[picks] = deviations_;
    inner_.end_execution(steps);
  }
  [[nodiscard]] bool is_exhausted() const override { return inner_.is_exhausted(); }
  [[nodiscard]] Capabilities capabilities() override {
    Capabilities offered = capabilities_of(*this);
    offered.begins_in_production_order = true;
    return offered;
  }

 private:
  ExhaustiveStrategy inner_;
  Enumerated& result_;
  std::size_t deviations_ = 0;
};

constexpr std::uint64_t most_schedules = 3'000;

Options keep_going() {
  Options options;
  options.keep_going = true;
  options.compare_await_points = false;
  options.max_steps = 1'000;
  options.max_schedules = most_schedules;
  return options;
}

template <class Body>
Enumerated enumerate(Body& body, BaseOrder base) {
  Enumerated result;
  Options options = keep_going();
  if (base == BaseOrder::run_to_completion) {
    options.strategy = StrategyRecipe("counted", [&result](std::uint64_t) {
      return std::make_unique<CompletionCounter>(result);
    });
    result.is_complete = explore(body, options).verdict_detail.starts_with("every interleaving:");
    return result;
  }
  const std::vector<Picks> all = test::picks_of_exploration(body, exhaustive(), options);
  for (const Picks& picks : all)
    result.deviations[picks] = static_cast<std::size_t>(
        std::count_if(picks.begin(), picks.end(), [](std::uint32_t pick) { return pick != 0; }));
  result.is_complete = all.size() < most_schedules;
  return result;
}

/// All bounds in one search: each schedule once, those of fewer deviations first; and each bound
/// alone.
template <class Body>
void expect_exactly_the_bounds(Body& body, const Enumerated& all, BaseOrder base) {
  const std::vector<Picks> searched =
      test::picks_of_exploration(body, bounded({.base = base}), keep_going());
  ASSERT_EQ(searched.size(), all.deviations.size());
  ASSERT_EQ(std::set<Picks>(searched.begin(), searched.end()).size(), searched.size());
  std::size_t before = 0;
  std::map<std::size_t, std::size_t> of_bound;
  for (const Picks& picks : searched) {
    const auto known = all.deviations.find(picks);
    ASSERT_NE(known, all.deviations.end());
    ASSERT_GE(known->second, before);
    before = known->second;
    ++of_bound[before];
  }
  std::size_t at_most = 0;
  for (std::uint32_t k = 0; k <= 3; ++k) {
    at_most += of_bound[k];
    const std::vector<Picks> some =
        test::picks_of_exploration(body, bounded({.deviations = k, .base = base}), keep_going());
    ASSERT_EQ(some.size(), at_most) << k;
    ASSERT_TRUE(std::equal(some.begin(), some.end(), searched.begin())) << k;
  }
}

void expect_bounds_of_generated_programs(BaseOrder base) {
  int compared = 0;
  for (std::uint64_t number = 1; number <= 200; ++number) {
    const Program program = generate(number);
    const auto body = [&program] { return run_program(program); };
    const Enumerated all = enumerate(body, base);
    if (!all.is_complete) continue;
    expect_exactly_the_bounds(body, all, base);
    ASSERT_FALSE(testing::Test::HasFatalFailure()) << "program " << number;
    ++compared;
  }
  EXPECT_GT(compared, 100);
}

TEST(Bounded, HasExactlyTheSchedulesOfEachBoundOfGeneratedPrograms) {
  expect_bounds_of_generated_programs(BaseOrder::production);
}

TEST(BoundedRunToCompletion, HasExactlyTheSchedulesOfEachBoundOfGeneratedPrograms) {
  expect_bounds_of_generated_programs(BaseOrder::run_to_completion);
}

// a and b of two steps: C(4, 2) = 6 schedules of 2 or 3 decisions. 000 is abab; with one deviation
// 100 (baba), 01 (aabb) and 001 (abba); with two 11 (bbaa) and 101 (baab).
TEST(Bounded, TakesFewDeviationsFirst) {
  const auto program = []() -> Task<> { co_await gather(yields(1), yields(1)); };
  EXPECT_EQ(test::picks_of_exploration(program, bounded()),
            (std::vector<Picks>{{0, 0, 0}, {1, 0, 0}, {0, 1}, {0, 0, 1}, {1, 1}, {1, 0, 1}}));
}

TEST(Bounded, SaysWhichBoundWasCompleted) {
  const Report report = explore(of_20_schedules, {.strategy = bounded({.deviations = 1})});
  EXPECT_EQ(report.verdict, Verdict::bounded);
  // Production order decides five times between two.
  EXPECT_EQ(report.verdict_detail,
            "every interleaving of at most 1 deviation from production order: 6 schedules");
  EXPECT_EQ(report.strategy, "bounded:deviations=1");
}

TEST(Bounded, IsExhaustiveWhereNoScheduleDeviatesMore) {
  for (const BaseOrder base : {BaseOrder::production, BaseOrder::run_to_completion}) {
    const Report report = explore(of_20_schedules, {.strategy = bounded({.base = base})});
    EXPECT_EQ(report.verdict, Verdict::exhaustive);
    EXPECT_EQ(report.verdict_detail, "every interleaving: 20 schedules");
  }
  // The same with a last bound that happens to be enough, and with one that is one too few.
  const std::size_t most = 5;
  for (std::uint32_t k = 0; k <= most; ++k) {
    const Report report = explore(of_20_schedules, {.strategy = bounded({.deviations = k})});
    EXPECT_EQ(report.verdict == Verdict::exhaustive, report.schedules == 20U) << k;
  }
}

TEST(Bounded, CutShortClaimsTheBoundBefore) {
  const Report report = explore(of_20_schedules, {.strategy = bounded(), .max_schedules = 8});
  EXPECT_EQ(report.verdict, Verdict::bounded);
  EXPECT_EQ(report.verdict_detail,
            "every interleaving of at most 1 deviation from production order: 6 schedules "
            "(max_schedules of 8 reached after 8 schedules)");
}

TEST(Bounded, CutShortBeforeTheBoundThatWasAskedForIsALimit) {
  const Report report =
      explore(of_20_schedules, {.strategy = bounded({.deviations = 2}), .max_schedules = 8});
  EXPECT_EQ(report.verdict, Verdict::limit_hit);
  EXPECT_EQ(report.verdict_detail,
            "max_schedules of 8 reached after 8 schedules; every interleaving of at most 1 "
            "deviation from production order: 6 schedules");
}

TEST(Bounded, OfOneScheduleWarns) {
  const auto body = [] { return yields(3); };
  const Report report = explore(body, {.strategy = bounded()});
  EXPECT_EQ(report.verdict, Verdict::exhaustive);
  EXPECT_THAT(report.warnings, testing::ElementsAre(HasSubstr("only one schedule")));
}

TEST(Bounded, FindsTheFewestDeviationsThatFail) {
  const auto increment = [](int& counter, int before) -> Task<> {
    co_await yields(before);
    const int seen = counter;
    co_await yield();
    counter = seen + 1;
  };
  const auto body = [&increment]() -> Task<> {
    int counter = 0;
    co_await gather(increment(counter, 0), increment(counter, 3));
    check(counter == 2, "an increment was lost");
  };
  const Report all = explore(body, {.strategy = exhaustive(), .keep_going = true});
  const Report found = explore(body, {.strategy = bounded()});
  ASSERT_TRUE(found.failed());
  EXPECT_GT(found.failures.front().schedule.deviations(), 0U);
  EXPECT_EQ(found.failures.front().schedule.deviations(),
            all.failures.front().schedule.deviations());
}

Task<> polls(bool& flag) {
  while (!flag) co_await yield();
}
Task<> sets(bool& flag) {
  flag = true;
  co_return;
}
Task<> polling() {
  bool flag = false;
  co_await gather(polls(flag), sets(flag));
}

TEST(BoundedRunToCompletion, LetsGoOfAPollingLoop) {
  const Report report = explore(
      polling, {.strategy = bounded({.deviations = 0, .base = BaseOrder::run_to_completion})});
  EXPECT_EQ(report.verdict, Verdict::bounded) << report;
  EXPECT_THAT(report.verdict_detail, HasSubstr("from running each task to completion: 1 schedule"));
}

TEST(Bounded, ThrowsWhereTheSamePicksOfferSomethingElse) {
  BoundedStrategy strategy;
  ASSERT_TRUE(strategy.begin_execution(1));
  EXPECT_EQ(strategy.choose(2), 0U);
  EXPECT_EQ(strategy.choose(3), 0U);
  strategy.end_execution({});
  ASSERT_TRUE(strategy.begin_execution(2));
  EXPECT_EQ(strategy.choose(2), 1U);
  strategy.end_execution({});
  ASSERT_TRUE(strategy.begin_execution(3));
  EXPECT_EQ(strategy.choose(2), 0U);
  EXPECT_THROW(strategy.end_execution({}), Strategy::Nondeterminism);
}

}  // namespace
}  // namespace coweave
