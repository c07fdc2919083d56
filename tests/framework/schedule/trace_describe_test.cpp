#include <gtest/gtest.h>

#include "coweave/schedule/trace.hpp"
#include "framework/schedule/sample_schedule.hpp"

namespace coweave {
namespace {

TEST(TraceDescribe, NamesObjects) {
  const Trace trace = samples::small().trace;
  EXPECT_EQ(trace.describe_object(0), "lock \"db\"");
  EXPECT_EQ(trace.describe_object(1), "bounded semaphore outside/1");
  EXPECT_EQ(trace.describe_object(9), "an unknown object");
}

TEST(TraceDescribe, NamesWhatATaskResumesFrom) {
  const Trace trace = samples::small().trace;
  EXPECT_EQ(trace.describe(OperationKind::start, {}), "start");
  EXPECT_EQ(trace.describe(OperationKind::yield, {}), "yield");
  EXPECT_EQ(trace.describe(OperationKind::call, {}), "return of a child");
  EXPECT_EQ(trace.describe(OperationKind::join, {}), "join");
  EXPECT_EQ(trace.describe(OperationKind::gather, {}), "gather");
  EXPECT_EQ(trace.describe(OperationKind::sleep, {}), "sleep");
  EXPECT_EQ(trace.describe(OperationKind::idle, {}), "wait until all tasks are blocked");
  EXPECT_EQ(trace.describe(OperationKind::foreign, {}), "foreign await");
  EXPECT_EQ(trace.describe(OperationKind::acquire, 0), "acquire lock \"db\"");
  EXPECT_EQ(trace.describe(OperationKind::reacquire, 0), "reacquire lock \"db\"");
  EXPECT_EQ(trace.describe(OperationKind::wait, 1), "wait bounded semaphore outside/1");
}

TEST(TraceDescribe, NamesStepsWithTheirPlaces) {
  Trace trace = samples::small().trace;
  EXPECT_EQ(trace.describe_step(0), "start");
  EXPECT_EQ(trace.describe_step(1), "acquire lock \"db\" at bank.cpp:12");
  EXPECT_EQ(trace.describe_step(2), "choose 2 of 3 at bank.cpp:13");
  EXPECT_EQ(trace.describe_step(4), "an unknown step");
  trace.steps[1].place = {};
  EXPECT_EQ(trace.describe_step(1), "acquire lock \"db\"");
}

TEST(TraceDescribe, SaysWhatAStepDoes) {
  const Trace trace = samples::small().trace;
  const auto on_lock = [&](OperationKind kind, std::uint32_t value = 0) {
    return trace.describe_effect({kind, 0, {}, value, {}});
  };
  const auto on_task = [&](OperationKind kind, std::uint32_t task) {
    return trace.describe_effect({kind, {}, task, 0, {}});
  };
  const auto ending = [&](std::uint32_t value) {
    return trace.describe_effect({OperationKind::finish, {}, {}, value, {}});
  };
  EXPECT_EQ(trace.describe_effect({OperationKind::take, 0, {}, 0, {"pool.cpp", 33}}),
            "takes lock \"db\" at pool.cpp:33");
  EXPECT_EQ(on_lock(OperationKind::release), "releases lock \"db\"");
  EXPECT_EQ(on_lock(OperationKind::set), "sets lock \"db\"");
  EXPECT_EQ(on_lock(OperationKind::clear), "clears lock \"db\"");
  EXPECT_EQ(on_lock(OperationKind::notify, 2), "notifies lock \"db\" (wakes 2)");
  EXPECT_EQ(on_lock(OperationKind::arrive), "arrives at lock \"db\"");
  EXPECT_EQ(on_lock(OperationKind::pass), "passes lock \"db\"");
  EXPECT_EQ(on_lock(OperationKind::reset), "resets lock \"db\"");
  EXPECT_EQ(on_lock(OperationKind::abort), "aborts lock \"db\"");
  EXPECT_EQ(on_lock(OperationKind::add), "adds an item to lock \"db\"");
  EXPECT_EQ(on_lock(OperationKind::remove), "removes an item from lock \"db\"");
  EXPECT_EQ(on_lock(OperationKind::task_done), "is done with an item of lock \"db\"");
  EXPECT_EQ(on_lock(OperationKind::shut_down), "shuts down lock \"db\"");
  EXPECT_EQ(on_task(OperationKind::wake, 1), "wakes withdraw#1");
  EXPECT_EQ(on_task(OperationKind::spawn, 2), "spawns task 0.2");
  EXPECT_EQ(on_task(OperationKind::cancel, 9), "cancels an unknown task");
  EXPECT_EQ(ending(1), "ends");
  EXPECT_EQ(ending(2), "ends by an exception");
  EXPECT_EQ(ending(3), "ends cancelled");
  EXPECT_EQ(trace.describe_effect({OperationKind::finish, {}, {}, 2, {}, "std::bad_alloc"}),
            "ends by std::bad_alloc");
  EXPECT_EQ(trace.describe_effect({OperationKind::check, {}, {}, 0, {}}), "fails a check");
}

TEST(TraceDescribe, StaysOnOneLine) {
  Trace trace = samples::small().trace;
  trace.objects[0].name = "a\nb\x1b[2J";
  trace.tasks[1].name = "t\r";
  EXPECT_EQ(trace.describe_object(0), "lock \"a\\nb\\x1b[2J\"");
  EXPECT_EQ(trace.describe_effect({OperationKind::wake, {}, 1, 0, {}}), "wakes t\\r");
}

}  // namespace
}  // namespace coweave
