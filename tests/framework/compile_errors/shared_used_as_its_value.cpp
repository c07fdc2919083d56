// Says: a Shared<T> is not its value
// Errors: 1
#include <coweave/gtest.hpp>
#include <coweave/primitives.hpp>

COWEAVE_TEST(Shared, IsUsedAsItsValue) {
  coweave::Shared<int> number{0};
  ++number;
  number += 2;
  co_await coweave::yield();
  EXPECT_EQ(number, 3);
}
