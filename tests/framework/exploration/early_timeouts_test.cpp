// The last part of the default plan: timeouts that fire before ready work.
#include <chrono>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace {

using coweave::check;
using coweave::EarlyTimeouts;
using coweave::explore;
using coweave::FailsWith;
using coweave::Failure;
using coweave::FailureKind;
using coweave::gather;
using coweave::Lock;
using coweave::Passes;
using coweave::PassesExhaustively;
using coweave::Report;
using coweave::Schedule;
using coweave::sleep_for;
using coweave::Task;
using coweave::TimeoutError;
using coweave::TimerOrder;
using coweave::Verdict;
using coweave::with_timeout;
using coweave::yield;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

Task<> acquire(Lock& lock) { co_await lock.acquire(); }

Task<> tries(Lock& lock) {
  try {
    co_await with_timeout(1s, acquire(lock));
    lock.release();
  } catch (const TimeoutError&) {
  }
}
Task<> holds(Lock& lock) {
  const auto guard = co_await lock.scoped();
  co_await yield();
  co_await yield();
}
/// The lock is released by ready work, long before the deadline.
Task<> assumes_the_lock() {
  Lock lock("db");
  bool has_timed_out = false;
  const auto user = coweave::spawn(
      [](Lock& used, bool& timed_out) -> Task<> {
        try {
          co_await with_timeout(1s, acquire(used));
          used.release();
        } catch (const TimeoutError&) {
          timed_out = true;
        }
      }(lock, has_timed_out),
      "user");
  co_await gather(holds(lock));
  co_await user;
  check(!has_timed_out, "the lock is always free in time");
}

TEST(EarlyTimeouts, FindABugThatNeedsOne) {
  const Report report = explore(assumes_the_lock);
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const Failure& failure = report.failures.front();
  EXPECT_THAT(failure.details,
              Contains(HasSubstr("only if the timer fires early: a deadline passes while a task "
                                 "is ready")));
  EXPECT_TRUE(report.completion.covers_every_interleaving());
  ASSERT_TRUE(report.completion.early_timeouts);
  EXPECT_TRUE(report.completion.early_timeouts->has_failed);
  EXPECT_THAT(report.verdict_detail,
              AllOf(HasSubstr("every interleaving: "), HasSubstr("more, the last of which fails")));
  EXPECT_THAT(
      coweave::replay(assumes_the_lock, Schedule::from_json(failure.schedule.to_json(), "test")),
      FailsWith(FailureKind::check));
}

TEST(EarlyTimeouts, AreNoPartOfASearchThatTheOptionsName) {
  const Report report = explore(assumes_the_lock, {.strategy = coweave::exhaustive()});
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_FALSE(report.completion.early_timeouts);
  EXPECT_THAT(report.verdict_detail, HasSubstr("timers fire only when nothing is ready"));
  EXPECT_THAT(explore(assumes_the_lock,
                      {.strategy = coweave::exhaustive(), .timers = TimerOrder::timeouts}),
              FailsWith(FailureKind::check));
}

// A permit that was handed to the waiter in the step before its deadline passes: asyncio's lock
// passes it on, this one does not.
struct LeakyPermit {
  bool is_free = true;
  coweave::Event handed{"handed"};
  bool has_waiter = false;

  Task<> acquire() {
    if (is_free) {
      is_free = false;
      co_return;
    }
    has_waiter = true;
    co_await handed.wait();  // A cancellation here, after the hand-over, loses the permit.
    handed.clear();
  }
  void release() {
    if (!has_waiter) {
      is_free = true;
      return;
    }
    has_waiter = false;
    handed.set();
  }
};
Task<> uses(LeakyPermit& permit, coweave::Clock::duration time) {
  try {
    co_await with_timeout(time, permit.acquire());
  } catch (const TimeoutError&) {
    permit.has_waiter = false;
    co_return;
  }
  co_await sleep_for(10ms);
  permit.release();
}
Task<> permits_come_back() {
  LeakyPermit permit;
  co_await gather(uses(permit, 1s), uses(permit, 20ms));
  check(permit.is_free, "the permit is lost");
}

// The permit is handed over at 10 ms; the deadline is at 20 ms.
TEST(EarlyTimeouts, RaceACompletionThatComesLongBeforeTheDeadline) {
  const Report report = explore(permits_come_back);
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  EXPECT_THAT(report.failures.front().details,
              Contains(HasSubstr("only if the timer fires early")));
}

TEST(EarlyTimeouts, AreCountedApartFromWhatIsClaimed) {
  const auto body = []() -> Task<> {
    Lock lock("db");
    co_await gather(holds(lock), tries(lock));
  };
  const Report idle = explore(body, {.strategy = coweave::exhaustive()});
  const Report report = explore(body);
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_EQ(report.completion.schedules, idle.schedules);
  ASSERT_TRUE(report.completion.early_timeouts);
  const EarlyTimeouts& early = *report.completion.early_timeouts;
  EXPECT_GT(early.schedules, 0U);
  EXPECT_TRUE(early.is_complete);
  EXPECT_EQ(report.schedules, idle.schedules + early.schedules);
  EXPECT_THAT(report.verdict_detail,
              HasSubstr("every interleaving: " + std::to_string(idle.schedules) +
                        " schedules; timers fire only when nothing is ready, timeouts then also "
                        "before that: " +
                        std::to_string(early.schedules) +
                        " schedules more, every interleaving of at most 2 early ones"));
}

