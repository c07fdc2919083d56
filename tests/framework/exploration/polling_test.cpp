// Loops that poll the clock, while no timer is armed.
#include <chrono>
#include <cstdint>
#include <utility>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace {

using coweave::check;
using coweave::explore;
using coweave::FailsWith;
using coweave::FailureKind;
using coweave::gather;
using coweave::now;
using coweave::Options;
using coweave::Passes;
using coweave::Report;
using coweave::Task;
using coweave::Tracking;
using coweave::yield;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

Task<> polls_for(coweave::Clock::duration time) {
  const coweave::Clock::time_point deadline = now() + time;
  while (now() < deadline) co_await yield();
}

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}

Options brief() {
  return {.max_schedules = 20, .shrink = {.max_executions = 0}, .compare_await_points = false};
}

// 1 ms, and with the limits after it 11, 111, 1111 ms: the first that is not before the deadline.
TEST(Polling, OfTheClockEndsWhereTimePasses) {
  for (const auto& [time, shown] :
       {std::pair(1ms, 1ms), {5ms, 11ms}, {60ms, 111ms}, {1000ms, 1111ms}}) {
    coweave::Clock::duration passed{};
    const Report report = explore(
        [&passed, wanted = time]() -> Task<> {
          const coweave::Clock::time_point begin = now();
          co_await polls_for(wanted);
          passed = now() - begin;
        },
        brief());
    EXPECT_THAT(report, Passes());
    EXPECT_EQ(passed, shown);
    EXPECT_THAT(report.warnings,
                Contains(HasSubstr("a loop polls until time has passed: after 10000 steps")));
    EXPECT_THAT(report.verdict_detail,
                HasSubstr("; the clock moves only when nothing is ready or an execution has "
                          "reached its limit of steps"));
  }
}

TEST(Polling, OfTheClockEndsBesideOtherTasksAndUnderEverySearch) {
  const auto body = []() -> Task<> { co_await gather(polls_for(5ms), yields(3)); };
  Options options = brief();
  EXPECT_THAT(explore(body, options), Passes());
  options.strategy = coweave::random_walk();
  EXPECT_THAT(explore(body, options), Passes());
}

// No time passes where steps note what they touch. Where it would end the loop, nothing is reduced.
// A sleep reads the clock too, and a timer that fires moves it.
TEST(Polling, IsNotWhatALoopDoesAfterASleep) {
  const auto loops = []() -> Task<> {
    co_await coweave::sleep_for(1ms);
    while (true) co_await yield();
  };
  const Report report = explore(loops, brief());
  EXPECT_THAT(report, FailsWith(FailureKind::livelock));
  EXPECT_THAT(report.warnings, Not(Contains(HasSubstr("polls"))));
}

TEST(Polling, IsNotReduced) {
  const auto of_the_clock = []() -> Task<> { co_await gather(polls_for(5ms), yields(3)); };
  const auto beside_a_sleeper = []() -> Task<> {
    bool is_over = false;
    const auto ends = [](bool& over) -> Task<> {
      co_await coweave::sleep_for(5ms);
      over = true;
    };
    const auto polls = [](const bool& over) -> Task<> {
      while (!over) co_await yield();
    };
    co_await gather(polls(is_over), ends(is_over));
  };
  Options options = brief();
  options.tracking = Tracking::declared;
  for (const std::uint32_t fairness : {16U, 0U}) {
    options.fairness = fairness;
    for (const Report& report :
         {explore(of_the_clock, options), explore(beside_a_sleeper, options)}) {
      EXPECT_THAT(report, Passes());
      EXPECT_FALSE(report.completion.reduction);
      EXPECT_EQ(report.completion.fairness, 16U);
      EXPECT_THAT(report.verdict_detail, Not(HasSubstr("every interleaving:")));
    }
    // A failed check before the limit of steps is what the report is about.
    const auto fails_before = []() -> Task<> {
      check(false, "earlier");
      co_await polls_for(5ms);
    };
    EXPECT_THAT(explore(fails_before, options), FailsWith(FailureKind::check));
  }
  options.strategy = coweave::dpor();
  EXPECT_THAT(explore(of_the_clock, options).warnings,
              Contains(HasSubstr("nothing was reduced: some interleavings end only")));
  const auto fails_later = []() -> Task<> {
    co_await polls_for(5ms);
    check(false, "later");
  };
  EXPECT_THAT(explore(fails_later, options), FailsWith(FailureKind::check));
}

TEST(Polling, FindsWhatFailsOnceTimeHasPassed) {
  const auto body = []() -> Task<> {
    co_await polls_for(5ms);
    check(false, "later");
  };
  const Report report = explore(body, brief());
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  EXPECT_THAT(coweave::replay(body, report.failures.front().schedule),
              FailsWith(FailureKind::check));
}

// Time does not end it, however often it looks at the clock.
TEST(Polling, ThatNoTimeEndsIsALivelock) {
  const auto body = []() -> Task<> {
    coweave::Clock::time_point latest{};
    while (true) {
      latest = now();
      co_await yield();
    }
  };
  EXPECT_THAT(
      explore(body, brief()),
      FailsWith(FailureKind::livelock,
                HasSubstr("not ended after 90000 steps, choices and awaits that completed at "
                          "once; the clock has moved 8 times although tasks were ready")));
}

// Three hours and five minutes are past after all of them: 11,111.111 s.
TEST(Polling, ForLongerThanTheClockMovesIsALivelock) {
  EXPECT_THAT(explore([] { return polls_for(3h); }, brief()), Passes());
  EXPECT_THAT(explore([] { return polls_for(4h); }, brief()), FailsWith(FailureKind::livelock));
}

// What looked at the clock long ago does not wait for it.
TEST(Polling, IsNotTheReasonWhereTheClockWasReadBefore) {
  const auto body = []() -> Task<> {
    static_cast<void>(now());
    while (true) co_await yield();
  };
  EXPECT_THAT(explore(body, brief()),
              FailsWith(FailureKind::livelock, HasSubstr("the clock has moved 1 time although")));
  const auto never = []() -> Task<> {
    while (true) co_await yield();
  };
  EXPECT_THAT(explore(never, brief()), FailsWith(FailureKind::livelock, Not(HasSubstr("clock"))));
}

TEST(Polling, LeavesShortLoopsAlone) {
  const auto body = []() -> Task<> {
    const coweave::Clock::time_point begin = now();
    for (int i = 0; i < 100; ++i) {
      co_await yield();
      check(now() == begin, "time has passed");
    }
  };
  const Report report = explore(body);
  EXPECT_THAT(report, coweave::PassesExhaustively());
  EXPECT_THAT(report.verdict_detail, Not(HasSubstr("clock")));
}

}  // namespace
