#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "framework/strategy/reduction/program_state.hpp"

/// The actions of generated programs that have to do with time, and what must hold of it.
namespace coweave::test {

inline std::uint32_t milliseconds_of(Clock::time_point when) {
  return static_cast<std::uint32_t>(when.time_since_epoch() / std::chrono::milliseconds(1));
}

/// Sleeps. Naps end when their time has come, not before and, while time stands still, not after;
/// in production order those of equal deadlines end in the order in which they began.
inline Task<> nap(SharedState& state, Clock::duration length) {
  Oracle& oracle = state.oracle;
  const std::pair deadline(now() + length, ++oracle.naps);
  co_await sleep_for(length);
  const Clock::time_point ended = now();
  oracle.expect(ended >= deadline.first, "no nap ends before its deadline");
  if (!oracle.time_stands_still) co_return;
  oracle.expect(ended == deadline.first, "a nap ends at its deadline");
  if (!oracle.is_production_order) co_return;
  oracle.expect(oracle.last_nap < deadline, "naps end in the order of their deadlines");
  oracle.last_nap = deadline;
}

inline Task<> plain_nap(Clock::duration length) { co_await sleep_for(length); }

/// How what is awaited ends. 0: well; 1: in a timeout; 2: by exceptions.
template <class T>
Task<std::uint32_t> how_it_ends(Task<T> task) {
  try {
    static_cast<void>(co_await std::move(task));
  } catch (const TimeoutError&) {
    co_return 1;
  } catch (const ExceptionGroup&) {
    co_return 2;
  }
  co_return 0;
}

template <class T>
Task<> limited(Clock::duration limit, Task<T> task) {
  static_cast<void>(co_await with_timeout(limit, std::move(task)));
}

/// 2 ms, with 1, 2 or 3 ms for them: the deadline comes first also where both are due together.
inline Task<std::uint32_t> timed_nap(SharedState& state, std::uint32_t value) {
  const std::chrono::milliseconds limit(1 + value % 3);
  const std::chrono::milliseconds length(2);
  const std::uint32_t ending = co_await how_it_ends(limited(limit, plain_nap(length)));
  if (state.oracle.deadlines_count())
    state.oracle.expect((ending == 1) == (limit <= length), "what has less time times out");
  co_return ending;
}

inline Task<> run_moved(std::optional<std::chrono::milliseconds> moved) {
  const std::optional<Clock::time_point> first(now() + std::chrono::milliseconds(1));
  const auto body = [moved](TimeoutScope& scope) -> Task<> {
    scope.reschedule(moved ? std::optional(now() + *moved) : std::nullopt);
    co_await sleep_for(std::chrono::milliseconds(2));
  };
  co_await timeout_at(first, body);
}

inline Task<std::uint32_t> moved_nap(SharedState& state, std::uint32_t value) {
  const bool has_end = value % 3 != 0;
  const std::optional<std::chrono::milliseconds> moved =
      has_end ? std::optional(std::chrono::milliseconds(value % 3)) : std::nullopt;
  const std::uint32_t ending = co_await how_it_ends(run_moved(moved));
  if (state.oracle.deadlines_count())
    state.oracle.expect((ending == 1) == has_end, "the deadline that a scope was moved to counts");
  co_return ending;
}

/// Shows a scope to the other tasks.
class Published {
 public:
  Published(SharedState& state, std::size_t own, TimeoutScope& scope) : state_(state), own_(own) {
    state_.scopes[own_] = &scope;
    state_.is_open[own_].write(1);
  }
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;
  ~Published() {
    if (detail::context.is_tearing_down) return;
    state_.is_open[own_].write(0);
  }