// ---- What must not fail

// A timeout as a watchdog: nobody catches it, and the operation it guards ends in time.
TEST(EarlyTimeouts, ThatTheTestDoesNotCatchAreNoFailure) {
  const auto body = []() -> Task<> {
    Lock lock("db");
    const auto holder = coweave::spawn(holds(lock), "holder");
    co_await yield();
    co_await with_timeout(1s, acquire(lock));
    lock.release();
    co_await holder;
  };
  const Report report = explore(body);
  EXPECT_THAT(report, Passes());
  EXPECT_EQ(report.verdict, Verdict::exhaustive);
  ASSERT_TRUE(report.completion.early_timeouts);
  EXPECT_GT(report.completion.early_timeouts->ended_by_timeout, 0U);
  EXPECT_THAT(report.verdict_detail, HasSubstr("which is no failure"));
}

TEST(EarlyTimeouts, OfAnyOtherExceptionAreAFailure) {
  const auto body = []() -> Task<> {
    Lock lock("db");
    const auto holder = coweave::spawn(holds(lock), "holder");
    co_await yield();
    bool has_timed_out = false;
    try {
      co_await with_timeout(1s, acquire(lock));
      lock.release();
    } catch (const TimeoutError&) {
      has_timed_out = true;
    }
    co_await holder;
    if (has_timed_out) throw std::runtime_error("given up");
  };
  EXPECT_THAT(explore(body), FailsWith(FailureKind::exception, HasSubstr("given up")));
}

// What fails before the TimeoutError leaves the body is no consequence of it.
TEST(EarlyTimeouts, DoNotExcuseWhatFailedBefore) {
  const auto body = []() -> Task<> {
    Lock lock("db");
    const auto holder = coweave::spawn(holds(lock), "holder");
    co_await yield();
    const auto wrong = [](Lock& used) -> Task<> {
      try {
        co_await used.acquire();
        used.release();
      } catch (...) {
        check(false, "cancelled");
        throw;
      }
      co_await yield();
    };
    co_await with_timeout(1s, wrong(lock));
    co_await holder;
  };
  EXPECT_THAT(explore(body), FailsWith(FailureKind::check));
}

// A child that a deadline ends is how it answers; that the test then fails is not.
TEST(EarlyTimeouts, DoNotExcuseACheckThatFailsAfterAChildTimedOut) {
  const auto body = []() -> Task<> {
    Lock lock("db");
    bool is_done = false;
    const auto holder = coweave::spawn(holds(lock), "holder");
    co_await yield();
    const auto child = coweave::spawn(
        [](Lock& used, bool& done) -> Task<> {
          co_await with_timeout(1s, acquire(used));
          used.release();
          done = true;
        }(lock, is_done),
        "child");
    co_await holder;
    const std::vector children(1, child);
    co_await coweave::wait(children);
    check(is_done, "the child has done its work");
  };
  const Report report = explore(body);
  ASSERT_TRUE(report.failed());
  std::ostringstream text;
  text << report;
  EXPECT_THAT(text.str(), HasSubstr("the child has done its work"));
}

