#include "coweave/core/rng.hpp"

#include <gtest/gtest.h>

#include <array>

namespace coweave {
namespace {

// The first outputs of pcg32 seeded with (42, 54), as O'Neill's reference program prints them.
TEST(Rng, GivesTheKnownAnswersOfPcg32) {
  Rng rng(42, 54);
  for (const std::uint32_t expected :
       {0xa15c02b7U, 0x7b47f409U, 0xba1d3330U, 0x83d2f293U, 0xbfa4784bU, 0xcbed606eU})
    EXPECT_EQ(rng.next32(), expected);
}

TEST(Rng, BelowIsInRangeAndReachesEveryValue) {
  Rng rng(1);
  for (std::uint32_t n = 1; n <= 9; ++n) {
    std::array<int, 9> seen{};
    for (int i = 0; i < 9'000; ++i) {
      const std::uint32_t value = rng.below(n);
      ASSERT_LT(value, n);
      ++seen[value];
    }
    // Each value is expected 9000/n times; the standard deviation is below 48 for every n here.
    for (std::uint32_t value = 0; value < n; ++value)
      EXPECT_NEAR(seen[value], 9'000.0 / n, 5 * 48) << value << " of " << n;
  }
}

// n just above 2^31: without rejection values below 2^32 - n would be twice as likely as the rest.
TEST(Rng, BelowIsUnbiasedWhereRejectionMatters) {
  constexpr std::uint32_t n = 0xC0000000U;  // 3/4 of the range.
  Rng rng(7);
  int low = 0;
  for (int i = 0; i < 30'000; ++i) low += rng.below(n) < n / 3 ? 1 : 0;
  EXPECT_NEAR(low, 10'000, 5 * 82);  // Biased it would be 15,000; sigma = sqrt(30000 * 2/9) = 82.
}

TEST(Rng, SeedsOfExecutionsDiffer) {
  EXPECT_NE(execution_seed(0, 1), execution_seed(0, 2));
  EXPECT_NE(execution_seed(0, 1), execution_seed(1, 1));
  EXPECT_EQ(execution_seed(5, 9), execution_seed(5, 9));
}

}  // namespace
}  // namespace coweave
