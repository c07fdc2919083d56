#include <cstdint>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace coweave {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

struct Account {
  int balance = 100;
};

namespace recorded {
Task<> withdraw(Account& account, int amount) {
  if (account.balance >= amount) {
    co_await yield();
    account.balance -= amount;
  }
}
Task<> two_withdrawals() {
  Account account;
  co_await gather(withdraw(account, 60), withdraw(account, 80));
  check(account.balance >= 0, "overdrawn");
}
}  // namespace recorded

/// The same program at other lines, with a comment and a blank line more.
namespace moved {
Task<> withdraw(Account& account, int amount) {
  // An edit that changes nothing.
  if (account.balance >= amount) {
    co_await yield();
    account.balance -= amount;
  }
}
Task<> two_withdrawals() {
  Account account;
  // As above.
  co_await gather(withdraw(account, 60), withdraw(account, 80));

  check(account.balance >= 0, "overdrawn");
}
}  // namespace moved

/// The bug cured by code with the same steps: check and act stand in one step, after the yield.
namespace cured {
Task<> withdraw(Account& account, int amount) {
  co_await yield();
  if (account.balance >= amount) account.balance -= amount;
}
Task<> two_withdrawals() {
  Account account;
  co_await gather(withdraw(account, 60), withdraw(account, 80));
  check(account.balance >= 0, "overdrawn");
}
}  // namespace cured

/// The bug cured by a lock: other steps.
namespace locked {
Task<> withdraw(Account& account, Lock& lock, int amount) {
  const LockGuard guard = co_await lock.scoped();
  if (account.balance >= amount) {
    co_await yield();
    account.balance -= amount;
  }
}
Task<> two_withdrawals() {
  Account account;
  Lock lock("account");
  co_await gather(withdraw(account, lock, 60), withdraw(account, lock, 80));
  check(account.balance >= 0, "overdrawn");
}
}  // namespace locked

/// The first failing schedule of `body`.
template <class Body>
Schedule failing_schedule(Body&& body, const Options& options = {}) {
  const Report report = explore(body, options);
  EXPECT_TRUE(report.failed());
  return report.failures.empty() ? Schedule() : report.failures.front().schedule;
}

/// The schedule that has the other task first, so that it has deviations.
Schedule overdraft() {
  Schedule schedule;
  schedule.picks = {1, 0, 1};
  const Report report = replay(recorded::two_withdrawals, schedule);
  EXPECT_THAT(report, FailsWith(FailureKind::check));
  return report.failures.empty() ? Schedule() : report.failures.front().schedule;
}

void expect_same_failure(const Report& report, const Schedule& schedule) {
  ASSERT_TRUE(report.failed());
  ASSERT_EQ(report.failures.size(), 1U) << report;
  const Failure& failure = report.failures.front();
  EXPECT_EQ(failure.kind, schedule.failure->kind);
  EXPECT_EQ(failure.message, schedule.failure->message);
  EXPECT_EQ(failure.place, schedule.failure->place);
  EXPECT_EQ(failure.schedule.trace, schedule.trace);
  EXPECT_EQ(failure.schedule.picks, schedule.picks);
  EXPECT_EQ(failure.schedule.fingerprint, schedule.fingerprint);
  EXPECT_EQ(failure.schedule.failure, schedule.failure);
}

TEST(Replay, GivesTheSameTraceAndTheSameFailure) {
  const Schedule schedule = overdraft();
  EXPECT_EQ(schedule.deviations(), 2U);
  const Report report = replay(recorded::two_withdrawals, schedule);
  expect_same_failure(report, schedule);
  EXPECT_EQ(report.schedules, 1U);
  EXPECT_EQ(report.failing, 1U);
  EXPECT_EQ(report.steps, schedule.trace.steps.size());
  EXPECT_EQ(report.verdict_detail, "the schedule of the file fails");
}

TEST(Replay, OfWhatAnExplorationFoundGivesItAgain) {
  const Schedule schedule = failing_schedule(recorded::two_withdrawals);
  expect_same_failure(replay(recorded::two_withdrawals, schedule), schedule);
}

TEST(Replay, SurvivesJson) {
  const Schedule schedule = Schedule::from_json(overdraft().to_json(), "test");
  EXPECT_EQ(schedule, overdraft());
  expect_same_failure(replay(recorded::two_withdrawals, schedule), schedule);
}

TEST(Replay, NeedsThePicksAlone) {
  const Schedule schedule = overdraft();
  Schedule picks = schedule;
  picks.trace = {};
  expect_same_failure(replay(recorded::two_withdrawals, picks), schedule);
  picks.fingerprint = 0;
  expect_same_failure(replay(recorded::two_withdrawals, picks), schedule);
}

