// Barrier::async_wait, explored and on a plain io_context.
#include <algorithm>
#include <coweave/gtest.hpp>
#include <coweave/primitives.hpp>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "framework/asio/library.hpp"

namespace {

using coweave::Barrier;
using coweave::FailureKind;
using coweave::Report;
using coweave::Task;
using Log = std::vector<std::string>;

/// Writes down the index, or how the wait ended instead.
auto noting(Log& log, std::string name) {
  return [&log, name = std::move(name)](error_code error, std::size_t index) {
    if (error == asio::error::operation_aborted) {
      log.push_back(name + " cancelled");
    } else if (error == asio::experimental::error::channel_cancelled) {
      log.push_back(name + " broken");
    } else {
      log.push_back(name + std::to_string(index));
    }
  };
}

struct Meeting {
  std::size_t arrived = 0;
  std::vector<std::size_t> passed;
};

asio::awaitable<void> meet(Barrier& barrier, Meeting& meeting) {
  ++meeting.arrived;
  const std::size_t index = co_await barrier.async_wait(asio::use_awaitable);
  coweave::check(meeting.arrived >= barrier.parties(), "passed before all had arrived");
  meeting.passed.push_back(index);
}

Task<> meet_as_a_task(Barrier& barrier, Meeting& meeting) {
  ++meeting.arrived;
  const std::size_t index = co_await barrier.wait();
  coweave::check(meeting.arrived >= barrier.parties(), "passed before all had arrived");
  meeting.passed.push_back(index);
}

/// `operations` coroutines of Asio and `tasks` of Coweave meet at a barrier of `parties`.
Task<> meet_all(std::int64_t parties, int operations, int tasks) {
  adapter::context io;
  Barrier barrier(parties, "start");
  Meeting meeting;
  std::vector<coweave::TaskHandle<void>> started;
  for (int i = 0; i < tasks; ++i)
    started.push_back(coweave::spawn(meet_as_a_task(barrier, meeting)));
  for (int i = 0; i < operations; ++i)
    asio::co_spawn(io.executor("party " + std::to_string(i)), meet(barrier, meeting),
                   asio::detached);
  co_await io.run();
  for (auto& task : started) co_await task;
  std::sort(meeting.passed.begin(), meeting.passed.end());
  std::vector<std::size_t> expected;
  for (std::size_t index = 0; index < barrier.parties(); ++index)
    expected.insert(expected.end(), meeting.arrived / barrier.parties(), index);
  coweave::check(meeting.passed == expected, "an index of a round was given twice, or not at all");
}

Report explore_all(std::int64_t parties, int operations, int tasks) {
  return coweave::explore([=] { return meet_all(parties, operations, tasks); },
                          {.strategy = coweave::exhaustive(), .max_schedules = 2'000'000});
}

// Each party has two steps, arrives and passes, and nobody passes before the last has arrived: the
// three arrivals in any order, then the three passes in any order, 3! * 3!.
TEST(AsioBarrier, ThreePartiesMeetIn36Orders) {
  const Report report = explore_all(3, 3, 0);
  EXPECT_EQ(report.verdict, coweave::Verdict::exhaustive) << report;
  EXPECT_EQ(report.schedules, 36U);
}

TEST(AsioBarrier, OperationsAndTasksMeet) {
  EXPECT_THAT(explore_all(2, 1, 1), coweave::PassesExhaustively());
  EXPECT_THAT(explore_all(3, 2, 1), coweave::PassesExhaustively());
}

TEST(AsioBarrier, TwoRoundsHaveEachIndexOnceEach) {
  EXPECT_THAT(explore_all(2, 4, 0), coweave::PassesExhaustively());
  EXPECT_THAT(explore_all(2, 2, 2), coweave::PassesExhaustively());
}

TEST(AsioBarrier, ADeadlockNamesIt) {
  const Report report = coweave::explore([] { return meet_all(3, 2, 0); });
  ASSERT_THAT(report, coweave::FailsWith(FailureKind::deadlock));
  std::ostringstream text;
  text << report;
  EXPECT_THAT(text.str(), testing::HasSubstr("wait barrier \"start\""));
}

TEST(AsioBarrier, CompletesInProductionByAPost) {
  asio::io_context io;
  Barrier barrier(2);
  Log log;
  const auto executor = io.get_executor();
  barrier.async_wait(executor, noting(log, "a"));
  EXPECT_EQ(barrier.n_waiting(), 1U);
  adapter::async_wait(barrier, asio::bind_executor(executor, noting(log, "b")));
  EXPECT_EQ(log, Log());                           // Not inline.
  barrier.async_wait(executor, noting(log, "c"));  // Held back: the round drains.
  EXPECT_EQ(barrier.n_waiting(), 0U);
  io.poll();
  EXPECT_EQ(log, Log({"a0", "b1"}));
  EXPECT_EQ(barrier.n_waiting(), 1U);  // It has entered.
  barrier.async_wait(executor, noting(log, "d"));
  io.run();
  EXPECT_EQ(log, Log({"a0", "b1", "c0", "d1"}));
}

TEST(AsioBarrier, OnePartyPassesAlone) {
  asio::io_context io;
  Barrier barrier(1);
  Log log;
  barrier.async_wait(io.get_executor(), noting(log, "a"));
  barrier.async_wait(io.get_executor(), noting(log, "b"));
  io.run();
  EXPECT_EQ(log, Log({"a0", "b0"}));
}

TEST(AsioBarrier, AResetBreaksThoseInsideAndLetsTheNextMeet) {
  asio::io_context io;
  Barrier barrier(2);
  Log log;
  const auto executor = io.get_executor();
  barrier.async_wait(executor, noting(log, "a"));
  barrier.reset();
  barrier.async_wait(executor, noting(log, "b"));
  barrier.async_wait(executor, noting(log, "c"));
  io.run();
  // Both were held back, and the last of them is there already when it completes the round.
  EXPECT_EQ(log, Log({"a broken", "c1", "b0"}));
}

TEST(AsioBarrier, AnAbortBreaksThoseHeldBackAndThoseWhoComeLater) {
  asio::io_context io;
  Barrier barrier(2);
  Log log;
  const auto executor = io.get_executor();
  for (const char* name : {"a", "b", "c"}) barrier.async_wait(executor, noting(log, name));
  barrier.abort();  // Before any of the round has gone on.
  barrier.async_wait(executor, noting(log, "d"));
  io.run();
  std::sort(log.begin(), log.end());
  EXPECT_EQ(log, Log({"a broken", "b broken", "c broken", "d broken"}));
  EXPECT_TRUE(barrier.broken());
}

TEST(AsioBarrier, AnotherTakesThePlaceOfWhoIsCancelled) {
  asio::io_context io;
  Barrier barrier(2);
  Log log;
  asio::cancellation_signal signal;
  const auto executor = io.get_executor();
  barrier.async_wait(executor, asio::bind_cancellation_slot(signal.slot(), noting(log, "a")));
  signal.emit(asio::cancellation_type::total);
  EXPECT_EQ(barrier.n_waiting(), 0U);
  barrier.async_wait(executor, noting(log, "b"));
  io.poll();
  EXPECT_EQ(log, Log({"a cancelled"}));
  barrier.async_wait(executor, noting(log, "c"));
  io.run();
  EXPECT_EQ(log, Log({"a cancelled", "b0", "c1"}));
}

TEST(AsioBarrier, WhoIsCancelledWhileHeldBackLetsTheNextIn) {
  asio::io_context io;
  Barrier barrier(2);
  Log log;
  asio::cancellation_signal signal;
  const auto executor = io.get_executor();
  barrier.async_wait(executor, noting(log, "a"));
  barrier.async_wait(executor, noting(log, "b"));
  barrier.async_wait(executor, asio::bind_cancellation_slot(signal.slot(), noting(log, "c")));
  barrier.async_wait(executor, noting(log, "d"));
  barrier.async_wait(executor, noting(log, "e"));
  signal.emit(asio::cancellation_type::total);
  io.run();
  std::sort(log.begin(), log.end());
  EXPECT_EQ(log, Log({"a0", "b1", "c cancelled", "d0", "e1"}));
}

TEST(AsioBarrier, DiesWithItsContextAndIsAbortedWithItsBarrier) {
  const auto witness = std::make_shared<int>(0);
  asio::io_context other;
  Log log;
  {
    Barrier barrier(2);
    {
      asio::io_context io;
      barrier.async_wait(io.get_executor(), [witness](error_code, std::size_t) {});
      EXPECT_EQ(witness.use_count(), 2);
    }
    EXPECT_EQ(witness.use_count(), 1);
    EXPECT_EQ(barrier.n_waiting(), 0U);
    barrier.async_wait(other.get_executor(), noting(log, "a"));
  }
  other.run();
  EXPECT_EQ(log, Log({"a cancelled"}));
}

}  // namespace
