// Shows: co_return
// Errors: 2
#include <coweave/gtest.hpp>

COWEAVE_TEST(Body, Returns) {
  co_await coweave::yield();
  if (coweave::choose(2) == 0) return;
  EXPECT_EQ(1, 1);
}
