// invariant(), sometimes(), and what a report says of a test that exercises too little.

#include <chrono>
#include <coweave/gtest.hpp>
#include <coweave/primitives.hpp>
#include <stdexcept>
#include <string>

namespace {

using coweave::AwaitPoints;
using coweave::FailsWith;
using coweave::FailureKind;
using coweave::Lock;
using coweave::Options;
using coweave::PassesExhaustively;
using coweave::Report;
using coweave::SometimesClaim;
using coweave::Task;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Bank {
  int a = 50;
  int b = 50;
};

Task<> transfer(Bank& bank, bool is_torn) {
  bank.a -= 10;
  if (is_torn) co_await coweave::yield();
  bank.b += 10;
  co_await coweave::yield();
}

Task<> torn_transfers() {
  Bank bank;
  const auto guard = coweave::invariant([&] { return bank.a + bank.b == 100; }, "no money is lost");
  co_await coweave::gather(transfer(bank, false), transfer(bank, true));
}

TEST(Invariant, FailsInTheStepThatBreaksIt) {
  const Report report = coweave::explore(torn_transfers);
  EXPECT_THAT(report, FailsWith(FailureKind::invariant, "\"no money is lost\" does not hold"));
  ASSERT_FALSE(report.failures.empty());
  // Body, first transfer, and the second up to its first await.
  ASSERT_TRUE(report.failures[0].schedule.failure);
  EXPECT_EQ(report.failures[0].schedule.failure->step, 2U);
  EXPECT_EQ(report.failures[0].schedule.trace.tasks[2].name, "transfer#2");
  EXPECT_GT(report.failures[0].place.line, 0U);
  EXPECT_THAT(report.failures[0].also, IsEmpty());  // Once, not after every step from there on.
}

Task<> whole_transfers() {
  Bank bank;
  const auto guard = coweave::invariant([&] { return bank.a + bank.b == 100; }, "no money is lost");
  co_await coweave::gather(transfer(bank, false), transfer(bank, false));
}
Task<> unchecked_transfers() {
  Bank bank;
  co_await coweave::gather(transfer(bank, false), transfer(bank, false));
}

TEST(Invariant, ChangesNoSchedule) {
  const Report checked = coweave::explore(whole_transfers);
  const Report unchecked = coweave::explore(unchecked_transfers);
  EXPECT_THAT(checked, PassesExhaustively());
  EXPECT_EQ(checked.schedules, unchecked.schedules);
  EXPECT_EQ(checked.steps, unchecked.steps);
}

Task<> scoped() {
  Bank bank;
  {
    const auto guard = coweave::invariant([&] { return bank.a == 50; }, "untouched");
    co_await coweave::yield();
  }
  bank.a = 0;
  co_await coweave::yield();
}

TEST(Invariant, EndsWithItsGuard) { EXPECT_THAT(coweave::explore(scoped), PassesExhaustively()); }

int checks = 0;
Task<> counted_checks() {
  const auto guard = coweave::invariant([] { return ++checks > 0; }, "counts");
  co_await coweave::yield();
  co_await coweave::yield();
}

TEST(Invariant, IsCheckedAfterEveryStep) {
  checks = 0;
  static_cast<void>(coweave::replay(counted_checks, coweave::Schedule{}));
  EXPECT_EQ(checks, 2);  // After two of three steps; in the third the guard ends.
}

TEST(Invariant, ThatThrowsDoesNotHold) {
  const auto body = []() -> Task<> {
    const auto guard =
        coweave::invariant([]() -> bool { throw std::runtime_error("cannot look"); }, "seen");
    co_await coweave::yield();
  };
  EXPECT_THAT(coweave::explore(body),
              FailsWith(FailureKind::invariant, "\"seen\" threw std::runtime_error: cannot look"));
}

Task<> cancelled_in_the_middle() {
  Bank bank;
  const auto guard = coweave::invariant([&] { return bank.a + bank.b >= 90; }, "one at a time");
  auto first = coweave::spawn(transfer(bank, true), "first");
  co_await coweave::settled(first);
  auto second = coweave::spawn(transfer(bank, true), "second");
  co_await coweave::settled(second);
}

TEST(Invariant, IsCheckedAfterInjectionsToo) {
  // Only where the first transfer is cancelled between its two halves does the second break it.
  EXPECT_THAT(coweave::explore(cancelled_in_the_middle), PassesExhaustively());
  EXPECT_THAT(coweave::explore(cancelled_in_the_middle, {.inject_cancellation = {.at_most = 1}}),
              FailsWith(FailureKind::invariant));
}

Task<> add_one(coweave::Shared<int>& number) {
  co_await coweave::yield();
  number.update([](int& value) { ++value; });
}
Task<> ordered_sums() {
  coweave::Shared<int> a;
  coweave::Shared<int> b;
  const auto guard = coweave::invariant([&] { return a.read() >= b.read(); }, "a is first");
  co_await coweave::gather(add_one(a), add_one(b));
}

TEST(Invariant, IsNotReducedAway) {
  // The two additions touch different objects, and only their order breaks the invariant.
  EXPECT_THAT(coweave::explore(ordered_sums, {.tracking = coweave::Tracking::declared}),
              FailsWith(FailureKind::invariant));
}

TEST(Invariant, IsNotCheckedUnderRun) {
  const auto body = []() -> Task<> {
    const auto guard = coweave::invariant([] { return false; }, "never");
    co_await coweave::yield();
  };
  coweave::run(body());
}

Task<> note(int& order, int& place) {
  co_await coweave::yield();
  place = ++order;
}

Task<> races() {
  int order = 0;
  int first = 0;
  int second = 0;
  co_await coweave::gather(note(order, first), note(order, second));
  coweave::sometimes(second < first, "the second comes first");
  coweave::sometimes(first == second, "both come first");
  if (first == 3) coweave::sometimes(true, "never reached");
}

TEST(Sometimes, SaysWhatHeldAndWarnsOfTheRest) {
  const Report report = coweave::explore(races);
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_THAT(report.sometimes, ElementsAre(SometimesClaim{"the second comes first", true},
                                            SometimesClaim{"both come first", false}));
  EXPECT_THAT(report.warnings,
              ElementsAre("sometimes \"both come first\": never held in 6 schedules"));
}

TEST(Sometimes, FailsTheTestOnRequest) {
  const Report report = coweave::explore(races, {.require_sometimes = true});
  EXPECT_THAT(report, FailsWith(FailureKind::check,
                                "sometimes \"both come first\": never held in 6 schedules"));
}

// It holds only in the last part of the default plan.
TEST(Sometimes, CountsTheTimeoutsThatFireEarly) {
  const auto body = []() -> Task<> {
    Lock lock("db");
    const auto acquires = [](Lock& wanted) -> Task<> { co_await wanted.acquire(); };
    const auto holder = coweave::spawn(
        [](Lock& held) -> Task<> {
          co_await held.acquire();
          co_await coweave::yield();
          held.release();
        }(lock),
        "holder");
    co_await coweave::yield();
    bool has_timed_out = false;
    try {
      co_await coweave::with_timeout(std::chrono::seconds(1), acquires(lock));
      lock.release();
    } catch (const coweave::TimeoutError&) {
      has_timed_out = true;
    }
    coweave::sometimes(has_timed_out, "it times out");
    co_await holder;
  };
  const Report report = coweave::explore(body, {.require_sometimes = true});
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_THAT(report.sometimes, ElementsAre(SometimesClaim{"it times out", true}));
}

TEST(Sometimes, IsSatisfiedInOneExecutionOfMany) {
  const auto body = []() -> Task<> {
    int order = 0;
    int first = 0;
    int second = 0;
    co_await coweave::gather(note(order, first), note(order, second));
    coweave::sometimes(second < first, "the second comes first");
  };
  EXPECT_THAT(coweave::explore(body, {.require_sometimes = true}), PassesExhaustively());
  EXPECT_THAT(
      coweave::explore(body, {.strategy = coweave::production(), .require_sometimes = true}),
      FailsWith(FailureKind::check));
}

Task<> locks(Lock& lock) {
  const auto guard = co_await lock.scoped();
  co_await coweave::yield();
}
Task<> yields() {
  co_await coweave::yield();
  co_await coweave::yield();
}

TEST(Coverage, WarnsOfALockThatOneTaskUses) {
  const auto body = []() -> Task<> {
    Lock lock("db");
    co_await coweave::gather(locks(lock), yields());
  };
  const Report report = coweave::explore(body);
  EXPECT_THAT(
      report.warnings,
      ElementsAre(AllOf(HasSubstr("lock \"db\" (tests/"),
                        HasSubstr("was never contended: no task ever had to wait for it in " +
                                  std::to_string(report.schedules) +
                                  " schedules, and only one task used it in the "))));
  EXPECT_GT(report.looked_at, 1U);
}

TEST(Coverage, IsContentWithALockThatIsContended) {
  const auto body = []() -> Task<> {
    Lock lock("db");
    co_await coweave::gather(locks(lock), locks(lock));
  };
  EXPECT_THAT(coweave::explore(body).warnings, IsEmpty());
}

Task<> locks_without_an_await(Lock& lock) {
  co_await coweave::yield();
  const auto guard = co_await lock.scoped();
}

TEST(Coverage, WarnsOfALockThatNobodyWaitsFor) {
  const auto body = []() -> Task<> {
    Lock lock("db");
    co_await coweave::gather(locks_without_an_await(lock), locks_without_an_await(lock));
  };
  EXPECT_THAT(coweave::explore(body, {.await_points = AwaitPoints::suspending}).warnings,
              ElementsAre(HasSubstr("no task ever had to wait for it")));
}

// It is waited for in every schedule, and cancelled meanwhile: nobody is ever woken by a release.
Task<> cancelled_waiter() {
  Lock lock("db");
  co_await lock.acquire();
  const auto waiter = coweave::spawn(locks(lock), "waiter");
  co_await coweave::wait_all_tasks_blocked();
  const auto other = coweave::spawn(yields(), "other");
  waiter.cancel();
  lock.release();
  co_await coweave::settled(waiter);
  co_await other;
}

TEST(Coverage, CountsAWaitThatIsCancelled) {
  const Report report = coweave::explore(cancelled_waiter);
  EXPECT_GT(report.schedules, 1U);
  EXPECT_THAT(report.warnings, IsEmpty());
}

TEST(Coverage, CountsAWaitThatTimesOut) {
  const auto body = []() -> Task<> {
    coweave::Semaphore permits(1, "permits");
    const auto tries = [](coweave::Semaphore& semaphore) -> Task<bool> {
      const auto acquires = [](coweave::Semaphore& wanted) -> Task<> { co_await wanted.acquire(); };
      try {
        co_await coweave::with_timeout(std::chrono::milliseconds(10), acquires(semaphore));
      } catch (const coweave::TimeoutError&) {
        co_return false;
      }
      co_await coweave::sleep_for(std::chrono::milliseconds(10));
      semaphore.release();
      co_return true;
    };
    const auto [a, b] = co_await coweave::gather(tries(permits), tries(permits));
    EXPECT_TRUE(a || b);
  };
  const Report report = coweave::explore(body);
  EXPECT_FALSE(report.failed());
  EXPECT_THAT(report.warnings, IsEmpty());
}

// The lock is waited for only where the late user overtakes: the claim is about all executions, not
// about the few that are written down.
TEST(Coverage, ClaimsNothingFromTheExecutionsThatItLookedAt) {
  const auto body = []() -> Task<> {
    Lock lock("db");
    const auto late = [](Lock& used) -> Task<> {
      for (int i = 0; i < 12; ++i) co_await coweave::yield();
      const auto guard = co_await used.scoped();
    };
    co_await coweave::gather(locks(lock), late(lock));
  };
  const Report report = coweave::explore(body);
  EXPECT_EQ(report.verdict, coweave::Verdict::exhaustive);
  EXPECT_LT(report.looked_at, report.schedules);
  EXPECT_THAT(report.warnings, IsEmpty());
}

// A reduced search executes one of several equivalent interleavings. Only some of them have a wait,
// and without an audit none of those is executed here.
TEST(Coverage, ClaimsNothingFromAReducedSearch) {
  const auto body = []() -> Task<> {
    Lock lock("db");
    const auto late = [](Lock& used) -> Task<> {
      for (int i = 0; i < 3; ++i) co_await coweave::yield();
      const auto guard = co_await used.scoped();
    };
    co_await coweave::gather(locks(lock), late(lock));
  };
  Options options;
  options.tracking = coweave::Tracking::declared;
  options.audit = 0;
  const Report report = coweave::explore(body, options);
  EXPECT_EQ(report.verdict, coweave::Verdict::exhaustive);
  ASSERT_TRUE(report.completion.reduction);
  for (const std::string& warning : report.warnings)
    EXPECT_EQ(warning.find("never contended"), std::string::npos) << warning;
}

// An object that is older than the execution has no stable name: no claim where one was waited for.
TEST(Coverage, ClaimsNothingOfObjectsOlderThanTheExecutionIfOneIsContended) {
  Lock lock("older");
  const auto body = [&lock]() -> Task<> { co_await coweave::gather(locks(lock), locks(lock)); };
  EXPECT_THAT(coweave::explore(body).warnings, IsEmpty());
}

Task<> set_late(coweave::Event& event) {
  for (int i = 0; i < 30; ++i) co_await coweave::yield();
  event.set();
}
Task<> wait_early(coweave::Event& event) { co_await event.wait(); }
Task<> late_event() {
  coweave::Event event("ready");
  co_await coweave::gather(set_late(event), wait_early(event));
}

TEST(Coverage, ListsWhatASampleSawInOneOrderOnly) {
  const Report sampled =
      coweave::explore(late_event, {.strategy = coweave::random_walk(), .max_schedules = 8});
  EXPECT_THAT(sampled.one_order,
              ElementsAre(AllOf(HasSubstr("wait_early#1 begins to wait event \"ready\""),
                                HasSubstr(", always before set_late#1 sets event \"ready\""))));
  // 31 places of the start of the waiter among the steps of the other, and then its end.
  const Report whole = coweave::explore(late_event);
  EXPECT_EQ(whole.verdict, coweave::Verdict::exhaustive);
  EXPECT_THAT(whole.one_order, IsEmpty());
}

Task<> write_late(coweave::Shared<int>& value) {
  for (int i = 0; i < 30; ++i) co_await coweave::yield();
  value.write(1);
}
Task<> read_early(coweave::Shared<int>& value) {
  static_cast<void>(value.read());
  co_await coweave::yield();
  static_cast<void>(value.read());
}
Task<> late_write() {
  coweave::Shared<int> value(0, "value");
  co_await coweave::gather(write_late(value), read_early(value), read_early(value));
}

// Two reads commute: only the pairs with the write are dependent. The two places of each reader.
TEST(Coverage, ListsAccessesOfSharedStateSeenInOneOrderOnly) {
  const Report sampled =
      coweave::explore(late_write, {.strategy = coweave::random_walk(), .max_schedules = 8});
  EXPECT_THAT(sampled.one_order,
              ElementsAre(AllOf(HasSubstr("read_early#1 reads \"value\" at "),
                                HasSubstr(", always before write_late#1 writes \"value\"")),
                          HasSubstr("read_early#1 reads"), HasSubstr("read_early#2 reads"),
                          HasSubstr("read_early#2 reads")));
}

Task<> set_soon(coweave::Event& event) {
  co_await coweave::yield();
  event.set();
}
Task<> forced_orders() {
  coweave::Event event("ready");
  event.set();  // Before there is anybody else.
  co_await coweave::gather(wait_early(event), set_soon(event), set_late(event));
  event.clear();  // After they have ended.
}

// The body's set comes before its children, its clear after them, whatever is picked; how the late
// set and the others come is open, and it does come last in a sample.
TEST(Coverage, ListsNoOrderThatTheProgramForces) {
  const Report report =
      coweave::explore(forced_orders, {.strategy = coweave::random_walk(), .max_schedules = 8});
  EXPECT_FALSE(report.failed());
  EXPECT_FALSE(report.one_order.empty());
  for (const std::string& pair : report.one_order)
    EXPECT_THAT(pair, ::testing::Not(HasSubstr("body ")));
}

TEST(Coverage, IsInTheReportInTextAndJson) {
  const Report report =
      coweave::explore(late_event, {.strategy = coweave::random_walk(), .max_schedules = 8});
  EXPECT_THAT(::testing::PrintToString(report), HasSubstr("seen in one order only, in the "));
  EXPECT_THAT(coweave::to_json(report), HasSubstr("\"one_order\": ["));
  EXPECT_THAT(coweave::to_json(coweave::explore(races)),
              HasSubstr("\"sometimes\": [\n    {\n      \"name\": \"the second comes first\",\n"
                        "      \"has_held\": true"));
}

}  // namespace
