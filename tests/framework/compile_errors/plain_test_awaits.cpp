// Says: write COWEAVE_TEST(suite, name)
// Errors: 1
#include <coweave/gtest.hpp>

TEST(Plain, Awaits) { co_await coweave::yield(); }
