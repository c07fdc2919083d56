// Errors: 1
#include <coweave/gtest.hpp>

COWEAVE_TEST(Body, AwaitsNothing) { EXPECT_EQ(1, 1); }
