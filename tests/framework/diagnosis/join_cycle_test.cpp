// What a report says of tasks that wait for each other's ends.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coweave/diagnosis/diagnosis.hpp"
#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace coweave {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// Of a deadlock, also after its schedule was saved and loaded.
template <class Body>
std::vector<std::string> diagnosis_of(Body body) {
  const Report report =
      explore(body, {.await_points = AwaitPoints::suspending, .compare_await_points = false});
  EXPECT_THAT(report, FailsWith(FailureKind::deadlock));
  if (report.failures.empty()) return {};
  const Schedule& schedule = report.failures.front().schedule;
  EXPECT_EQ(Schedule::from_json(schedule.to_json(), "memory").trace, schedule.trace);
  return diagnose(schedule);
}

Task<> needs(Lock& lock) { const LockGuard guard = co_await lock.scoped(); }
Task<> ends() { co_await yield(); }

Task<> joins_under_a_lock() {
  Lock lock("db");
  const LockGuard held = co_await lock.scoped();
  const TaskHandle<> child = spawn(needs(lock), "child");
  co_await child;
}

TEST(JoinCycle, OfATaskThatHoldsWhatTheOtherNeeds) {
  const std::vector<std::string> lines = diagnosis_of(joins_under_a_lock);
  EXPECT_THAT(lines, Contains("cycle: body waits for child waits for body"));
  EXPECT_THAT(
      lines, Contains(AllOf(StartsWith("  body holds lock \"db\", taken at "),
                            HasSubstr(" across the await at "), EndsWith(" of the end of child"))));
  EXPECT_THAT(lines, Contains(StartsWith("  body waits for the end of child at ")));
  EXPECT_THAT(lines, Contains(StartsWith("body waits: join of child at ")));
}

Task<> gathers_under_a_lock() {
  Lock lock("db");
  const LockGuard held = co_await lock.scoped();
  co_await gather(ends(), needs(lock), needs(lock));
}

// The children that have ended are not waited for.
TEST(JoinCycle, OfAGather) {
  const std::vector<std::string> lines = diagnosis_of(gathers_under_a_lock);
  EXPECT_THAT(lines, Contains("cycle: body waits for needs#1 waits for body"));
  EXPECT_THAT(lines, Contains(StartsWith("body waits: gather of needs#1, needs#2 at ")));
}

Task<> waits(Event& event) { co_await event.wait(); }

Task<> gathers_within_a_group() {
  Event event("ready");
  Lock lock("db");
  const LockGuard held = co_await lock.scoped();
  co_await task_group([&](TaskGroup& group) -> Task<> {
    static_cast<void>(group.spawn(needs(lock), "child"));
    co_await gather(waits(event));
  });
}

// The gather does not wait for the child of the group, which has the same parent: somebody could
// set the event.
TEST(JoinCycle, IsNoneOfWhatAGatherDoesNotWaitFor) {
  const std::vector<std::string> lines = diagnosis_of(gathers_within_a_group);
  EXPECT_THAT(lines, Not(Contains(StartsWith("cycle: "))));
  EXPECT_THAT(lines,
              Contains(AllOf(StartsWith("body waits: gather of waits"), Not(HasSubstr("child")))));
}

struct Pair {
  std::optional<TaskHandle<>> one;
  std::optional<TaskHandle<>> two;
};
Task<> joins(const std::optional<TaskHandle<>>& other) {
  co_await yield();
  co_await *other;
}
Task<> join_each_other() {
  const auto pair = std::make_shared<Pair>();
  pair->one = spawn(joins(pair->two), "one");
  pair->two = spawn(joins(pair->one), "two");
  co_await *pair->one;
}

TEST(JoinCycle, OfTasksThatJoinEachOther) {
  const std::vector<std::string> lines = diagnosis_of(join_each_other);
  EXPECT_THAT(lines, Contains("cycle: one waits for two waits for one"));
  EXPECT_THAT(lines, Contains(StartsWith("  two waits for the end of one at ")));
}

Task<> joins_who_waits_for_an_event() {
  Event event("ready");
  Lock lock("db");
  const LockGuard held = co_await lock.scoped();
  const TaskHandle<> child = spawn(waits(event), "child");
  co_await child;
}

// Somebody could set the event.
TEST(JoinCycle, IsNoneWhereOneWaitsForAnEvent) {
  const std::vector<std::string> lines = diagnosis_of(joins_who_waits_for_an_event);
  EXPECT_THAT(lines, Not(Contains(StartsWith("cycle: "))));
  EXPECT_THAT(lines, Not(IsEmpty()));
}

}  // namespace
}  // namespace coweave
