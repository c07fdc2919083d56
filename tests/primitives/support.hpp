#pragma once

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"
#include "coweave/strategy/exhaustive.hpp"
#include "coweave/strategy/production.hpp"

/// What the tests of the primitives share. A test that holds in any order of steps is enumerated,
/// one that needs asyncio's order runs in production order. In its body `co_await yield()` lets
/// every task that is ready take one step, and `co_await wait_all_tasks_blocked()` lets them run
/// until they wait.
namespace coweave::test {

/// Every interleaving, or a limit that fails the test.
inline Options exhaustively(AwaitPoints points) {
  Options options;
  options.strategy = exhaustive();
  options.max_schedules = 1'000'000;
  options.max_time = std::chrono::minutes(2);
  options.await_points = points;
  options.compare_await_points = false;
  return options;
}

/// asyncio's order of steps.
inline Options in_production_order() {
  Options options;
  options.strategy = production();
  options.await_points = AwaitPoints::suspending;
  options.compare_await_points = false;
  return options;
}

/// `body` passes under every schedule, by asyncio's rule for awaits and by the strictest.
template <class Body>
void expect_passes_exhaustively(Body body) {
  for (const AwaitPoints points : {AwaitPoints::suspending, AwaitPoints::every}) {
    SCOPED_TRACE(to_string(points));
    EXPECT_THAT(explore(body, exhaustively(points)), PassesExhaustively());
  }
}

/// The same, and it has exactly so many schedules.
template <class Body>
void expect_schedules(std::uint64_t suspending, std::uint64_t every, Body body) {
  const Report few = explore(body, exhaustively(AwaitPoints::suspending));
  EXPECT_THAT(few, PassesExhaustively());
  EXPECT_EQ(few.schedules, suspending);
  const Report many = explore(body, exhaustively(AwaitPoints::every));
  EXPECT_THAT(many, PassesExhaustively());
  EXPECT_EQ(many.schedules, every);
}

/// `body`, in which another task is ready all the time, never suspends under asyncio's rule: there
/// is one schedule. Under the strictest rule it is still correct.
template <class Body>
void expect_no_suspension(Body body) {
  const Report report = explore(body, exhaustively(AwaitPoints::suspending));
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_EQ(report.schedules, 1U);
  EXPECT_THAT(explore(body, exhaustively(AwaitPoints::every)), PassesExhaustively());
}

template <class Body>
void expect_passes_in_production_order(Body body) {
  EXPECT_THAT(explore(body, in_production_order()), Passes());
}

enum class Ending { value, cancelled };

/// How the task ends; waits for it.
template <class T>
Task<Ending> ending_of(const TaskHandle<T>& handle) {
  try {
    static_cast<void>(co_await handle);
  } catch (const CancelledError&) {
    co_return Ending::cancelled;
  }
  co_return Ending::value;
}

/// Whether awaiting it throws MisuseError.
template <class Awaitable>
Task<bool> throws_misuse(Awaitable&& awaitable) {
  try {
    co_await std::forward<Awaitable>(awaitable);
  } catch (const MisuseError&) {
    co_return true;
  }
  co_return false;
}

/// Whether a plain call throws it.
template <class Call>
bool is_misuse(Call call) {
  try {
    call();
  } catch (const MisuseError&) {
    return true;
  }
  return false;
}

/// A task that only shows that it ran.
inline Task<> mark(bool& has_run) {
  has_run = true;
  co_return;
}

using Order = std::vector<int>;

inline Task<> note(Order& order, int id) {
  order.push_back(id);
  co_return;
}

/// Acquires a lock, a semaphore or the lock of a condition, and gives what the acquire gave.
template <class Acquirable>
Task<bool> acquire(Acquirable& object) {
  co_return co_await object.acquire();
}

template <class Acquirable>
Task<bool> acquire_and_note(Acquirable& object, Order& order, int id) {
  const bool result = co_await object.acquire();
  order.push_back(id);
  co_return result;
}

}  // namespace coweave::test
