// What a search may keep, and what the verdict says of it.
#include <gmock/gmock.h>

#include <chrono>
#include <cstdint>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace coweave {
namespace {

using testing::HasSubstr;
using testing::Not;

Task<> updates(Shared<int>& counter) {
  for (int i = 0; i < 4; ++i) {
    counter.write(counter.read() + 1);
    co_await yield();
  }
}
/// 16! / (4!)^4 = 63,063,000 classes of interleavings of the updates.
Task<> of_many_classes() {
  Shared<int> counter;
  co_await gather(updates(counter), updates(counter), updates(counter), updates(counter));
}

Options options_of(StrategyRecipe strategy, std::uint64_t max_memory) {
  Options options;
  options.strategy = std::move(strategy);
  options.tracking = Tracking::declared;
  options.max_schedules = 20'000;
  options.max_time = std::chrono::minutes(5);
  options.max_memory = max_memory;
  return options;
}

TEST(Memory, OfAReducedSearchEndsItWithAVerdict) {
  for (const StrategyRecipe& strategy : {dpor(), source_sets(), automatic()}) {
    Options options = options_of(strategy, std::uint64_t{1} << 20U);
    options.max_schedules = 10'000'000;
    const Report report = explore(of_many_classes, options);
    EXPECT_EQ(report.verdict, Verdict::limit_hit);
    EXPECT_THAT(report.verdict_detail, HasSubstr("max_memory of 1 MiB reached after "));
    EXPECT_THAT(report.verdict_detail, Not(HasSubstr("every interleaving")));
    EXPECT_FALSE(report.failed());
  }
}

TEST(Memory, IsSaidInTheUnitThatItWasGivenIn) {
  Options options = options_of(dpor(), 1'536 * std::uint64_t{1024});
  options.max_schedules = 10'000'000;
  EXPECT_THAT(explore(of_many_classes, options).verdict_detail,
              HasSubstr("max_memory of 1536 KiB"));
  options.max_memory = 1'000'001;
  EXPECT_THAT(explore(of_many_classes, options).verdict_detail,
              HasSubstr("max_memory of 1000001 bytes"));
}

// A schedule that a bounded search keeps takes 16 bytes: 1 MiB of them are 65,536.
TEST(Memory, OfABoundedSearchCountsToo) {
  Options options = options_of(bounded(), 16 * 5'000);
  const Report report = explore(of_many_classes, options);
  EXPECT_EQ(report.verdict, Verdict::bounded);
  EXPECT_THAT(report.verdict_detail, HasSubstr("max_memory of 80000 bytes reached after"));
}

TEST(Memory, IsNotReachedByWhatKeepsLittle) {
  for (const StrategyRecipe& strategy :
       {exhaustive(), random_walk(), bounded(), portfolio(), pct(), dpor(), automatic()}) {
    const Report report = explore(of_many_classes, options_of(strategy, 0));
    EXPECT_THAT(report.verdict_detail, Not(HasSubstr("max_memory"))) << strategy.name();
  }
  const Report enumerated = explore(of_many_classes, options_of(exhaustive(), 1));
  EXPECT_THAT(enumerated.verdict_detail, HasSubstr("max_schedules of 20000 reached"));
}

}  // namespace
}  // namespace coweave
