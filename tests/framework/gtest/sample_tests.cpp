// The program that end_to_end_test.cpp runs: tests of every sort, some of which fail on purpose. It
// is built twice, with Coweave's main() and with GoogleTest's.

#include <coweave/gtest.hpp>
#include <csignal>
#include <cstdlib>
#include <string>

namespace {

using coweave::Task;

Task<> increment(int& counter) {
  const int seen = counter;
  co_await coweave::yield();
  counter = seen + 1;
}

COWEAVE_TEST(Sample, LosesAnUpdate) {
  int counter = 0;
  co_await coweave::gather(increment(counter), increment(counter));
  EXPECT_EQ(counter, 2) << "an update was lost";
}

Task<> yields_once() { co_await coweave::yield(); }

COWEAVE_TEST(Sample, Passes) { co_await coweave::gather(yields_once(), yields_once()); }

/// The saved schedule of this test leads to the body that the variable asks for.
Task<> changing_body() {
  const char* const version = std::getenv("SAMPLE_VERSION");
  if (version == nullptr) {
    co_await coweave::gather(yields_once(), yields_once());
    ADD_FAILURE() << "the first version fails";
  } else if (std::string(version) == "other") {
    co_await yields_once();
  } else {
    co_await coweave::gather(yields_once(), yields_once());  // Cured: the same steps, no failure.
  }
}

COWEAVE_TEST(Sample, Changes) { co_await changing_body(); }

COWEAVE_TEST(Sample, SkipsItself) {
  co_await coweave::yield();
  CO_SKIP() << "not today";
}

Task<> yields_thrice() {
  for (int i = 0; i < 3; ++i) co_await coweave::yield();
}

/// More interleavings than anyone waits for: (8 * 4)! / (4!)^8.
COWEAVE_TEST(Sample, IsLarge) {
  co_await coweave::gather(yields_thrice(), yields_thrice(), yields_thrice(), yields_thrice(),
                           yields_thrice(), yields_thrice(), yields_thrice(), yields_thrice());
}

Task<> write(int& value, int written) {
  co_await coweave::yield();
  value = written;
}

/// Shrinking is off if the variable says so.
coweave::Options shrinking_as_told() {
  coweave::Options options;
  if (std::getenv("SAMPLE_SHRINK") != nullptr) options.shrink.max_executions = 0;
  return options;
}

COWEAVE_TEST(Sample, LosesInOtherOrder, shrinking_as_told()) {
  int value = 0;
  co_await coweave::gather(write(value, 1), write(value, 2), yields_thrice(), yields_thrice());
  EXPECT_EQ(value, 2) << "the first came last";
}

/// Interrupts its own process in the middle of a long exploration.
COWEAVE_TEST(Sample, IsInterrupted) {
  static int executions = 0;
  if (++executions == 1'000) ::raise(SIGINT);
  co_await coweave::gather(yields_thrice(), yields_thrice(), yields_thrice(), yields_thrice(),
                           yields_thrice(), yields_thrice());
}
COWEAVE_TEST(SampleZ, ComesAfterIt) { co_await yields_once(); }

class SampleFixture : public ::testing::Test {
 protected:
  void SetUp() override { text_ = "set up"; }
  std::string text_;
};

COWEAVE_TEST_F(SampleFixture, FailsInItsBody) {
  EXPECT_EQ(text_, "set up");
  co_await yields_once();
  CO_ASSERT_EQ(text_, "another text");
}

TEST_F(SampleFixture, IsShared) { EXPECT_EQ(text_, "set up"); }

class SampleParameter : public ::testing::TestWithParam<int> {};

COWEAVE_TEST_P(SampleParameter, FailsForTwo) {
  co_await coweave::gather(yields_once(), yields_once());
  EXPECT_NE(GetParam(), 2);
}

INSTANTIATE_TEST_SUITE_P(Small, SampleParameter, ::testing::Values(1, 2));

TEST(SamplePlain, ExploresByItself) {
  const coweave::Report report = coweave::explore(yields_once, {.seed = 5, .max_schedules = 10});
  EXPECT_EQ(report.seed, 5U);
  EXPECT_EQ(report.verdict, coweave::Verdict::exhaustive);
}

}  // namespace
