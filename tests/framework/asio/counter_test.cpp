// Two coroutines of Asio that race on a counter across a post.
#include <coweave/gtest.hpp>

#include "framework/asio/library.hpp"

namespace {

using coweave::FailureKind;
using coweave::Options;
using coweave::Report;
using coweave::Schedule;
using coweave::Task;
using coweave::Verdict;

asio::awaitable<void> increment(int& counter) {
  const int seen = counter;
  co_await asio::post(asio::use_awaitable);
  counter = seen + 1;
}

Task<> two_increments() {
  adapter::context io;
  int counter = 0;
  asio::co_spawn(io, increment(counter), asio::detached);
  asio::co_spawn(io, increment(counter), asio::detached);
  co_await io.run();
  coweave::check(counter == 2, "an increment was lost");
}

// Two coroutines of two steps each: 4! / (2! 2!) = 6 interleavings; only where one ends before the
// other begins are both increments kept: 2.
TEST(AsioCounter, SixSchedulesFourLoseTheUpdate) {
  const Report report = coweave::explore(two_increments, {.keep_going = true});
  EXPECT_EQ(report.verdict, Verdict::failed);
  EXPECT_EQ(report.schedules, 6U);
  EXPECT_EQ(report.failing, 4U);
}

TEST(AsioCounter, AFailureSurvivesRecordJsonReplayAndShrink) {
  const Report report =
      coweave::explore(two_increments, {.strategy = coweave::random_walk(), .seed = 3});
  ASSERT_TRUE(report.failed());
  const Schedule& schedule = report.failures[0].schedule;
  EXPECT_EQ(schedule.deviations(), 0U);  // The production order fails already.
  const Schedule read = Schedule::from_json(schedule.to_json(), "memory");
  EXPECT_EQ(read, schedule);
  const Report again = coweave::replay(two_increments, read);
  ASSERT_EQ(again.failures.size(), 1U);
  EXPECT_EQ(again.failures[0].kind, FailureKind::check);
  EXPECT_EQ(again.failures[0].schedule.trace, schedule.trace);
}

TEST(AsioCounter, ACoroutineIsOneTaskWithItsPosts) {
  const Report report = coweave::explore(two_increments);
  ASSERT_TRUE(report.failed());
  const coweave::Trace& trace = report.failures[0].schedule.trace;
  ASSERT_EQ(trace.tasks.size(), 3U);
  EXPECT_EQ(trace.tasks[1].name, "handler#1");
  EXPECT_EQ(trace.tasks[2].name, "handler#2");
  ASSERT_EQ(trace.steps.size(), 6U);
  EXPECT_EQ(trace.steps[1].operation, coweave::OperationKind::start);
  EXPECT_EQ(trace.steps[3].operation, coweave::OperationKind::post);
  EXPECT_EQ(trace.steps[3].task, 1U);
  EXPECT_EQ(trace.steps[5].operation, coweave::OperationKind::run_handlers);
}

Task<> named_increments() {
  adapter::context io;
  int counter = 0;
  asio::co_spawn(io.executor("left"), increment(counter), asio::detached);
  asio::co_spawn(io.executor("right"), increment(counter), asio::detached);
  co_await io.run();
  coweave::check(counter == 2, "an increment was lost");
}

TEST(AsioCounter, AnExecutorNamesTheTasks) {
  const Report report = coweave::explore(named_increments);
  ASSERT_TRUE(report.failed());
  const coweave::Trace& trace = report.failures[0].schedule.trace;
  ASSERT_EQ(trace.tasks.size(), 3U);
  EXPECT_EQ(trace.tasks[1].name, "left");
  EXPECT_EQ(trace.tasks[2].name, "right");
  EXPECT_EQ(trace.steps[3].place.file, trace.tasks[1].place.file);
}

Task<> increments_on_a_strand() {
  adapter::context io;
  int counter = 0;
  auto strand = asio::make_strand(io);
  for (int i = 0; i < 2; ++i)
    asio::post(strand, [&counter] {
      const int seen = counter;
      counter = seen + 1;
    });
  co_await io.run();
  coweave::check(counter == 2, "an increment was lost");
}

TEST(AsioCounter, HandlersOfAStrandDoNotRace) {
  const Report report = coweave::explore(increments_on_a_strand);
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
}

}  // namespace
