// may_fail(): a fault point as a plain call, in code of any kind. fault_point() itself is tested
// with the other injections.

#include <string>

#include "primitives/support.hpp"
#include "primitives/sync/foreign_types.hpp"

namespace coweave::test {
namespace {

using ::testing::HasSubstr;

int saved_or_not() {
  try {
    may_fail("disk full");
  } catch (const InjectedFault& fault) {
    EXPECT_STREQ(fault.what(), "fault point \"disk full\"");
    return 0;
  }
  return 1;
}

foreign::Detached saves(int& saved) {
  co_await yield();
  saved += saved_or_not();
}
foreign::Detached awaits_a_fault_point(int& saved) {
  try {
    co_await fault_point("disk full");
    ++saved;
  } catch (const InjectedFault&) {
  }
}

Options with_faults(std::uint32_t faults) {
  Options options = exhaustively(AwaitPoints::suspending);
  options.inject_faults = faults;
  return options;
}

// Two points, each throws or not, at most one of them: 1 + 2 schedules; both may: 2 * 2.
TEST(MayFail, ThrowsOrReturnsByBranchOfTheTree) {
  for (const std::uint32_t faults : {0U, 1U, 2U}) {
    const Report report = explore(
        []() -> Task<> {
          EXPECT_LE(saved_or_not() + saved_or_not(), 2);
          co_return;
        },
        with_faults(faults));
    EXPECT_THAT(report, PassesExhaustively());
    EXPECT_EQ(report.schedules, faults == 0 ? 1U : faults == 1 ? 3U : 4U);
  }
}

// In a coroutine of another library, in a function that a task posts, and as an await in a foreign
// coroutine: each throws or not, 2^3 schedules with as many faults as there are.
TEST(MayFail, WorksInForeignCoroutinesAndHandlers) {
  bool seen[4] = {};
  const Report report = explore(
      [&seen]() -> Task<> {
        int saved = 0;
        post([&saved] { saves(saved); });
        co_await wait_all_tasks_blocked();
        post([&saved] { saved += saved_or_not(); });
        co_await wait_all_tasks_blocked();
        post([&saved] { awaits_a_fault_point(saved); });
        co_await wait_all_tasks_blocked();
        seen[saved] = true;
      },
      with_faults(3));
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_EQ(report.schedules, 8U);
  for (const bool each : seen) EXPECT_TRUE(each);
}

TEST(MayFail, IsToldAndReplayed) {
  const auto body = []() -> Task<> {
    may_fail("disk full");
    co_return;
  };
  const Report report = explore(body);
  ASSERT_THAT(report, FailsWith(FailureKind::exception, HasSubstr("disk full")));
  const Schedule loaded = Schedule::from_json(report.failures.front().schedule.to_json(), "test");
  EXPECT_THAT(replay(body, loaded), FailsWith(FailureKind::exception, HasSubstr("disk full")));
}

TEST(MayFail, ReturnsUnderRunAndOutsideOfAnyScheduler) {
  EXPECT_EQ(saved_or_not(), 1);
  EXPECT_EQ(run([]() -> Task<int> { co_return saved_or_not(); }()), 1);
}

#ifndef __clang__  // That refuses it.
Task<int> forgets_its_result() { co_await yield(); }

// g++ compiles it; the value that is missing must not be read.
TEST(Task, WithAResultThatEndsWithoutOneIsMisuse) {
  const auto awaits = []() -> Task<> { EXPECT_EQ(co_await forgets_its_result(), 1); };
  EXPECT_THAT(explore(awaits),
              FailsWith(FailureKind::misuse, HasSubstr("expected co_return of a value")));
  const auto gathers = []() -> Task<> { co_await gather(forgets_its_result()); };
  EXPECT_THAT(explore(gathers), FailsWith(FailureKind::misuse, HasSubstr("forgets_its_result")));
}
#endif

}  // namespace
}  // namespace coweave::test
