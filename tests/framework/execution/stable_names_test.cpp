#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"
#include "framework/strategy/recorded_picks.hpp"

// Names of tasks and objects: the same in every schedule of a program.

namespace coweave {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

using Names = std::set<std::pair<std::string, std::string>>;  // Path and name.

/// A failing check, so that the report has a trace.
template <class Body>
Trace trace_of(Body&& body) {
  const Report report = explore(body, {.strategy = production(), .compare_await_points = false});
  EXPECT_TRUE(report.failed());
  return report.failures.empty() ? Trace() : report.failures.front().schedule.trace;
}

/// The traces of all schedules of a program that passes.
template <class Body>
std::vector<Trace> all_traces(Body body) {
  std::vector<Trace> traces;
  for (const test::Picks& picks : test::picks_of_exploration(body, exhaustive())) {
    Schedule schedule;
    schedule.picks = picks;
    const Report report = replay(body, schedule);
    EXPECT_EQ(report.verdict, Verdict::replayed) << report;
    if (report.replayed) traces.push_back(report.replayed->trace);
  }
  return traces;
}

Names tasks_of(const Trace& trace) {
  Names names;
  for (const TraceTask& task : trace.tasks) names.emplace(task.path, task.name);
  return names;
}

Names objects_of(const Trace& trace) {
  Names names;
  for (const TraceObject& object : trace.objects)
    names.emplace(object.path, std::string(to_string(object.kind)) + " " + object.name);
  return names;
}

Task<> leaf() { co_return; }
Task<> other_leaf() { co_return; }

Task<> spawns_three_kinds() {
  const TaskHandle<> a = spawn(leaf());
  const TaskHandle<> b = spawn(other_leaf());
  const TaskHandle<> c = spawn(leaf());
  const TaskHandle<> d = spawn(leaf(), "worker");
  const TaskHandle<> e = spawn(leaf(), "worker");
  co_await gather(leaf(), [](int) -> Task<> { co_return; }(1));
  co_await a;
  co_await b;
  co_await c;
  co_await d;
  co_await e;
  check(false);
}

TEST(TaskName, IsTheFunctionAndItsNumberOrWhatTheUserGave) {
  std::vector<std::string> names;
  std::vector<std::string> paths;
  for (const TraceTask& task : trace_of(spawns_three_kinds).tasks) {
    names.push_back(task.name);
    paths.push_back(task.path);
  }
  EXPECT_THAT(names, ElementsAre("body", "leaf#1", "other_leaf#1", "leaf#2", "worker", "worker#2",
                                 "leaf#3", "lambda#1"));
  EXPECT_THAT(paths, ElementsAre("0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7"));
}

Task<> parent() {
  Lock lock("mine");
  Event event;
  event.set();
  co_await gather(leaf(), leaf());
  co_await lock.acquire();
  co_await event.wait();
  lock.release();
}

Task<> two_parents() {
  Lock lock("shared");
  co_await gather(parent(), parent());
  co_await lock.acquire();
  lock.release();
}

// Under `suspending` a parent has two steps, its start and what follows its gather; each child has
// one step, between these two. Two such families, interleaved, have hundreds of schedules.
TEST(TaskPath, IsTheSameInEverySchedule) {
  const std::vector<Trace> traces = all_traces(two_parents);
  ASSERT_GT(traces.size(), 100U);
  for (const Trace& trace : traces) {
    std::vector<std::string> paths;
    for (const TraceTask& task : trace.tasks) paths.push_back(task.path);
    ASSERT_THAT(paths, UnorderedElementsAre("0", "0.1", "0.2", "0.1.1", "0.1.2", "0.2.1", "0.2.2"));
  }
}

TEST(TaskName, IsTheSameInEverySchedule) {
  const std::vector<Trace> traces = all_traces(two_parents);
  for (const Trace& trace : traces) ASSERT_EQ(tasks_of(trace), tasks_of(traces.front()));
}

TEST(TaskName, IsUniqueInItsTrace) {
  for (const Trace& trace : all_traces(two_parents)) {
    std::set<std::string> names;
    for (const TraceTask& task : trace.tasks) names.insert(task.name);
    ASSERT_EQ(names.size(), trace.tasks.size());
  }
}

TEST(ObjectPath, IsTheCreatingTaskAndTheNumberOfTheCreationInEverySchedule) {
  for (const Trace& trace : all_traces(two_parents)) {
    ASSERT_EQ(objects_of(trace), (Names{{"0/1", "lock shared"},
                                        {"0.1/1", "lock mine"},
                                        {"0.1/2", "event "},
                                        {"0.2/1", "lock mine"},
                                        {"0.2/2", "event "}}));
  }
}

Task<> uses(Lock& lock) { const LockGuard guard = co_await lock.scoped(); }

Task<> uses_both(Lock& first, Lock& second) { co_await gather(uses(first), uses(second)); }

/// A fixture: made by the call of the body, before its first task runs.
struct Fixture {
  Lock first{"first"};
  Lock second{"second"};
};

// The order of first use, by which a trace numbers objects, varies; the paths do not.
TEST(ObjectPath, OfWhatTheCallOfTheBodyMakesIsOutsideAndANumber) {
  std::optional<Fixture> fixture;
  const auto body = [&fixture] {
    fixture.reset();
    fixture.emplace();
    return uses_both(fixture->first, fixture->second);
  };
  const std::vector<Trace> traces = all_traces(body);
  EXPECT_EQ(traces.size(), 6U);  // Two tasks of two steps: 4!/(2!2!).
  std::set<std::string> first_used;
  for (const Trace& trace : traces) {
    ASSERT_EQ(objects_of(trace),
              (Names{{"outside/1", "lock first"}, {"outside/2", "lock second"}}));
    first_used.insert(trace.objects.front().path);
  }
  EXPECT_EQ(first_used.size(), 2U);
}

// Made before the exploration. Its path must not tell how many objects the process made before, or
// a schedule saved by the whole suite does not replay under --gtest_filter.
TEST(ObjectPath, OfWhatWasMadeBeforeTheExplorationDoesNotDependOnWhatElseTheProcessMade) {
  const auto names = [] {
    Lock first("first");
    Lock second("second");
    const auto body = [&] { return uses_both(first, second); };
    const std::vector<Trace> traces = all_traces(body);
    for (const Trace& trace : traces) EXPECT_EQ(objects_of(trace), objects_of(traces.front()));
    return traces.empty() ? Names() : objects_of(traces.front());
  };
  const Names before = names();
  const Lock unrelated;
  EXPECT_EQ(names(), before);
}

std::vector<Trace> traces_with_an_older_object() {
  Lock older("older");
  std::optional<Lock> made;
  const auto body = [&older, &made] {
    made.reset();
    made.emplace("made");
    return uses_both(older, *made);
  };
  return all_traces(body);
}

// An older object and one of the call of the body are two, whoever is used first. On a thread of
// its own, where both are the first that were made outside.
TEST(ObjectPath, OfOlderObjectsDoesNotCollideWithThoseOfTheCallOfTheBody) {
  std::vector<Trace> traces;
  std::thread([&traces] { traces = traces_with_an_older_object(); }).join();
  ASSERT_EQ(traces.size(), 6U);
  for (const Trace& trace : traces) ASSERT_EQ(objects_of(trace), objects_of(traces.front()));
}

Task<> one_place_many_tasks() {
  const auto spawn_here = [] { return spawn(leaf()); };
  const TaskHandle<> first = spawn_here();
  const TaskHandle<> second = spawn_here();
  co_await first;
  co_await second;
  check(false);
}

TEST(TaskPlace, IsWhereItWasSpawnedAndNoPartOfItsName) {
  const Trace trace = trace_of(one_place_many_tasks);
  ASSERT_EQ(trace.tasks.size(), 3U);
  EXPECT_EQ(trace.tasks[1].place, trace.tasks[2].place);
  EXPECT_EQ(trace.tasks[1].place.line, static_cast<std::uint32_t>(__LINE__ - 12));
  EXPECT_NE(trace.tasks[1].name, trace.tasks[2].name);
}

}  // namespace
}  // namespace coweave
