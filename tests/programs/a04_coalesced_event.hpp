#pragma once

#include <memory>

#include "actors.hpp"
#include "coweave/primitives.hpp"

/// A04: a trigger sets an event twice; a worker that never ends waits, clears and handles. Two sets
/// before the worker resumes become one, and one trigger is never handled.
/// Bug depth 1: the second set comes before the worker's clear. 2 tasks, 7 steps in production
/// order (the worker is started first); 18 schedules, 6 fail (24 and 10 if every await suspends).
/// Fixed: Semaphore(0), one release for each trigger.
/// The state is shared, since the worker is a daemon: it still waits when the body's locals die.
namespace programs::coalesced_event {

struct State {
  coweave::Event triggered{"triggered"};
  coweave::Semaphore triggers{0, "triggers"};
  int handled = 0;
};

inline coweave::Task<> trigger(std::shared_ptr<State> state) {
  for (int i = 0; i < 2; ++i) {
    state->triggered.set();
    co_await io();
  }
}

inline coweave::Task<> worker(std::shared_ptr<State> state) {
  while (true) {
    co_await state->triggered.wait();
    state->triggered.clear();
    ++state->handled;
    co_await io();
  }
}

inline coweave::Task<> counting_trigger(std::shared_ptr<State> state) {
  for (int i = 0; i < 2; ++i) {
    state->triggers.release();
    co_await io();
  }
}

inline coweave::Task<> counting_worker(std::shared_ptr<State> state) {
  while (true) {
    co_await state->triggers.acquire();
    ++state->handled;
    co_await io();
  }
}

inline coweave::Task<> buggy() {
  const auto state = std::make_shared<State>();
  coweave::spawn_daemon(worker(state));
  coweave::spawn(trigger(state));
  co_await coweave::wait_all_tasks_blocked();
  coweave::check(state->handled == 2, "a trigger was not handled");
}

inline coweave::Task<> fixed() {
  const auto state = std::make_shared<State>();
  coweave::spawn_daemon(counting_worker(state));
  coweave::spawn(counting_trigger(state));
  co_await coweave::wait_all_tasks_blocked();
  coweave::check(state->handled == 2, "a trigger was not handled");
}

}  // namespace programs::coalesced_event
