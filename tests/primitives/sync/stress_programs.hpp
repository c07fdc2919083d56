#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "primitives/support.hpp"

/// Programs that use a primitive as hard as a few tasks can: each task several rounds, and one of
/// them cancelled at any point by another task. They state what must hold at every step and at the
/// end, for the primitives of Coweave and for their mutants. Their claims are exact under
/// AwaitPoints::suspending, where a task that is cancelled once never gets further.
namespace coweave::test {

/// What the tasks of a program with `permits` (a lock has one) see of each other.
class Witness {
 public:
  explicit Witness(std::size_t permits) : permits_(permits) {}

  void arrives(std::size_t id) { queue_.push_back(id); }
  void gives_up(std::size_t id) { queue_.erase(std::find(queue_.begin(), queue_.end(), id)); }
  void enters(std::size_t id) {
    check(!is_cancelled_[id], "a cancelled task got in");
    check(active_ < permits_, "too many tasks are inside");
    const auto self = std::find(queue_.begin(), queue_.end(), id);
    const auto ahead = std::count_if(queue_.begin(), self,
                                     [this](std::size_t other) { return !is_cancelled_[other]; });
    // Those who came before and are not in yet have permits, and just have not resumed.
    check(active_ + static_cast<std::size_t>(ahead) < permits_, "a task was overtaken");
    queue_.erase(self);
    ++active_;
  }
  void leaves() { --active_; }
  void is_cancelled(std::size_t id) { is_cancelled_[id] = true; }

 private:
  std::size_t permits_;
  std::size_t active_ = 0;
  std::vector<std::size_t> queue_;  // Who waits, in order of arrival.
  std::array<bool, 3> is_cancelled_{};
};

template <class Acquirable>
Task<> enter_in_rounds(Acquirable& object, Witness& witness, std::size_t id, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    witness.arrives(id);
    try {
      co_await object.acquire();
    } catch (const CancelledError&) {
      witness.gives_up(id);
      co_return;
    }
    witness.enters(id);
    bool is_cancelled = false;
    try {
      co_await yield();
    } catch (const CancelledError&) {
      is_cancelled = true;
    }
    witness.leaves();
    object.release();  // And arrives again in the same step.
    if (is_cancelled) co_return;
  }
}

template <class Seen>
Task<> cancel_one(const std::vector<TaskHandle<>>& tasks, Seen& seen) {
  const std::size_t victim = choose(static_cast<std::uint32_t>(tasks.size()));
  if (tasks[victim].cancel()) seen.is_cancelled(victim);
  co_return;
}

inline void check_all_done(const std::vector<TaskHandle<>>& tasks) {
  for (const TaskHandle<>& task : tasks) check(task.done(), "a task sleeps for ever");
}

/// Three tasks enter `rounds` times each what `permits` tasks may be in at once.
template <class Acquirable>
Task<> stress_acquirable(Acquirable& object, std::size_t permits, int rounds) {
  Witness witness(permits);
  std::vector<TaskHandle<>> tasks;
  for (std::size_t id = 0; id < 3; ++id)
    tasks.push_back(spawn(enter_in_rounds(object, witness, id, rounds)));
  spawn(cancel_one(tasks, witness));
  co_await wait_all_tasks_blocked();
  check_all_done(tasks);
}

template <class AnyLock, int rounds>
Task<> stress_lock() {
  AnyLock lock;
  co_await stress_acquirable(lock, 1, rounds);
  check(!lock.locked(), "the lock is held at the end");
}

template <class AnySemaphore, int permits, int rounds>
Task<> stress_semaphore() {
  AnySemaphore semaphore(permits);
  co_await stress_acquirable(semaphore, permits, rounds);
  check(semaphore.value() == permits, "permits are not conserved");
  // As many as there are can be taken, at once.
  for (int i = 0; i < permits; ++i) {
    const TaskHandle<bool> taker = spawn(acquire(semaphore));
    co_await wait_all_tasks_blocked();
    check(taker.done(), "a permit cannot be taken");
  }
}

/// What the waiters of an event are owed: whoever waits at a set() returns.
struct Pulses {
  int sets = 0;
  std::array<int, 3> arrivals{};
  std::array<int, 3> passes{};
  std::array<int, 3> owed{};
  std::array<int, 3> sets_at_arrival{};
  std::array<bool, 3> cancelled{};

  void is_cancelled(std::size_t id) { cancelled[id] = true; }
};

