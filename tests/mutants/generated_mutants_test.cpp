// What the generated programs notice: the same run passes as it is, and fails with each fault of
// mutants.cmake in the scheduler.

#include <gtest/gtest.h>

#include <string>

#include "framework/shell_command.hpp"

namespace coweave::test {
namespace {

Ended run_with(const std::string& mutant) {
  return run_in_shell(
      "COWEAVE_MUTANT=" + mutant +
      " COWEAVE_GENERATED_PROGRAMS=60 COWEAVE_GENERATED_SEED=1 " COWEAVE_GENERATED_MUTANTS
      " --gtest_brief=1 --gtest_fail_fast"
      " --gtest_filter='*Generated.*/deadlines:*Generated.*/moved_deadlines:"
      "*Generated.*/timed_waits:*Generated.*/waits' 2>&1");
}

TEST(NoGeneratedMutant, Passes) {
  const Ended ended = run_with("none");
  EXPECT_EQ(ended.code, 0) << ended.output;
}

class GeneratedMutant : public testing::TestWithParam<const char*> {};

TEST_P(GeneratedMutant, IsNoticed) {
  const Ended ended = run_with(GetParam());
  EXPECT_NE(ended.code, 0) << ended.output;
  // It could be started. An abort is a way to notice, too.
  EXPECT_NE(ended.code, 126) << ended.output;
  EXPECT_NE(ended.code, 127) << ended.output;
}

INSTANTIATE_TEST_SUITE_P(Faults, GeneratedMutant,
                         testing::Values("fires_timers_of_cancelled_waiters",
                                         "takes_back_ended_waits", "wakes_woken_waiters",
                                         "ends_are_not_watched", "delivers_cancellations_twice",
                                         "reverses_equal_deadlines",
                                         "keeps_the_timer_of_a_moved_deadline"),
                         [](const auto& mutant) { return std::string(mutant.param); });

}  // namespace
}  // namespace coweave::test
