// Two programs are made of it, whose tests have the same names. The build defines SAMPLE_PROGRAM as
// 1 or 2.

#include <coweave/gtest.hpp>
#include <csignal>

namespace {

using coweave::Task;

Task<> add_one(int& number) {
  if (SAMPLE_PROGRAM == 2) co_await coweave::yield();
  const int seen = number;
  co_await coweave::yield();
  number = seen + 1;
}

COWEAVE_TEST(Both, LosesAnUpdate) {
  int number = 0;
  co_await coweave::gather(add_one(number), add_one(number));
  EXPECT_EQ(number, 2);
}

COWEAVE_TEST(Both, Ends) {
  int number = 0;
  co_await coweave::gather(add_one(number), add_one(number));
  if (number != 2) ::raise(SIGABRT);
}

Task<> yields() {
  for (int i = 0; i < 5 + SAMPLE_PROGRAM; ++i) co_await coweave::yield();
}
COWEAVE_TEST(Both, IsLong, coweave::Options{.strategy = coweave::exhaustive()}) {
  co_await coweave::gather(yields(), yields(), yields());
}

}  // namespace