template <class AnyEvent>
Task<> wait_in_rounds(AnyEvent& event, Pulses& pulses, std::size_t id, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    ++pulses.arrivals[id];
    pulses.sets_at_arrival[id] = pulses.sets;
    try {
      co_await event.wait();
    } catch (const CancelledError&) {
      co_return;
    }
    check(!pulses.cancelled[id], "a cancelled task got through");
    check(pulses.sets > pulses.sets_at_arrival[id], "a task got through without a set");
    ++pulses.passes[id];
  }
}

/// Sets and clears in one step.
template <class AnyEvent>
void pulse(AnyEvent& event, Pulses& pulses) {
  ++pulses.sets;
  pulses.owed = pulses.arrivals;
  event.set();
  event.clear();
}

template <class AnyEvent>
Task<> pulse_in_rounds(AnyEvent& event, Pulses& pulses, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    pulse(event, pulses);
    co_await yield();
  }
}

/// Three tasks wait `rounds` times each for an event that is set and cleared as often.
template <class AnyEvent, int rounds>
Task<> stress_event() {
  AnyEvent event;
  Pulses pulses;
  std::vector<TaskHandle<>> tasks;
  for (std::size_t id = 0; id < 3; ++id)
    tasks.push_back(spawn(wait_in_rounds(event, pulses, id, rounds)));
  spawn(pulse_in_rounds(event, pulses, rounds));
  spawn(cancel_one(tasks, pulses));
  co_await wait_all_tasks_blocked();
  for (std::size_t id = 0; id < 3; ++id)
    check(pulses.cancelled[id] || pulses.passes[id] >= pulses.owed[id], "a waiter missed a set");
  for (int round = 0; round < rounds; ++round) {
    pulse(event, pulses);
    co_await wait_all_tasks_blocked();
  }
  check_all_done(tasks);
}

/// What two consumers wait for.
struct Stock {
  int items = 0;
  int inside = 0;
  std::array<bool, 2> waiting{};
  std::array<bool, 2> cancelled{};

  void is_cancelled(std::size_t id) { cancelled[id] = true; }
};

template <class AnyCondition>
Task<> consume_in_rounds(AnyCondition& condition, Stock& stock, std::size_t id, int rounds) {
  const auto is_filled = [&stock] { return stock.items > 0; };
  for (int round = 0; round < rounds; ++round) {
    try {
      co_await condition.acquire();
    } catch (const CancelledError&) {
      co_return;
    }
    stock.waiting[id] = true;
    bool is_cancelled = false;
    try {
      co_await condition.wait_for(is_filled);
    } catch (const CancelledError&) {
      is_cancelled = true;
    }
    stock.waiting[id] = false;
    check(++stock.inside == 1, "too many tasks are inside");
    check(is_cancelled == stock.cancelled[id], "a cancellation is swallowed");
    if (!is_cancelled) {
      check(stock.items > 0, "a task got through without an item");
      --stock.items;
      try {
        co_await yield();
      } catch (const CancelledError&) {
        is_cancelled = true;
      }
    }
    --stock.inside;
    condition.release();
    if (is_cancelled) co_return;
  }
}

template <class AnyCondition>
Task<> produce_in_rounds(AnyCondition& condition, Stock& stock, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    co_await condition.acquire();
    ++stock.items;
    condition.notify();
    co_await yield();
    condition.release();
    co_await yield();  // Lets a consumer wait again before the next item.
  }
}

/// Two tasks consume what a third produces, `rounds` items each.
template <class AnyCondition, int rounds>
Task<> stress_condition() {
  AnyCondition condition;
  Stock stock;
  std::vector<TaskHandle<>> tasks;
  for (std::size_t id = 0; id < 2; ++id)
    tasks.push_back(spawn(consume_in_rounds(condition, stock, id, rounds)));
  const TaskHandle<> producer = spawn(produce_in_rounds(condition, stock, rounds));
  spawn(cancel_one(tasks, stock));
  co_await wait_all_tasks_blocked();
  check(producer.done(), "a task sleeps for ever");
  for (std::size_t id = 0; id < 2; ++id)
    check(!(stock.waiting[id] && stock.items > 0), "a task waits while there is an item for it");
  co_await condition.acquire();
  stock.items += 2 * rounds;
  condition.notify_all();
  condition.release();
  co_await wait_all_tasks_blocked();
  check_all_done(tasks);
}

}  // namespace coweave::test
