#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "a01_shared_counter.hpp"
#include "a02_disconnect_during_broadcast.hpp"
#include "a03_over_released_semaphore.hpp"
#include "a04_coalesced_event.hpp"
#include "a05_connection_state.hpp"
#include "a06_lost_lock_wakeup.hpp"
#include "a07_lock_granted_twice.hpp"
#include "a08_semaphore_barging.hpp"
#include "a09_semaphore_stuck.hpp"
#include "a10_lost_notification.hpp"
#include "a11_lost_queue_item.hpp"
#include "a12_single_waiter_slot.hpp"
#include "a13_reply_left_on_connection.hpp"
#include "a14_connection_limit.hpp"
#include "a15_pool_fills_twice.hpp"
#include "coweave/execution/execution.hpp"
#include "coweave/gtest.hpp"
#include "coweave/replay/deviation.hpp"
#include "coweave/replay/follow.hpp"
#include "generated_program.hpp"

// A failing schedule that was found by chance is made as simple as it can be.

namespace {

using coweave::AwaitPoints;
using coweave::Failure;
using coweave::Options;
using coweave::Report;
using coweave::Task;
using coweave::detail::Deviations;
using coweave::detail::DeviationsOfPicks;
using coweave::detail::DeviationStrategy;
using coweave::detail::Execution;
using programs::generated::generate;
using programs::generated::Program;
using programs::generated::run_program;

Options walk(std::uint64_t seed, std::uint64_t schedules) {
  Options options;
  options.strategy = coweave::random_walk();
  options.seed = seed;
  options.max_schedules = schedules;
  options.max_steps = 1'000;
  options.keep_going = true;
  options.compare_await_points = false;
  options.await_points = static_cast<AwaitPoints>(seed % 3);
  options.name = "Shrink";
  return options;
}

bool fails_alike(const Execution& execution, const Failure& failure) {
  return !execution.failures().empty() && execution.failures().front().kind == failure.kind &&
         execution.failures().front().place == failure.place;
}

/// Undoing any one deviation of `failure`'s schedule makes it vanish or change.
void expect_minimal(const coweave::detail::Body& start, const Failure& failure,
                    const Options& options) {
  Execution execution({options.await_points, options.max_steps, options.source_root,
                       coweave::detail::injections_of(options)});
  DeviationsOfPicks follow(failure.schedule.picks);
  static_cast<void>(follow.begin_execution(1));
  execution.run(start, follow);
  ASSERT_TRUE(fails_alike(execution, failure));
  const Deviations all = follow.taken();
  ASSERT_EQ(all.size(), failure.schedule.deviations());
  for (std::size_t left_out = 0; left_out < all.size(); ++left_out) {
    Deviations rest = all;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(left_out));
    DeviationStrategy strategy(rest);
    static_cast<void>(strategy.begin_execution(1));
    execution.run(start, strategy);
    EXPECT_FALSE(fails_alike(execution, failure)) << "without deviation " << left_out;
  }
}

TEST(Shrink, LeavesAThousandGeneratedFailuresMinimalAndReplayable) {
  std::uint64_t checked = 0;
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  for (std::uint64_t number = 1; checked < 1'000; ++number) {
    const Program program = generate(number);
    const auto body = [&program] { return run_program(program); };
    Options options = walk(number, 10);
    options.inject_cancellation.at_most = static_cast<std::uint32_t>(number / 3 % 2);
    options.shrink.max_executions = 2'000;
    const Report report = coweave::explore(body, options);
    for (const Failure& failure : report.failures) {
      const Report again = coweave::replay(body, failure.schedule);
      ASSERT_THAT(again, coweave::FailsWith(failure.kind)) << "program " << number;
      EXPECT_EQ(again.failures.front().place, failure.place);
      EXPECT_EQ(again.failures.front().schedule.trace, failure.schedule.trace);
      EXPECT_LE(failure.schedule.deviations(), failure.found_with);
      EXPECT_TRUE(failure.is_minimal) << "program " << number;
      expect_minimal(coweave::detail::root_of(body), failure, options);
      ASSERT_FALSE(::testing::Test::HasFailure()) << "program " << number << "\n" << failure;
      before += failure.found_with;
      after += failure.schedule.deviations();
      ++checked;
    }
  }
  EXPECT_LT(after * 2, before);
}

// What plain enumeration keeps of each failure is the schedule of the fewest deviations there is.
TEST(Shrink, ReachesTheFewestDeviationsOfAll) {
  std::uint64_t checked = 0;
  for (std::uint64_t number = 1; checked < 300; ++number) {
    const Program program = generate(number);
    const auto body = [&program] { return run_program(program); };
    Options all = walk(number, 20'000);
    all.strategy = coweave::exhaustive();
    all.shrink.max_executions = 0;
    const Report enumerated = coweave::explore(body, all);
    if (!enumerated.verdict_detail.starts_with("every interleaving")) continue;
    for (const Failure& shrunk : coweave::explore(body, walk(number, 5)).failures) {
      for (const Failure& least : enumerated.failures) {
        if (least.kind != shrunk.kind || least.place != shrunk.place) continue;
        EXPECT_EQ(shrunk.schedule.deviations(), least.schedule.deviations())
            << "program " << number;
        ++checked;
      }
    }
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
}

using Program0 = Task<>();

struct Row {
  const char* name;
  Program0* buggy;
  std::size_t deviations;  // The column d of README.md.
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class ShrunkBug : public ::testing::TestWithParam<Row> {};

// Found by a random walk, whose schedules have several deviations.
TEST_P(ShrunkBug, NeedsAsManyDeviationsAsTheModelSays) {
  Options options = walk(11, 20'000);
  options.await_points = AwaitPoints::suspending;
  options.keep_going = false;
  const Report report = coweave::explore(GetParam().buggy, options);
  ASSERT_TRUE(report.failed());
  EXPECT_EQ(report.failures.front().schedule.deviations(), GetParam().deviations)
      << report.failures.front();
}

INSTANTIATE_TEST_SUITE_P(
    A, ShrunkBug,
    ::testing::Values(Row{"A01", programs::shared_counter::buggy, 0},
                      Row{"A02", programs::disconnect_during_broadcast::buggy, 0},
                      Row{"A03", programs::over_released_semaphore::buggy, 1},
                      Row{"A04", programs::coalesced_event::buggy, 1},
                      Row{"A05", programs::connection_state::buggy, 0},
                      Row{"A06", programs::lost_lock_wakeup::buggy, 0},
                      Row{"A07", programs::lock_granted_twice::buggy, 1},
                      Row{"A08", programs::semaphore_barging::buggy, 0},
                      Row{"A09", programs::semaphore_stuck::buggy, 0},
                      Row{"A10", programs::lost_notification::buggy, 1},
                      Row{"A11", programs::lost_queue_item::buggy, 1},
                      Row{"A12", programs::single_waiter_slot::buggy, 2},
                      Row{"A13", programs::reply_left_on_connection::buggy, 1},
                      Row{"A14", programs::connection_limit::buggy, 0},
                      Row{"A15", programs::pool_fills_twice::buggy, 0}),
    [](const ::testing::TestParamInfo<Row>& row) { return std::string(row.param.name); });

}  // namespace
