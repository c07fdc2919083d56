#include <gmock/gmock.h>

#include <chrono>
#include <string>

#include "coweave/execution/elsewhere_watch.hpp"
#include "coweave/execution/execution_clock.hpp"
#include "coweave/execution/intruder_log.hpp"
#include "coweave/execution/object_table.hpp"
#include "coweave/execution/torn_down_failure.hpp"
#include "coweave/runtime/foreign.hpp"
#include "framework/execution/run_parts.hpp"

// The smaller parts of an execution, each without one.

namespace coweave::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(ObjectTable, NumbersObjectsInTheOrderOfTheirFirstUse) {
  class Primitive : public detail::Object {
   public:
    explicit Primitive(std::string_view name) : Object(ObjectKind::lock, name, Place::current()) {}
  };
  detail::ObjectTable objects;
  const Primitive first("first");
  const Primitive second("second");
  EXPECT_EQ(objects.add(second), ObjectId(0));
  EXPECT_EQ(objects.add(first), ObjectId(1));
  ASSERT_THAT(objects.all(), SizeIs(2));
  EXPECT_EQ(objects.all()[0].name.view(), "second");
  EXPECT_EQ(objects.all()[0].ordinal, objects.all()[1].ordinal + 1);
  objects.begin_execution();
  EXPECT_THAT(objects.all(), IsEmpty());
}

TEST(TornDownFailure, IsOneLineWhileTheExecutionIsTornDown) {
  detail::TornDownFailure torn_down;
  detail::ExecutionFailure failure;
  failure.kind = FailureKind::deadlock;
  failure.message = "nothing\nis ready";
  failure.place = {"bank.cpp", 14};
  torn_down.begin(failure);
  torn_down.set_schedule("a.json");
  EXPECT_EQ(torn_down.failure(), "deadlock: nothing\\nis ready at bank.cpp:14");
  EXPECT_EQ(torn_down.schedule(), "a.json");
  torn_down.end();
  EXPECT_EQ(torn_down.failure() + torn_down.schedule(), "");
}

class ClockOfExecution : public testing::Test {
 protected:
  static Clock::time_point at(Clock::duration time) { return Clock::time_point(time); }
  detail::TimerQueue timers;
  detail::Waiter early;
  detail::Waiter late;
};

TEST_F(ClockOfExecution, MovesToTheEarliestTimerAndNeverBack) {
  detail::ExecutionClock clock(TimerOrder::when_idle);
  EXPECT_FALSE(clock.move_to_earliest(timers));
  timers.arm(late, at(9s));
  EXPECT_TRUE(clock.move_to_earliest(timers));
  EXPECT_EQ(clock.now(), at(9s));
  timers.arm(early, at(5s));
  EXPECT_TRUE(clock.move_to_earliest(timers));
  EXPECT_EQ(clock.now(), at(9s));
  clock.begin_execution();
  EXPECT_EQ(clock.now(), at(0s));
}

TEST_F(ClockOfExecution, LetsTimePassAtTheLimitEightTimesWhereATimerIsArmed) {
  detail::ExecutionClock clock(TimerOrder::when_idle);
  EXPECT_FALSE(clock.lets_time_pass(timers));
  timers.arm(early, at(1s));
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(clock.lets_time_pass(timers));
  EXPECT_FALSE(clock.lets_time_pass(timers));
  EXPECT_EQ(clock.times_let_pass(), 8U);
  clock.begin_execution();
  EXPECT_EQ(clock.times_let_pass(), 0U);
}

// A plain timer: any may fire early, but under TimerOrder::timeouts only a deadline may.
TEST_F(ClockOfExecution, FiresEarlyAsTheOrderOfTimersAllows) {
  const detail::ExecutionClock any(TimerOrder::any);
  const detail::ExecutionClock timeouts(TimerOrder::timeouts);
  EXPECT_FALSE(any.may_fire_early(timers));
  timers.arm(early, at(1s));
  EXPECT_TRUE(any.may_fire_early(timers));
  EXPECT_FALSE(timeouts.may_fire_early(timers));
}

class Elsewhere : public testing::Test {
 protected:
  Elsewhere() { failures.begin_execution(nullptr); }

  RunParts parts;
  detail::FailureCollector failures{parts.log, parts.tasks, parts.source_root};
  detail::EndReport report{failures, parts.log, parts.tasks};
};

