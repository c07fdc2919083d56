// Cancellations are injected into tasks, not into handlers and coroutines of Asio: the report says
// so and claims no more.
#include <coweave/gtest.hpp>

#include "framework/asio/library.hpp"

namespace {

using coweave::CancellationInjection;
using coweave::Report;
using coweave::Task;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

asio::awaitable<void> fetch(int& open) {
  ++open;
  co_await asio::post(asio::use_awaitable);
  co_await asio::post(asio::use_awaitable);
  --open;
}

Task<> one_coroutine() {
  adapter::context io;
  int open = 0;
  asio::co_spawn(io.executor("worker"), fetch(open), asio::detached);
  co_await io.run();
  coweave::check(open == 0, "closed");
}

// One coroutine alone: a single schedule, and no injection of two that would not have done
// anything.
TEST(AsioInjection, IsNotClaimedForCoroutinesOfAsio) {
  for (const CancellationInjection& wanted :
       {CancellationInjection{.at_most = 1},
        CancellationInjection{.at_most = 1, .tasks = {"worker"}}}) {
    for (const auto& strategy : {coweave::exhaustive(), coweave::dpor()}) {
      const Report report =
          coweave::explore(one_coroutine, {.strategy = strategy, .inject_cancellation = wanted});
      EXPECT_FALSE(report.failed()) << report;
      EXPECT_EQ(report.schedules, 1U) << report;
      EXPECT_EQ(report.injected, 0U) << report;
      EXPECT_THAT(report.verdict_detail, Not(HasSubstr("injections")));
      EXPECT_THAT(report.warnings, Contains(HasSubstr("no cancellation was injected into handlers "
                                                      "and coroutines of Asio")));
    }
  }
}

Task<> beside_a_task() {
  adapter::context io;
  int open = 0;
  asio::co_spawn(io.executor("worker"), fetch(open), asio::detached);
  const auto other = coweave::spawn([]() -> Task<> { co_await coweave::yield(); }(), "task");
  co_await io.run();
  try {
    co_await other;
  } catch (const coweave::CancelledError&) {
  }
  coweave::check(open == 0, "closed");
}

// Those of tasks are, and are counted.
TEST(AsioInjection, ReachesTheTasksBesideThem) {
  const Report report = coweave::explore(
      beside_a_task, {.strategy = coweave::exhaustive(), .inject_cancellation = {.at_most = 1}});
  EXPECT_FALSE(report.failed()) << report;
  EXPECT_GT(report.injected, 0U);
  EXPECT_LT(report.injected, report.schedules);
  EXPECT_THAT(report.warnings, Contains(HasSubstr("coroutines of Asio")));
}

// Where the names leave the coroutines out, nothing is missing and nothing is said.
TEST(AsioInjection, IsNotMissedWhereOnlyTasksAreNamed) {
  const Report report =
      coweave::explore(beside_a_task, {.strategy = coweave::exhaustive(),
                                       .inject_cancellation = {.at_most = 1, .tasks = {"task"}}});
  EXPECT_FALSE(report.failed()) << report;
  EXPECT_GT(report.injected, 0U);
  EXPECT_THAT(report.warnings, Not(Contains(HasSubstr("coroutines of Asio"))));
}

}  // namespace