TEST(Replay, OfAProgramWhoseLinesMovedFollowsTheScheduleToTheSameFailure) {
  const Schedule schedule = overdraft();
  const Report report = replay(moved::two_withdrawals, schedule);
  ASSERT_EQ(report.failures.size(), 1U) << report;
  const Failure& failure = report.failures.front();
  EXPECT_EQ(failure.kind, FailureKind::check);
  EXPECT_EQ(failure.message, "overdrawn");
  EXPECT_EQ(failure.schedule.picks, schedule.picks);
  EXPECT_EQ(failure.schedule.fingerprint, schedule.fingerprint);
  EXPECT_NE(failure.place, schedule.failure->place);
}

TEST(Replay, OfACureWithTheSameStepsPasses) {
  const Report report = replay(cured::two_withdrawals, overdraft());
  EXPECT_EQ(report.verdict, Verdict::replayed);
  EXPECT_FALSE(report.failed());
  EXPECT_THAT(report.failures, IsEmpty());
  EXPECT_EQ(report.verdict_detail, "the schedule of the file passes");
  ASSERT_TRUE(report.replayed.has_value());
  EXPECT_EQ(report.replayed->picks, overdraft().picks);
  EXPECT_FALSE(report.replayed->trace.steps.empty());
}

// Steps: 1 the body, 2 the start of the second task, 3 that of the first, 4 the first again from
// its yield. With the lock the first waits in step 3, and only the second, which holds it, can
// step.
TEST(Divergence, NamesTheFirstStepThatDiffersWithBothSides) {
  const Report report = replay(locked::two_withdrawals, overdraft());
  ASSERT_THAT(report, FailsWith(FailureKind::diverged));
  const Failure& failure = report.failures.front();
  EXPECT_EQ(failure.message, "the program left the schedule at step 4");
  ASSERT_EQ(failure.details.size(), 3U);
  EXPECT_THAT(failure.details[0], StartsWith("recorded: task 0.1 (withdraw#1): yield at "));
  EXPECT_THAT(failure.details[1],
              StartsWith("found:    task 0.2 (withdraw#2): acquire lock \"account\" at "));
  EXPECT_THAT(failure.details[2], HasSubstr("the file is stale, the code has changed since"));
  EXPECT_EQ(report.verdict_detail, "the program does not follow the schedule of the file");
}

Task<> one_withdrawal() {
  Account account;
  co_await gather(recorded::withdraw(account, 60));
}

TEST(Divergence, OfAProgramThatEndsEarlyIsOneAtTheEnd) {
  const Report report = replay(one_withdrawal, overdraft());
  ASSERT_THAT(report, FailsWith(FailureKind::diverged));
  EXPECT_THAT(report.failures.front().details[1], HasSubstr("task 0.1"));
}

Task<> three_withdrawals() {
  Account account;
  co_await gather(recorded::withdraw(account, 60), recorded::withdraw(account, 80));
  co_await yield();
  check(account.balance >= 0, "overdrawn");
}

// All the recorded steps are there, and one more follows.
TEST(Divergence, OfAProgramThatGoesOnIsOneAtTheEndOfTheRecord) {
  const Schedule schedule = overdraft();
  const Report report = replay(three_withdrawals, schedule);
  ASSERT_THAT(report, FailsWith(FailureKind::diverged));
  EXPECT_EQ(report.failures.front().message, "the program left the schedule at step " +
                                                 std::to_string(schedule.trace.steps.size() + 1));
  EXPECT_EQ(report.failures.front().details[0], "recorded: the end of the execution");
}

TEST(Divergence, IsSeenByThePicksAloneToo) {
  Schedule schedule = overdraft();
  schedule.trace = {};
  EXPECT_THAT(replay(locked::two_withdrawals, schedule), FailsWith(FailureKind::diverged));
  EXPECT_THAT(replay(one_withdrawal, schedule), FailsWith(FailureKind::diverged));
}

