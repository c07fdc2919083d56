#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "coweave/coweave.hpp"
#include "coweave/primitives.hpp"
#include "framework/strategy/reduction/random_program.hpp"

/// What the programs of random_program.hpp share, and what their larger actions do.
namespace coweave::test {

/// What must hold in every execution of a program, whatever its order; kept outside of it. Not a
/// part of the program: nothing of it is noted as an access.
struct Oracle {
  bool is_production_order =
      false;                      // Of the execution that comes next: the oracle may ask for more.
  bool time_stands_still = true;  // While anything is ready.
  std::string complaint;          // The first that did not hold.
  std::uint64_t executed = 0;     // A bit for each action that was reached.
  bool has_taken_back = false;    // A request to cancel, which may have been that of a deadline.
  std::uint32_t naps = 0;         // Begun so far.
  std::pair<Clock::time_point, std::uint32_t> last_nap{};  // To have ended: deadline, number.

  void begin_execution() {
    naps = 0;
    last_nap = {};
    has_taken_back = false;
  }
  /// Whether what has a deadline ends as the deadline says.
  [[nodiscard]] bool deadlines_count() const { return time_stands_still && !has_taken_back; }
  void expect(bool holds, const char* claim) {
    if (!holds && complaint.empty()) complaint = claim;
  }
};

/// What an execution came to; kept outside of it, so that a deadlock has one too.
struct FinalState {
  std::array<int, 4> variables{};
  std::vector<std::uint32_t> accumulators;  // By task.
  std::vector<std::uint32_t> positions;     // By task: instructions done.
  friend bool operator==(const FinalState&, const FinalState&) = default;
};

struct SharedState {
  SharedState(FinalState& final_state, Oracle& must_hold) : final(final_state), oracle(must_hold) {}
  std::array<Shared<int>, 4> variables;
  std::array<Lock, 2> locks;
  std::array<Semaphore, 2> semaphores{Semaphore(1), Semaphore(2)};
  BoundedSemaphore bounded{1};
  Event event;
  Condition condition;
  Barrier barrier{2};
  Queue<std::uint32_t> queue{1};
  std::vector<TaskHandle<>> handles;
  static constexpr std::size_t most_tasks = 8;
  std::array<Shared<int>, most_tasks>
      is_open;  // Whether the task has a scope that others may move.
  std::array<TimeoutScope*, most_tasks> scopes{};
  std::vector<std::uint32_t> absorbed;    // By task: cancellations that ended only a nap.
  std::vector<std::uint32_t> taken_back;  // By task: requests to cancel it.
  FinalState& final;
  Oracle& oracle;
};

inline Task<> add_one(SharedState& state, std::uint32_t variable) {
  const int seen = *state.variables[variable];
  co_await yield();
  state.variables[variable].write((seen + 1) % 8);
  state.final.variables[variable] = (seen + 1) % 8;
}

inline Task<> throw_if_even(SharedState& state, std::uint32_t variable) {
  if (*state.variables[variable] % 2 == 0) throw std::runtime_error("even");
  co_return;
}

/// Two children, of which one may fail, then a third.
inline Task<> run_group(SharedState& state, std::uint32_t variable, bool may_fail) {
  TaskGroup group;
  const auto body = [&](TaskGroup& open) -> Task<> {
    open.spawn(add_one(state, variable));
    open.spawn(may_fail ? throw_if_even(state, variable) : add_one(state, 0));
    co_await yield();
    if (open.running() == 2) open.spawn(add_one(state, variable));
  };
  co_await group.run(body);
}

/// 0: all children ended well; 1: by an exception.
inline Task<std::uint32_t> group_outcome(SharedState& state, std::uint32_t variable,
                                         bool may_fail) {
  try {
    co_await run_group(state, variable, may_fail);
  } catch (const ExceptionGroup&) {
    co_return 1;
  }
  co_return 0;
}

inline Task<> wait_for_event(SharedState& state) { co_await state.event.wait(); }

/// Whether the event was set in time.
inline Task<std::uint32_t> timed_wait(SharedState& state, std::uint32_t milliseconds) {
  try {
    co_await with_timeout(std::chrono::milliseconds(milliseconds), wait_for_event(state));
  } catch (const TimeoutError&) {
    co_return 1;
  }
  co_return 0;
}

/// The order in which two tasks end.
inline Task<std::uint32_t> first_of(std::vector<TaskHandle<>> handles) {
  CompletionOrder<void> order = as_completed(handles);
  const TaskHandle<> first = co_await order.next();
  const TaskHandle<> second = co_await order.next();
  co_return (first.name() < second.name() ? 1 : 2);
}

inline Task<std::uint32_t> may_fail() {
  try {
    co_await fault_point("fault");
  } catch (const InjectedFault&) {
    co_return 1;
  }
  co_return 0;
}

}  // namespace coweave::test