 private:
  SharedState& state_;
  std::size_t own_;
};

inline Task<> run_open(SharedState& state, std::size_t own) {
  TimeoutScope scope(std::chrono::milliseconds(3));
  const auto body = [&state, own](TimeoutScope& open) -> Task<> {
    const Published published(state, own, open);
    co_await sleep_for(std::chrono::milliseconds(2));
  };
  co_await scope.run(body);
}

inline Task<std::uint32_t> open_nap(SharedState& state, std::size_t own) {
  co_return co_await how_it_ends(run_open(state, own));
}

/// 0: there was nothing to move; 1: moved; 2: it has expired.
inline std::uint32_t reschedule(SharedState& state, std::uint32_t target, std::uint32_t own) {
  if (*state.is_open[target] == 0) return 0;
  try {
    state.scopes[target]->reschedule(now() + std::chrono::milliseconds(own % 3));
  } catch (const MisuseError&) {
    return 2;
  }
  return 1;
}

inline Task<std::uint32_t> timed_group(SharedState& state, std::uint32_t value) {
  const std::chrono::milliseconds limit(1 + value % 2);
  const auto group = [](SharedState& shared, std::uint32_t variable) -> Task<> {
    const auto body = [&shared, variable](TaskGroup& open) -> Task<> {
      open.spawn(nap(shared, std::chrono::milliseconds(1)));
      open.spawn(throw_if_even(shared, variable));
      co_return;
    };
    co_await task_group(body);
  };
  co_return co_await how_it_ends(limited(limit, group(state, value)));
}

inline Task<> inner_group(SharedState& state, std::uint32_t variable) {
  const auto body = [&state, variable](TaskGroup& open) -> Task<> {
    open.spawn(throw_if_even(state, variable));
    co_await sleep_for(std::chrono::milliseconds(1));
  };
  co_await task_group(body);
}

inline Task<std::uint32_t> nested_groups(SharedState& state, std::uint32_t value) {
  const auto outer = [](SharedState& shared, std::uint32_t variable) -> Task<> {
    const auto body = [&shared, variable](TaskGroup& open) -> Task<> {
      open.spawn(inner_group(shared, variable));
      co_await sleep_for(std::chrono::milliseconds(1));
    };
    co_await task_group(body);
  };
  co_return co_await how_it_ends(outer(state, value));
}

inline Task<> wait_shielded(TaskHandle<> handle) { co_await shield(handle); }

inline Task<std::uint32_t> timed_shield(SharedState& state, std::uint32_t target) {
  co_return co_await how_it_ends(
      limited(std::chrono::milliseconds(1), wait_shielded(state.handles[target])));
}

inline Task<std::uint32_t> timed_order(SharedState& state, std::uint32_t target) {
  std::vector<TaskHandle<>> others;
  others.push_back(state.handles[target]);
  others.push_back(state.handles[(target + 1) % state.handles.size()]);
  co_return co_await how_it_ends(
      limited(std::chrono::milliseconds(2), first_of(std::move(others))));
}

/// A bit for each of the two that has ended. Time alone ends the wait early, and the tasks run on.
inline Task<std::uint32_t> timed_wait_for(SharedState& state, std::uint32_t target) {
  const WaitFor until = target % 2 == 0 ? WaitFor::all : WaitFor::first_completed;
  const std::chrono::milliseconds limit(1 + target % 2);
  const Clock::time_point deadline = now() + limit;
  const TaskHandle<>& other = state.handles[(target + 1) % state.handles.size()];
  const auto done = co_await wait_until(until, limit, state.handles[target], other);
  const bool is_complete = until == WaitFor::all ? done[0] && done[1] : done[0] || done[1];
  state.oracle.expect(is_complete || now() >= deadline, "what is waited for ends, or time does");
  co_return (done[0] ? 1U : 0U) + (done[1] ? 2U : 0U);
}

/// 0: with a value; 1: cancelled.
inline Task<std::uint32_t> settle(SharedState& state, std::uint32_t target) {
  const Settled<void> end = co_await settled(state.handles[target]);
  co_return end.cancelled() ? 1 : 0;
}

/// A task is cancelled at most once for every request.
inline Task<std::uint32_t> absorb(SharedState& state, std::size_t own, std::uint32_t value) {
  try {
    co_await nap(state, std::chrono::milliseconds(1 + value % 2));
  } catch (const CancelledError&) {
    ++state.absorbed[own];
    const std::uint32_t requests = detail::context.current->cancel_requests + state.taken_back[own];
    state.oracle.expect(state.absorbed[own] <= requests, "one request to cancel is received once");
    co_return 1;
  }
  co_return 0;
}

inline std::uint32_t uncancel(SharedState& state, std::uint32_t target) {
  const std::uint32_t before = state.handles[target].cancelling();
  const std::uint32_t left = state.handles[target].uncancel();
  state.taken_back[target] += before - left;
  state.oracle.has_taken_back = true;
  return left;
}

}  // namespace coweave::test
