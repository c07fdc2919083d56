#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "framework/strategy/reduction/timed_actions.hpp"

/// Runs the programs of random_program.hpp.
namespace coweave::test {

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
    state.oracle.executed |= std::uint64_t{1} << static_cast<unsigned>(at.action);
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
        co_await nap(state, std::chrono::milliseconds(1 + value));
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
      case Action::nap:
        co_await nap(state, std::chrono::milliseconds(1));
        break;
      case Action::timed_nap:
        see(co_await timed_nap(state, value));
        break;
      case Action::timed_at:
        see(co_await moved_nap(state, value));
        break;
      case Action::open_scope:
        see(co_await open_nap(state, own));
        break;
      case Action::reschedule:
        see(reschedule(state, value, static_cast<std::uint32_t>(own)));
        break;
      case Action::timed_group:
        see(co_await timed_group(state, value));
        break;
      case Action::nested_groups:
        see(co_await nested_groups(state, value));
        break;
      case Action::timed_shield:
        if (value != own) see(co_await timed_shield(state, value));
        break;
      case Action::timed_order:
        see(co_await timed_order(state, value));
        break;
      case Action::timed_wait_for:
        see(co_await timed_wait_for(state, value));
        break;
      case Action::settle:
        if (value != own) see(co_await settle(state, value));
        break;
      case Action::absorb:
        see(co_await absorb(state, own, value));
        break;
      case Action::uncancel:
        see(uncancel(state, value));
        break;
      case Action::clock:
        see(milliseconds_of(now()));
        break;
    }
    ++state.final.positions[own];
  }
}

/// The body. `program`, `final` and `oracle` outlive the exploration.
inline Task<> run_program(const RandomProgram& program, FinalState& final, Oracle& oracle) {
  final = {};
  oracle.begin_execution();
  final.accumulators.resize(program.tasks.size());
  final.positions.resize(program.tasks.size());
  SharedState state(final, oracle);
  state.absorbed.resize(program.tasks.size());
  state.taken_back.resize(program.tasks.size());
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

/// The same for a caller who expects nothing more of it.
inline Task<> run_program(const RandomProgram& program, FinalState& final) {
  static Oracle nobody_asks;
  return run_program(program, final, nobody_asks);
}

}  // namespace coweave::test