TEST(Divergence, OfPicksThatAreNotThereIsNoCrash) {
  Schedule schedule;
  schedule.picks = {4'000'000'000U, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7};
  EXPECT_THAT(replay(recorded::two_withdrawals, schedule), FailsWith(FailureKind::diverged));
}

TEST(Divergence, DoesNotHideTheFailureThatThereIs) {
  const Report report = replay(three_withdrawals, overdraft());
  ASSERT_EQ(report.failures.size(), 2U);
  EXPECT_EQ(report.failures[1].kind, FailureKind::check);
  EXPECT_EQ(report.failures[1].message, "overdrawn");
}

Task<> by_a_counter(int& runs) {
  Account account;
  if (++runs % 2 == 0) {
    co_await gather(recorded::withdraw(account, 60), recorded::withdraw(account, 80));
  } else {
    co_await gather(recorded::withdraw(account, 60), cured::withdraw(account, 200));
    co_await yield();
  }
}

TEST(Divergence, OfANondeterministicProgramSaysSo) {
  int runs = 0;
  const Report report = replay([&runs] { return by_a_counter(runs); }, overdraft());
  ASSERT_THAT(report, FailsWith(FailureKind::nondeterminism));
  ASSERT_GT(report.failures.front().details.size(), 3U);
  EXPECT_THAT(report.failures.front().details[2], HasSubstr("the test is nondeterministic"));
  // How the two replays ended that disagree, and what is likely.
  EXPECT_THAT(report.failures.front().details, Contains(HasSubstr("first difference at step ")));
}

Task<> every_fourth_time(int& runs) {
  Account account;
  co_await gather(recorded::withdraw(account, 60), recorded::withdraw(account, 80));
  co_await yield();  // Which the schedule does not have.
  if (++runs % 4 == 0) co_await yield();
}

// The first three replays agree.
TEST(Divergence, OfAProgramThatSeldomChangesSaysSoToo) {
  int runs = 0;
  const Report report = replay([&runs] { return every_fourth_time(runs); }, overdraft());
  ASSERT_THAT(report, FailsWith(FailureKind::nondeterminism));
  EXPECT_THAT(report.failures.front().details[2],
              HasSubstr("replays disagree with each other: the test is nondeterministic"));
  EXPECT_EQ(runs, 4);
}

Task<> crosses(Lock& first, Lock& second) {
  const LockGuard outer = co_await first.scoped();
  const LockGuard inner = co_await second.scoped();
}
Task<> lock_order() {
  Lock a("a");
  Lock b("b");
  co_await gather(crosses(a, b), crosses(b, a));
}

TEST(Replay, GivesADeadlockWithTheSameBlockedTasks) {
  for (const AwaitPoints points : {AwaitPoints::every, AwaitPoints::operations}) {
    const Schedule schedule = failing_schedule(lock_order, {.await_points = points});
    EXPECT_EQ(schedule.trace.blocked.size(), 3U);
    expect_same_failure(replay(lock_order, schedule), schedule);
  }
}

Task<> needs_a_deviation() {
  int reader_saw = -1;
  int written = 0;
  const auto reads = [](int& from, int& to) -> Task<> {
    to = from;
    co_return;
  };
  const auto writes = [](int& to) -> Task<> {
    to = 1;
    co_return;
  };
  co_await gather(reads(written, reader_saw), writes(written));
  check(reader_saw == 0, "saw the write");
}

// The AwaitPoints of the schedule count, not those of the options.
TEST(Replay, IsUnderTheAwaitPointsOfTheSchedule) {
  for (const AwaitPoints points :
       {AwaitPoints::every, AwaitPoints::operations, AwaitPoints::suspending}) {
    const Schedule schedule = failing_schedule(needs_a_deviation, {.await_points = points});
    EXPECT_EQ(schedule.await_points, points);
    for (const AwaitPoints other : {AwaitPoints::every, AwaitPoints::suspending}) {
      const Report report = replay(needs_a_deviation, schedule, {.await_points = other});
      EXPECT_EQ(report.await_points, points);
      expect_same_failure(report, schedule);
    }
  }
}

Task<> chooses_and_interleaves() {
  int last = 0;
  const auto writes = [](int& to, int value) -> Task<> {
    const auto delay = static_cast<int>(choose(3));
    for (int i = 0; i < delay; ++i) co_await yield();
    to = value;
  };
  co_await gather(writes(last, 1), writes(last, 2));
  check(last == 2 || choose(4) != 3, "both");
}

TEST(Replay, RepeatsChoicesAsWellAsPicks) {
  const Schedule schedule = failing_schedule(chooses_and_interleaves);
  expect_same_failure(replay(chooses_and_interleaves, schedule), schedule);
  Schedule picks = schedule;
  picks.trace = {};
  expect_same_failure(replay(chooses_and_interleaves, picks), schedule);
}

Task<> never_ends() {
  while (true) co_await yield();
}

TEST(Replay, OfALivelockIsOneUnderTheSameStepLimit) {
  const Schedule schedule = failing_schedule(never_ends, {.max_steps = 50});
  expect_same_failure(replay(never_ends, schedule, {.max_steps = 50}), schedule);
}

TEST(Replay, TakesItsNameFromTheOptionsOrElseFromTheTestThatRuns) {
  EXPECT_EQ(replay(recorded::two_withdrawals, overdraft(), {.name = "Mine"}).test, "Mine");
  EXPECT_EQ(replay(recorded::two_withdrawals, overdraft()).test,
            "Replay.TakesItsNameFromTheOptionsOrElseFromTheTestThatRuns");
}

}  // namespace
}  // namespace coweave