// Uses first, then tasks that were resumed in the order of their numbers, then posts; all of them
// before what had failed already, and none twice.
TEST_F(Elsewhere, NewsAreFailuresInAnOrderThatDoesNotDependOnTheThreads) {
  detail::TaskControl& body = parts.create(nullptr, "");
  detail::TaskControl& child = parts.create(&body, "Task<> reads()");
  failures.add(FailureKind::check, "check", {}, TaskId::root);
  detail::ForeignWaiter of_body;
  of_body.owner = &body;
  detail::ForeignWaiter of_child;
  of_child.owner = &child;
  detail::NewsFromElsewhere news;
  news.resumed = {&of_child, &of_body};
  news.uses = {{"b", {}}, {"a", {}}, {"a", {}}};
  news.posts.push_back({[] {}, "post", {}});
  detail::ElsewhereWatch watch(1s);
  watch.begin_execution();
  EXPECT_FALSE(watch.was_used());
  watch.report(news, failures, report);
  EXPECT_TRUE(watch.was_used());
  std::vector<std::string> found;
  for (const detail::ExecutionFailure& failure : failures.all())
    found.push_back(failure.message.substr(0, failure.message.find(" by another")));
  EXPECT_THAT(found,
              ElementsAre("a", "b", "the test body awaits a foreign awaitable that was resumed",
                          "'reads' (task 0.1) awaits a foreign awaitable that was resumed", "post",
                          "check"));
  watch.begin_execution();
  EXPECT_FALSE(watch.was_used());
}

TEST_F(Elsewhere, NewsAreHeardWhileNothingCanGoOn) {
  detail::ForeignProxies proxies;
  const detail::ElsewhereWatch watch(1s);
  proxies.note_use("a use", {});
  int heard = 0;
  EXPECT_TRUE(watch.wait(proxies, [&] {
    ++heard;
    static_cast<void>(proxies.take_news());
    return true;
  }));
  EXPECT_EQ(heard, 1);
}

TEST_F(Elsewhere, NobodyIsWaitedForWhereNoThreadIsNew) {
  detail::ForeignProxies proxies;
  const detail::ElsewhereWatch watch(1h);
  EXPECT_FALSE(watch.wait(proxies, [] { return true; }));
}

/// Two tasks of the program with an intruder between them, all ready.
class WithIntruder : public testing::Test {
 protected:
  WithIntruder() {
    Injections injections;
    injections.cancellation.at_most = 1;
    injector.emplace(injections);
    injector->restart();
    ready.reserve(4);
    for (detail::TaskControl* const task : {&body, &intruder, &child}) ready.push_back(*task);
    child.resumes_from.kind = OperationKind::yield;
    intruders.admit({{OperationKind::inject_cancel, child.key, 0, 0}, &intruder, &child});
    log.emplace(parts.log, *injector, intruders,
                detail::IntruderLog::Point{ready, parts.tasks, timers, clock});
  }
  [[nodiscard]] const Step& last() const { return parts.log.view().back(); }

  RunParts parts;
  detail::TaskControl& body = parts.create(nullptr, "");
  detail::TaskControl& intruder = parts.create(&body, "");
  detail::TaskControl& child = parts.create(&body, "");
  detail::ReadyQueue ready;
  detail::TimerQueue timers;
  detail::ExecutionClock clock{TimerOrder::when_idle};
  detail::Intruders intruders;
  std::optional<detail::Injector> injector;
  std::optional<detail::IntruderLog> log;
};

// Without the intruder: two ready tasks and the cancellation of the child. That one is task 1.
TEST_F(WithIntruder, AStepIsWrittenAsARunWithoutItWouldWriteIt) {
  log->add_step(child, 2);
  EXPECT_EQ(last().task, TaskId(1));
  EXPECT_EQ(last().pick, 1U);
  EXPECT_EQ(last().alternatives, 3U);
}

TEST_F(WithIntruder, AnInjectionIsWrittenAsAnEntryBehindTheTasks) {
  log->add_injection({{OperationKind::inject_cancel, child.key, 0, 0}, &intruder, &child});
  EXPECT_EQ(last().task, TaskId(1));
  EXPECT_EQ(last().pick, 2U);
  EXPECT_EQ(last().alternatives, 3U);
  EXPECT_EQ(last().operation.kind, OperationKind::inject_cancel);
  EXPECT_EQ(injector->taken(), 1U);
}

TEST_F(WithIntruder, ALoggedTaskIsFoundByItsNumber) {
  EXPECT_EQ(log->number_of(TaskId(0)), TaskId(0));
  EXPECT_EQ(log->number_of(TaskId(1)), TaskId(2));
}

}  // namespace
}  // namespace coweave::test
