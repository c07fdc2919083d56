#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "coweave/core/rng.hpp"
#include "coweave/coweave.hpp"
#include "coweave/primitives.hpp"

/// Random small programs whose steps make several accesses to tracked state, with control flow that
/// depends on what they read: what a reduction must get right.
namespace coweave::test {

enum class Action : std::uint8_t {
  yield,
  read,
  write,
  update,
  write_if_odd,  // The accumulator, which mixes all that was read.
  read_if_odd,
  choose,
  check,  // Fails if the accumulator is odd.
  // From here on with primitives.
  lock,
  unlock,
  locked,
  acquire,
  release,
  bounded,
  set,
  clear,
  wait,
  is_set,
  wait_notified,
  notify,
  join,
  done,
  sleep,
  arrive,
  waiting,
  put,
  get,
  size,
  task_done,
  join_queue,
  gather,
  group,
  failing_group,
  wait_first,
  in_order,
  shielded,
  timed,
  fault,
  // And with cancellation.
  cancel,
  cancelling,
};

/// How the body waits for its tasks.
enum class Ending : std::uint8_t { quiet, join, leave };

struct Instruction {
  Action action = Action::yield;
  std::uint32_t value = 0;
};

struct RandomProgram {
  std::vector<std::vector<Instruction>> tasks;
  Ending ending = Ending::quiet;
};

/// Which actions a program may have.
struct Mix {
  std::uint32_t variables = 3;
  std::uint32_t most_tasks = 4;
  std::uint32_t most_instructions = 6;
  std::vector<Action> actions;
  std::vector<Ending> endings{Ending::quiet};
  std::uint32_t least_tasks = 2;
  std::uint32_t least_instructions = 1;
};

inline RandomProgram random_program(const Mix& mix, std::uint64_t seed) {
  Rng rng(seed, 7);
  RandomProgram program;
  program.ending = mix.endings[rng.below(static_cast<std::uint32_t>(mix.endings.size()))];
  program.tasks.resize(mix.least_tasks + rng.below(mix.most_tasks - mix.least_tasks + 1));
  const auto count = static_cast<std::uint32_t>(program.tasks.size());
  for (std::vector<Instruction>& task : program.tasks) {
    task.resize(mix.least_instructions +
                rng.below(mix.most_instructions - mix.least_instructions + 1));
    for (Instruction& instruction : task) {
      instruction.action = mix.actions[rng.below(static_cast<std::uint32_t>(mix.actions.size()))];
      switch (instruction.action) {
        case Action::join:
        case Action::done:
        case Action::cancel:
        case Action::cancelling:
        case Action::wait_first:
        case Action::in_order:
        case Action::shielded:
          instruction.value = rng.below(count);
          break;
        default:
          instruction.value = rng.below(mix.variables);
      }
    }
  }
  return program;
}

/// What an execution came to; kept outside of it, so that a deadlock has one too.
struct FinalState {
  std::array<int, 4> variables{};
  std::vector<std::uint32_t> accumulators;  // By task.
  std::vector<std::uint32_t> positions;     // By task: instructions done.
  friend bool operator==(const FinalState&, const FinalState&) = default;
};

struct SharedState {
  explicit SharedState(FinalState& final_state) : final(final_state) {}
  std::array<Shared<int>, 4> variables;
  std::array<Lock, 2> locks;
  std::array<Semaphore, 2> semaphores{Semaphore(1), Semaphore(2)};
  BoundedSemaphore bounded{1};
  Event event;
  Condition condition;
  Barrier barrier{2};
  Queue<std::uint32_t> queue{1};
  std::vector<TaskHandle<>> handles;
  FinalState& final;
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

inline Task<> interpret(SharedState& state, const std::vector<Instruction>& code, std::size_t own) {
  std::uint32_t& acc = state.final.accumulators[own];
  std::array<LockGuard, 2> held;
  const auto see = [&acc](std::uint32_t value) { acc = (acc * 5 + value + 1) % 16; };
  const auto store = [&](std::uint32_t variable, int value) {
    state.variables[variable].write(value);
    state.final.variables[variable] = value;
  };
  for (const Instruction& at : code) {
    const std::uint32_t value = at.value;
    switch (at.action) {
      case Action::yield:
        co_await yield();
        break;
      case Action::read:
        see(static_cast<std::uint32_t>(*state.variables[value]));
        break;
      case Action::write:
        store(value, static_cast<int>(acc % 4 + own));
        break;
      case Action::update:
        state.variables[value].update([](int& x) { x = (x + 1) % 8; });
        state.final.variables[value] = (state.final.variables[value] + 1) % 8;
        break;
      case Action::write_if_odd:
        if (acc % 2 == 1) store(value, static_cast<int>(own + 2));
        break;
      case Action::read_if_odd:
        if (acc % 2 == 1) see(static_cast<std::uint32_t>(*state.variables[value]));
        break;
      case Action::choose:
        see(choose(2));
        break;
      case Action::check:
        check(acc % 2 == 0, "odd", Place::current());
        break;
      case Action::lock: {
        LockGuard guard = co_await state.locks[value % 2].scoped();
        held[value % 2] = std::move(guard);
        break;
      }
      case Action::unlock:
        held[value % 2].unlock();
        break;
      case Action::locked:
        see(state.locks[value % 2].locked() ? 1 : 0);
        break;
      case Action::acquire:
        co_await state.semaphores[value % 2].acquire();
        break;
      case Action::release:
        state.semaphores[value % 2].release();
        break;
      case Action::bounded: {
        const SemaphoreGuard guard = co_await state.bounded.scoped();
        co_await yield();
        break;
      }
      case Action::set:
        state.event.set();
        break;
      case Action::clear:
        state.event.clear();
        break;
      case Action::wait:
        co_await state.event.wait();
        break;
      case Action::is_set:
        see(state.event.is_set() ? 1 : 0);
        break;
      case Action::wait_notified: {
        const LockGuard guard = co_await state.condition.scoped();
        co_await state.condition.wait();
        break;
      }
      case Action::notify: {
        const LockGuard guard = co_await state.condition.scoped();
        state.condition.notify();
        break;
      }
      case Action::join:
        if (value != own) co_await state.handles[value];
        break;
      case Action::done:
        see(state.handles[value].done() ? 1 : 0);
        break;
      case Action::sleep:
        co_await sleep_for(std::chrono::milliseconds(1 + value));
        break;
      case Action::arrive:
        see(static_cast<std::uint32_t>(co_await state.barrier.wait()));
        break;
      case Action::waiting:
        see(static_cast<std::uint32_t>(state.barrier.n_waiting()));
        break;
      case Action::put:
        co_await state.queue.put(acc);
        break;
      case Action::get:
        see(co_await state.queue.get());
        break;
      case Action::size:
        see(static_cast<std::uint32_t>(state.queue.size()));
        break;
      case Action::task_done:
        try {
          state.queue.task_done();
        } catch (const MisuseError&) {
          see(1);
        }
        break;
      case Action::join_queue:
        co_await state.queue.join();
        break;
      case Action::gather:
        co_await gather(add_one(state, value), add_one(state, 0));
        break;
      case Action::group:
        see(co_await group_outcome(state, value, false));
        break;
      case Action::failing_group:
        see(co_await group_outcome(state, value, true));
        break;
      case Action::wait_first: {
        const TaskHandle<>& other = state.handles[(value + 1) % state.handles.size()];
        const auto done =
            co_await wait_until(WaitFor::first_completed, state.handles[value], other);
        see((done[0] ? 1U : 0U) + (done[1] ? 2U : 0U));
        break;
      }
      case Action::in_order: {
        std::vector<TaskHandle<>> others;
        others.push_back(state.handles[value]);
        others.push_back(state.handles[(value + 1) % state.handles.size()]);
        see(co_await first_of(std::move(others)));
        break;
      }
      case Action::shielded:
        if (value != own) co_await shield(state.handles[value]);
        break;
      case Action::timed:
        see(co_await timed_wait(state, 1 + value));
        break;
      case Action::fault:
        see(co_await may_fail());
        break;
      case Action::cancel:
        see(state.handles[value].cancel() ? 1 : 0);
        break;
      case Action::cancelling:
        see(state.handles[value].cancelling());
        break;
    }
    ++state.final.positions[own];
  }
}

/// The body. `program` and `final` outlive the exploration.
inline Task<> run_program(const RandomProgram& program, FinalState& final) {
  final = {};
  final.accumulators.resize(program.tasks.size());
  final.positions.resize(program.tasks.size());
  SharedState state(final);
  for (std::size_t i = 0; i < program.tasks.size(); ++i)
    state.handles.push_back(
        spawn(interpret(state, program.tasks[i], i), std::string(1, static_cast<char>('a' + i))));
  switch (program.ending) {
    case Ending::quiet:
      co_await wait_all_tasks_blocked();
      break;
    case Ending::join:
      for (const TaskHandle<>& handle : state.handles) {
        try {
          co_await handle;
        } catch (const CancelledError&) {
          // One that another cancelled.
        }
      }
      break;
    case Ending::leave:
      co_await state.handles[0];
      break;
  }
}

inline std::string to_text(const RandomProgram& program) {
  std::ostringstream text;
  text << "ending " << static_cast<int>(program.ending) << "; actions:";
  for (const std::vector<Instruction>& task : program.tasks) {
    text << " {";
    for (const Instruction& at : task)
      text << ' ' << static_cast<int>(at.action) << ':' << at.value;
    text << " }";
  }
  return text.str();
}

}  // namespace coweave::test
