// Condition::async_wait_for, explored and on a plain io_context.
#include <coweave/gtest.hpp>
#include <coweave/primitives.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "framework/asio/library.hpp"

namespace {

using coweave::Condition;
using coweave::FailureKind;
using coweave::Report;
using coweave::Task;
using Log = std::vector<std::string>;

/// A completion handler that writes its name down, with a star if its operation was aborted.
auto noting(Log& log, std::string name) {
  return [&log, name = std::move(name)](error_code error) {
    log.push_back(error == asio::error::operation_aborted ? name + "*" : name);
  };
}

asio::awaitable<void> take(Condition& condition, int& items) {
  co_await condition.async_acquire(asio::use_awaitable);
  co_await condition.async_wait_for([&items] { return items > 0; }, asio::use_awaitable);
  coweave::check(items > 0, "took an item that was not there");
  --items;
  condition.release();
}

asio::awaitable<void> give(Condition& condition, int& items, int count) {
  co_await condition.async_acquire(asio::use_awaitable);
  items += count;
  condition.notify_all();
  condition.release();
}

Task<> takers_and_one_giver(int takers, int given) {
  adapter::context io;
  Condition condition("items");
  int items = 0;
  for (int i = 0; i < takers; ++i)
    asio::co_spawn(io.executor("taker"), take(condition, items), asio::detached);
  asio::co_spawn(io.executor("giver"), give(condition, items, given), asio::detached);
  co_await io.run();
}

// The taker asks for the lock (t1), has it and waits (t2), has its item (t3); the giver asks (g1)
// and gives (g2). Who asks first has the lock until its second step. t1 first: g1 before or after
// t2, then g2, t3. g1 first: t1 before or after g2, then t2, t3. 4.
TEST(AsioWaitFor, ATakerAndAGiverMeetInFourOrders) {
  const Report report = coweave::explore([] { return takers_and_one_giver(1, 1); },
                                         {.strategy = coweave::exhaustive()});
  EXPECT_EQ(report.verdict, coweave::Verdict::exhaustive) << report;
  EXPECT_EQ(report.schedules, 4U);
}

// Both are woken, the second finds nothing, and waits again.
TEST(AsioWaitFor, WhoIsWokenForNothingWaitsAgain) {
  EXPECT_THAT(coweave::explore([] { return takers_and_one_giver(2, 2); }),
              coweave::PassesExhaustively());
  EXPECT_THAT(coweave::explore([] { return takers_and_one_giver(2, 1); }),
              coweave::FailsWith(FailureKind::deadlock));
}

class AsioWaitForInProduction : public testing::Test {
 protected:
  AsioWaitForInProduction() {
    condition.async_acquire(executor, [](error_code) {});
    io.poll();
    io.restart();
  }
  auto is_ready() {
    return [this] {
      ++evaluations;
      return ready;
    };
  }
  void wake(bool now_ready) {
    condition.async_acquire(executor, [this, now_ready](error_code) {
      ready = now_ready;
      condition.notify_all();
      condition.release();
    });
    io.restart();
    io.poll();
  }

  asio::io_context io;
  asio::io_context::executor_type executor = io.get_executor();
  Condition condition;
  Log log;
  bool ready = false;
  int evaluations = 0;
};

TEST_F(AsioWaitForInProduction, IsEvaluatedWithTheLockHeldUntilItIsTrue) {
  condition.async_wait_for(executor, is_ready(), noting(log, "a"));
  EXPECT_EQ(evaluations, 1);
  EXPECT_FALSE(condition.locked());
  wake(false);
  EXPECT_EQ(evaluations, 2);
  EXPECT_TRUE(log.empty());
  EXPECT_FALSE(condition.locked());
  wake(true);
  EXPECT_EQ(evaluations, 3);
  EXPECT_EQ(log, Log({"a"}));
  EXPECT_TRUE(condition.locked());
}

TEST_F(AsioWaitForInProduction, KeepsTheLockWhereItIsTrueAtOnce) {
  ready = true;
  adapter::async_wait_for(condition, is_ready(), asio::bind_executor(executor, noting(log, "a")));
  EXPECT_TRUE(log.empty());  // Not inline.
  EXPECT_TRUE(condition.locked());
  io.run();
  EXPECT_EQ(log, Log({"a"}));
  EXPECT_EQ(evaluations, 1);  // Not again: it may have side effects.
  EXPECT_TRUE(condition.locked());
}

TEST_F(AsioWaitForInProduction, HoldsTheLockWhenItIsCancelled) {
  asio::cancellation_signal signal;
  const auto cancelled = [&](std::string name) {
    return asio::bind_cancellation_slot(signal.slot(), noting(log, std::move(name)));
  };
  condition.async_wait_for(executor, is_ready(), cancelled("waits"));
  signal.emit(asio::cancellation_type::total);
  io.run();
  EXPECT_EQ(log, Log({"waits*"}));
  EXPECT_TRUE(condition.locked());

  ready = true;
  condition.async_wait_for(executor, is_ready(), cancelled("true at once"));
  signal.emit(asio::cancellation_type::total);
  io.restart();
  io.run();
  EXPECT_EQ(log, Log({"waits*", "true at once*"}));
  EXPECT_TRUE(condition.locked());
}

TEST_F(AsioWaitForInProduction, WhatThePredicateThrowsLeaves) {
  const auto fails = [this]() -> bool {
    if (++evaluations == 2) throw std::runtime_error("unknown");
    return false;
  };
  evaluations = 1;
  EXPECT_THROW(condition.async_wait_for(executor, fails, noting(log, "a")), std::runtime_error);
  EXPECT_TRUE(condition.locked());

  evaluations = 0;
  condition.async_wait_for(executor, fails, noting(log, "a"));
  EXPECT_THROW(wake(false), std::runtime_error);
  EXPECT_TRUE(log.empty());
  EXPECT_TRUE(condition.locked());  // As it was where it threw.
}

TEST_F(AsioWaitForInProduction, NeedsTheLock) {
  condition.release();
  EXPECT_THROW(condition.async_wait_for(executor, is_ready(), noting(log, "a")),
               coweave::MisuseError);
  EXPECT_EQ(evaluations, 0);
}

TEST(AsioWaitFor, DiesWithItsContext) {
  const auto witness = std::make_shared<int>(0);
  Condition condition;
  {
    asio::io_context io;
    condition.async_acquire(io.get_executor(), [](error_code) {});
    io.poll();
    condition.async_wait_for(
        io.get_executor(), [witness] { return false; }, [](error_code) {});
    EXPECT_EQ(witness.use_count(), 2);
  }
  EXPECT_EQ(witness.use_count(), 1);
  EXPECT_FALSE(condition.locked());
}

}  // namespace