TEST(EarlyTimeouts, AreCalledTheOnlyWayOnlyWhereTheRestWasExplored) {
  const auto body = []() -> Task<> {
    const auto busy = []() -> Task<> {
      for (int i = 0; i < 12; ++i) co_await yield();
    };
    co_await gather(busy(), busy(), assumes_the_lock());
  };
  const Report report = explore(body, {.max_schedules = 2'000});
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const std::vector<std::string>& details = report.failures.front().details;
  EXPECT_THAT(details, Contains(HasSubstr("found with a timer that fires early")));
  EXPECT_THAT(details, Not(Contains(HasSubstr("only if the timer fires early"))));
}

// Sleeps that order tasks: only timeouts may fire early, never these.
TEST(EarlyTimeouts, LeaveSleepsAlone) {
  const auto body = []() -> Task<> {
    bool is_ready = false;
    const auto prepares = [&is_ready]() -> Task<> {
      for (int i = 0; i < 4; ++i) co_await yield();
      is_ready = true;
    };
    const auto asks = [&is_ready]() -> Task<> {
      co_await sleep_for(10ms);
      check(is_ready, "not ready after 10 ms");
    };
    const auto guarded = [&asks]() -> Task<> {
      try {
        co_await with_timeout(1s, asks());
      } catch (const TimeoutError&) {
      }
    };
    co_await gather(prepares(), guarded(), asks());
  };
  EXPECT_THAT(explore(body), Passes());
  EXPECT_THAT(explore(body, {.timers = TimerOrder::any}), FailsWith(FailureKind::check));
}

// The same deadline for a timeout and a sleep: the sleep must not come early with it.
TEST(EarlyTimeouts, LeaveASleepOfTheSameDeadlineAlone) {
  const auto body = []() -> Task<> {
    bool is_ready = false;
    const auto prepares = [&is_ready]() -> Task<> {
      for (int i = 0; i < 4; ++i) co_await yield();
      is_ready = true;
    };
    const auto sleeps = [&is_ready]() -> Task<> {
      co_await sleep_for(10ms);
      check(is_ready, "not ready after 10 ms");
    };
    const auto times_out = []() -> Task<> {
      coweave::Event never("never");
      try {
        co_await with_timeout(
            10ms, [](coweave::Event& event) -> Task<> { co_await event.wait(); }(never));
      } catch (const TimeoutError&) {
      }
    };
    co_await gather(prepares(), sleeps(), times_out());
  };
  EXPECT_THAT(explore(body), Passes());
}

// What completes at once has had no time for its deadline.
TEST(EarlyTimeouts, LeaveWhatNeedNotWaitAlone) {
  const auto body = []() -> Task<> {
    bool is_late = false;
    Lock lock("db");
    try {
      co_await with_timeout(10ms, acquire(lock));
      lock.release();
      const auto two = []() -> Task<> {
        co_await yield();
        co_await yield();
      };
      co_await with_timeout(10ms, two());
    } catch (const TimeoutError&) {
      is_late = true;
    }
    check(!is_late, "nothing waits");
  };
  const Report report = explore(body);
  EXPECT_THAT(report, Passes());
  ASSERT_TRUE(report.completion.early_timeouts);
  EXPECT_EQ(report.completion.early_timeouts->schedules, 0U);
  EXPECT_EQ(report.schedules, 1U);
  EXPECT_THAT(report.verdict_detail, Not(HasSubstr("timeouts then also")));
}

TEST(EarlyTimeouts, ChangeNothingInATestWithoutTimeouts) {
  const auto naps = [](int) -> Task<> { co_await sleep_for(1ms); };
  const auto body = [&naps]() -> Task<> { co_await gather(naps(1), naps(2)); };
  const Report report = explore(body);
  EXPECT_FALSE(report.completion.early_timeouts);
  // Two tasks start, then both wake at 1 ms: 2 * 2.
  EXPECT_EQ(report.schedules, 4U);
}

// ---- Budget

TEST(EarlyTimeouts, HaveATenthOfABudgetThatDoesNotSuffice) {
  const auto body = []() -> Task<> {
    Lock lock("db");
    const auto patient = [&lock]() -> Task<> {
      try {
        co_await with_timeout(1s, acquire(lock));
        lock.release();
      } catch (const TimeoutError&) {
      }
    };
    co_await gather(holds(lock), holds(lock), holds(lock), patient(), patient());
  };
  const Report report = explore(body, {.max_schedules = 2'000});
  EXPECT_THAT(report, Passes());
  EXPECT_EQ(report.schedules, 2'000U);
  ASSERT_TRUE(report.completion.early_timeouts);
  EXPECT_EQ(report.completion.early_timeouts->schedules, 200U);
  EXPECT_EQ(report.completion.schedules, 1'800U);
  EXPECT_THAT(
      report.verdict_detail,
      AllOf(HasSubstr("(nine tenths of max_schedules of 2000 reached after 1800 schedules)"),
            HasSubstr("timeouts then also before that: 200 schedules more of at most 2 "
                      "early ones")));
}

TEST(EarlyTimeouts, AreWithinABudgetOfOneSchedule) {
  EXPECT_EQ(explore(assumes_the_lock, {.max_schedules = 1}).schedules, 1U);
}

// ---- Kept

TEST(EarlyTimeouts, AreReplayedFromTheCorpus) {
  const std::filesystem::path directory =
      std::filesystem::path(::testing::TempDir()) / "coweave-early-timeouts";
  std::filesystem::remove_all(directory);
  const coweave::Options options{
      .name = "Suite.Test", .schedule_dir = directory, .corpus = coweave::Corpus::replay};
  ASSERT_THAT(explore(assumes_the_lock, options), FailsWith(FailureKind::check));
  const Report again = explore(assumes_the_lock, options);
  EXPECT_THAT(again, FailsWith(FailureKind::check));
  ASSERT_EQ(again.corpus.size(), 1U);
  EXPECT_EQ(again.corpus.front().state, coweave::CorpusEntry::State::open);
  EXPECT_EQ(again.failures.front().schedule.injections.timers, TimerOrder::timeouts);
  EXPECT_FALSE(again.failures.front().explanation.needs.empty());
  std::filesystem::remove_all(directory);
}

// ---- By name

TEST(TimeoutOrder, IsSavedInScheduleFiles) {
  const Report report = explore(
      assumes_the_lock,
      {.strategy = coweave::exhaustive(), .timers = TimerOrder::timeouts, .max_early_timers = 1});
  ASSERT_TRUE(report.failed());
  const Schedule& schedule = report.failures.front().schedule;
  EXPECT_EQ(schedule.injections.timers, TimerOrder::timeouts);
  const Schedule loaded = Schedule::from_json(schedule.to_json(), "test");
  EXPECT_EQ(loaded, schedule);
  EXPECT_THAT(schedule.to_json(), HasSubstr("\"timeouts\""));
}

}  // namespace
