#pragma once

#include <chrono>
#include <utility>

#include "primitives/support.hpp"

/// What tests of timeout scopes await, and how that ends.
namespace coweave::test {

using namespace std::chrono_literals;

template <class Body>
void expect_passes_under_all_await_points(Body body) {
  expect_passes_exhaustively(body);
  EXPECT_THAT(explore(body, exhaustively(AwaitPoints::operations)), PassesExhaustively());
}

enum class Exit { value, timeout, cancelled, other };

/// How what is awaited ends.
template <class Awaitable>
Task<Exit> exit_of(Awaitable&& awaitable) {
  try {
    static_cast<void>(co_await std::forward<Awaitable>(awaitable));
  } catch (const TimeoutError&) {
    co_return Exit::timeout;
  } catch (const CancelledError&) {
    co_return Exit::cancelled;
  } catch (...) {
    co_return Exit::other;
  }
  co_return Exit::value;
}

inline Task<> sleeps(Clock::duration duration) { co_await sleep_for(duration); }
inline Task<int> gives_after(Clock::duration duration, int value) {
  co_await sleep_for(duration);
  co_return value;
}
inline Task<> yields_once() { co_await yield(); }
inline Task<> nothing() { co_return; }

inline Task<> run_in(TimeoutScope& scope, Task<> task) { co_await scope.run(std::move(task)); }
inline Task<> in_time(Clock::duration duration, Task<> task) {
  co_await with_timeout(duration, std::move(task));
}

}  // namespace coweave::test
