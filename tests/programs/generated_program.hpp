#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "coweave/core/rng.hpp"
#include "coweave/coweave.hpp"
#include "coweave/primitives.hpp"

/// Random small programs over everything that tasks can do, and a coroutine that interprets them.
/// Most have bugs: lost updates, deadlocks, over-releases, lost wake-ups.
namespace programs::generated {

enum class Action : std::uint8_t {
  yield,
  lock,  // Keeps the guard until `unlock` or the end of the task.
  unlock,
  acquire,  // The semaphore.
  release,
  bounded,          // A guard of the bounded semaphore over a yield.
  bounded_release,  // Often misuse.
  set,
  wait,
  clear,
  wait_notified,  // Under the condition's lock.
  notify,         // Under the condition's lock.
  cancel,
  choose,
  read,   // The shared counter.
  write,  // What was read, plus one.
};
inline constexpr std::uint32_t actions = 16;
inline constexpr std::uint32_t locks = 2;

struct Operation {
  Action action = Action::yield;
  std::uint32_t value = 0;  // Which lock or task; how many alternatives.
};

struct Program {
  std::vector<std::vector<Operation>> tasks;
};

/// The same for the same seed, on every machine.
inline Program generate(std::uint64_t seed) {
  coweave::Rng rng(seed);
  Program program;
  program.tasks.resize(2 + rng.below(3));
  const auto count = static_cast<std::uint32_t>(program.tasks.size());
  for (std::vector<Operation>& task : program.tasks) {
    task.resize(1 + rng.below(4));
    for (Operation& operation : task) {
      operation.action = static_cast<Action>(rng.below(actions));
      switch (operation.action) {
        case Action::lock:
        case Action::unlock:
          operation.value = rng.below(locks);
          break;
        case Action::cancel:
          operation.value = rng.below(count);
          break;
        case Action::choose:
          operation.value = 2 + rng.below(2);
          break;
        default:
          break;
      }
    }
  }
  return program;
}

/// What the tasks of one execution share. Owned by each of them, since the body may end before
/// them.
struct State {
  std::array<coweave::Lock, locks> mutexes;
  coweave::Semaphore permits{1, "permits"};
  coweave::BoundedSemaphore bounded{1, "bounded"};
  coweave::Event event{"event"};
  coweave::Condition condition{"condition"};
  std::vector<coweave::TaskHandle<>> handles;
  int counter = 0;
  int increments = 0;
};

inline coweave::Task<> interpret(std::shared_ptr<State> state, const std::vector<Operation>& task) {
  std::array<coweave::LockGuard, locks> held;
  int seen = 0;
  for (const Operation& operation : task) {
    switch (operation.action) {
      case Action::yield:
        co_await coweave::yield();
        break;
      case Action::lock: {
        coweave::LockGuard guard = co_await state->mutexes.at(operation.value).scoped();
        held.at(operation.value) = std::move(guard);
        break;
      }
      case Action::unlock:
        held.at(operation.value).unlock();
        break;
      case Action::acquire:
        co_await state->permits.acquire();
        break;
      case Action::release:
        state->permits.release();
        break;
      case Action::bounded: {
        const auto permit = co_await state->bounded.scoped();
        co_await coweave::yield();
        break;
      }
      case Action::bounded_release:
        state->bounded.release();
        break;
      case Action::set:
        state->event.set();
        break;
      case Action::wait:
        co_await state->event.wait();
        break;
      case Action::clear:
        state->event.clear();
        break;
      case Action::wait_notified: {
        const auto guard = co_await state->condition.scoped();
        co_await state->condition.wait();
        break;
      }
      case Action::notify: {
        const auto guard = co_await state->condition.scoped();
        state->condition.notify();
        break;
      }
      case Action::cancel:
        state->handles.at(operation.value).cancel();
        break;
      case Action::choose:
        if (coweave::choose(operation.value) == 0) co_await coweave::yield();
        break;
      case Action::read:
        seen = state->counter;
        break;
      case Action::write:
        state->counter = seen + 1;
        ++state->increments;
        break;
    }
  }
}

/// The body: all tasks at once, then what must hold. `program` outlives the exploration.
inline coweave::Task<> run_program(const Program& program) {
  const auto state = std::make_shared<State>();
  for (const std::vector<Operation>& task : program.tasks)
    state->handles.push_back(coweave::spawn(interpret(state, task)));
  for (const coweave::TaskHandle<>& each : state->handles) {
    try {
      co_await each;
    } catch (const coweave::CancelledError&) {
      // Cancelled by another task, which is no failure.
    }
  }
  coweave::check(state->counter == state->increments, "an increment was lost");
}

}  // namespace programs::generated
