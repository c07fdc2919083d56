#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>

#include "bug_catalog.hpp"
#include "coweave/gtest.hpp"

// The fifteen bugs of other people's asynchronous code, each with the numbers that a model of it in
// another language gave under asyncio's rule of suspension.

namespace {

using coweave::AwaitPoints;
using coweave::FailureKind;
using coweave::Options;
using coweave::Report;
using coweave::Task;

using Program = Task<>();

Options enumeration(AwaitPoints points) {
  Options options;
  options.strategy = coweave::exhaustive();
  options.await_points = points;
  options.keep_going = true;
  options.compare_await_points = false;
  options.max_schedules = 1'000'000;
  options.max_time = std::chrono::minutes(5);
  return options;
}

template <class Entry>
std::string name_of(const ::testing::TestParamInfo<Entry>& entry) {
  return entry.param.name;
}

/// All schedules and the failing ones: N and F.
using Counts = std::pair<std::uint64_t, std::uint64_t>;
Counts counts_of(const Report& report) { return {report.schedules, report.failing}; }

/// What README.md says of a program, and how Coweave counts its own test body.
struct Bug {
  const char* name;
  Program* buggy;
  FailureKind kind;          // Of the schedule that is found first.
  std::uint64_t steps;       // S: of the production order, without those of the body.
  std::uint64_t body_steps;  // Its start, the resumes of its awaits.
  std::size_t deviations;    // d: least number of deviations that fails.
  std::uint64_t schedules;   // N
  std::uint64_t failing;     // F
};

void PrintTo(const Bug& bug, std::ostream* out) { *out << bug.name; }

class Bugs : public ::testing::TestWithParam<Bug> {};

TEST_P(Bugs, HaveTheCountsOfTheModel) {
  const Report report = coweave::explore(GetParam().buggy, enumeration(AwaitPoints::suspending));
  EXPECT_THAT(report, coweave::FailsWith(GetParam().kind));
  EXPECT_EQ(counts_of(report), Counts(GetParam().schedules, GetParam().failing));
}

TEST_P(Bugs, AreAsFarFromProductionOrderAsInTheModel) {
  const Report report = coweave::explore(GetParam().buggy, enumeration(AwaitPoints::suspending));
  ASSERT_FALSE(report.failures.empty());
  std::size_t least = report.failures.front().schedule.deviations();
  for (const coweave::Failure& failure : report.failures)
    least = std::min(least, failure.schedule.deviations());
  EXPECT_EQ(least, GetParam().deviations);
}

TEST_P(Bugs, HaveTheStepsOfTheModel) {
  Options options = enumeration(AwaitPoints::suspending);
  options.strategy = coweave::production();
  const Report report = coweave::explore(GetParam().buggy, options);
  EXPECT_EQ(report.steps, GetParam().steps + GetParam().body_steps);
}

// The body takes 2 steps where it gathers, or ends when all is quiet; where it then awaits a task
// that sleeps for ever it has taken those 2 as well.
INSTANTIATE_TEST_SUITE_P(
    A, Bugs,
    ::testing::Values(
        Bug{"A01", programs::shared_counter::buggy, FailureKind::check, 4, 2, 0, 6, 4},
        Bug{"A02", programs::disconnect_during_broadcast::buggy, FailureKind::exception, 6, 2, 0,
            55, 10},
        Bug{"A03", programs::over_released_semaphore::buggy, FailureKind::check, 8, 2, 1, 702, 144},
        Bug{"A04", programs::coalesced_event::buggy, FailureKind::check, 7, 2, 1, 18, 6},
        Bug{"A05", programs::connection_state::buggy, FailureKind::check, 6, 2, 0, 36, 14},
        Bug{"A06", programs::lost_lock_wakeup::buggy, FailureKind::deadlock, 7, 2, 0, 1'534, 28},
        Bug{"A07", programs::lock_granted_twice::buggy, FailureKind::check, 12, 2, 1, 47'448,
            1'992},
        Bug{"A08", programs::semaphore_barging::buggy, FailureKind::check, 8, 2, 0, 8, 4},
        Bug{"A09", programs::semaphore_stuck::buggy, FailureKind::deadlock, 7, 2, 0, 90, 4},
        Bug{"A10", programs::lost_notification::buggy, FailureKind::check, 6, 2, 1, 133, 4},
        Bug{"A11", programs::lost_queue_item::buggy, FailureKind::check, 8, 2, 1, 455, 41},
        Bug{"A12", programs::single_waiter_slot::buggy, FailureKind::exception, 6, 2, 2, 114, 16},
        Bug{"A13", programs::reply_left_on_connection::buggy, FailureKind::check, 7, 2, 1, 74, 7},
        Bug{"A14", programs::connection_limit::buggy, FailureKind::check, 8, 2, 0, 122, 28},
        Bug{"A15", programs::pool_fills_twice::buggy, FailureKind::deadlock, 6, 2, 0, 72, 48}),
    name_of<Bug>);

struct Cure {
  const char* name;
  Program* fixed;
  std::uint64_t schedules;
};

void PrintTo(const Cure& cure, std::ostream* out) { *out << cure.name; }

class Cures : public ::testing::TestWithParam<Cure> {};

TEST_P(Cures, PassInEveryInterleaving) {
  const Report report = coweave::explore(GetParam().fixed, enumeration(AwaitPoints::suspending));
  EXPECT_THAT(report, coweave::PassesExhaustively());
  EXPECT_EQ(report.schedules, GetParam().schedules);
}

// A05, A06 and A08 are those of README.md; the others are Coweave's own.
INSTANTIATE_TEST_SUITE_P(
    A, Cures,
    ::testing::Values(Cure{"A01", programs::shared_counter::fixed, 4},
                      Cure{"A01WithoutLock", programs::shared_counter::fixed_without_lock, 6},
                      Cure{"A02", programs::disconnect_during_broadcast::fixed, 65},
                      Cure{"A03", programs::over_released_semaphore::fixed, 966},
                      Cure{"A04", programs::coalesced_event::fixed, 20},
                      Cure{"A05", programs::connection_state::fixed, 50},
                      Cure{"A06", programs::lost_lock_wakeup::fixed, 1'506},
                      Cure{"A07", programs::lock_granted_twice::fixed, 42'576},
                      Cure{"A08", programs::semaphore_barging::fixed, 6},
                      Cure{"A09", programs::semaphore_stuck::fixed, 87},
                      Cure{"A10", programs::lost_notification::fixed, 133},
                      Cure{"A11", programs::lost_queue_item::fixed, 445},
                      Cure{"A12", programs::single_waiter_slot::fixed, 130},
                      Cure{"A13", programs::reply_left_on_connection::fixed, 74},
                      Cure{"A14", programs::connection_limit::fixed, 94},
                      Cure{"A15", programs::pool_fills_twice::fixed, 54}),
    name_of<Cure>);

// No canceller in the program, and nobody says where to cancel: one cancellation anywhere.
struct Uncancelled {
  const char* name;
  Program* buggy;
  FailureKind kind;
  Counts counts;
  Program* fixed;
  std::uint64_t fixed_schedules;
};

void PrintTo(const Uncancelled& bug, std::ostream* out) { *out << bug.name; }

class CancellationBugs : public ::testing::TestWithParam<Uncancelled> {};

Options with_a_cancellation() {
  Options options = enumeration(AwaitPoints::suspending);
  options.inject_cancellation.at_most = 1;
  return options;
}

TEST_P(CancellationBugs, AreFoundByAnInjectedCancellation) {
  const Report report = coweave::explore(GetParam().buggy, with_a_cancellation());
  EXPECT_THAT(report, coweave::FailsWith(GetParam().kind));
  EXPECT_EQ(counts_of(report), GetParam().counts);
  EXPECT_EQ(report.failures.front().schedule.deviations(), 1U);  // The cancellation.
  EXPECT_THAT(coweave::explore(GetParam().buggy, enumeration(AwaitPoints::suspending)),
              coweave::PassesExhaustively());
}
TEST_P(CancellationBugs, AreCured) {
  const Report report = coweave::explore(GetParam().fixed, with_a_cancellation());
  EXPECT_THAT(report, coweave::PassesExhaustively());
  EXPECT_EQ(report.schedules, GetParam().fixed_schedules);
}

INSTANTIATE_TEST_SUITE_P(
    A, CancellationBugs,
    ::testing::Values(
        Uncancelled{"A06", programs::lost_lock_wakeup::buggy_uncancelled, FailureKind::deadlock,
                    Counts(1'567, 34), programs::lost_lock_wakeup::fixed_uncancelled, 1'543},
        Uncancelled{"A07", programs::lock_granted_twice::buggy_uncancelled, FailureKind::check,
                    Counts(105'402, 9'340), programs::lock_granted_twice::fixed_uncancelled,
                    82'132},
        Uncancelled{"A09", programs::semaphore_stuck::buggy_uncancelled, FailureKind::deadlock,
                    Counts(3'638, 189), programs::semaphore_stuck::fixed_uncancelled, 3'576},
        Uncancelled{"A10", programs::lost_notification::buggy_uncancelled, FailureKind::check,
                    Counts(70, 2), programs::lost_notification::fixed_uncancelled, 70},
        Uncancelled{"A11", programs::lost_queue_item::buggy_uncancelled, FailureKind::check,
                    Counts(230, 18), programs::lost_queue_item::fixed_uncancelled, 222},
        Uncancelled{"A13", programs::reply_left_on_connection::buggy_uncancelled,
                    FailureKind::check, Counts(40, 12),
                    programs::reply_left_on_connection::fixed_uncancelled, 40}),
    name_of<Uncancelled>);

TEST(BugsUnderEveryAwait, HaveTheCountsOfTheModel) {
  const Report a03 =
      coweave::explore(programs::over_released_semaphore::buggy, enumeration(AwaitPoints::every));
  EXPECT_EQ(counts_of(a03), Counts(12'768, 2'916));
  const Report a04 =
      coweave::explore(programs::coalesced_event::buggy, enumeration(AwaitPoints::every));
  EXPECT_EQ(counts_of(a04), Counts(24, 10));
}

// The semaphore counts permits, not who took them: every schedule ends in an error, most of them in
// an innocent task's, and some after the limit was exceeded.
TEST(BoundedSemaphoreOfA03, BlamesAnInnocentWorkerInMostSchedules) {
  Report report = coweave::explore(programs::over_released_semaphore::buggy_but_bounded,
                                   enumeration(AwaitPoints::suspending));
  EXPECT_EQ(counts_of(report), Counts(702, 702));
  // Three places, in the order of the source: the worker's check, its release, the stray release.
  std::sort(report.failures.begin(), report.failures.end(),
            [](const auto& a, const auto& b) { return a.place.line < b.place.line; });
  ASSERT_EQ(report.failures.size(), 3U);
  EXPECT_EQ(report.failures[0].kind, FailureKind::check);
  EXPECT_EQ(report.failures[0].count, 108U);
  EXPECT_EQ(report.failures[1].kind, FailureKind::misuse);
  EXPECT_EQ(report.failures[1].count, 486U - 108U);
  EXPECT_EQ(report.failures[2].kind, FailureKind::misuse);
  EXPECT_EQ(report.failures[2].count, 216U);
}

}  // namespace
