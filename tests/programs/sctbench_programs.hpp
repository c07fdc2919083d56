#pragma once

#include <vector>

#include "coweave/coweave.hpp"
#include "coweave/primitives.hpp"
#include "sctbench_access.hpp"

/// Coroutine ports of programs of SCTBench (Thomson, Donaldson, Betts, PPoPP 2014), written anew
/// from a description of their steps. All tasks are spawned in one step; the body then stays out of
/// the way until nothing is ready. `co_await pause()` stands where the original may be preempted, a
/// lock that the original holds over no such place is under_lock(). To be run under
/// AwaitPoints::suspending.
namespace programs::sctbench {

using coweave::check;
using coweave::Task;

inline auto pause(coweave::Place place = coweave::Place::current()) {
  return coweave::yield(place);
}

/// The tasks of a program; the body ends with `co_await tasks.end()`.
class Tasks {
 public:
  void add(Task<> task) { handles_.push_back(coweave::spawn(std::move(task))); }
  /// Joins them when nothing is ready any more: the body competes with none of them.
  Task<> end() {
    co_await coweave::wait_all_tasks_blocked();
    for (const coweave::TaskHandle<>& handle : handles_) co_await handle;
  }

 private:
  std::vector<coweave::TaskHandle<>> handles_;
};

// reorder_N, depth 2: a checker between the two steps of a setter, and no other setter before in
// its second.
struct Reorder {
  Variable a{1, 0};
  Variable b{2, 0};
};
inline Task<> reorder_setter(Reorder& shared) {
  shared.a.set(1);
  co_await pause();
  shared.b.set(-1);
}
inline Task<> reorder_checker(Reorder& shared) {
  const int a = shared.a.get();
  const int b = shared.b.get();
  check((a == 0 && b == 0) || (a == 1 && b == -1), "a and b do not agree");
  co_return;
}
inline Task<> reorder(int setters, int checkers) {
  Reorder shared;
  Tasks tasks;
  for (int i = 0; i < setters; ++i) tasks.add(reorder_setter(shared));
  for (int i = 0; i < checkers; ++i) tasks.add(reorder_checker(shared));
  co_await tasks.end();
}

// twostage_N, depth 2: the reader sees the first stage, and then not the second.
struct Twostage {
  static constexpr std::uint64_t lock_1 = 1;
  static constexpr std::uint64_t lock_2 = 2;
  Variable d1{3, 0};
  Variable d2{4, 0};
};
// The writer remembers the 1 that it wrote, as the model does that the numbers of the ports come
// from: a second look at d1 would make second stages conflict with first ones.
inline Task<> twostage_writer(Twostage& shared) {
  const int written = 1;
  under_lock(Twostage::lock_1);
  shared.d1.set(written);
  co_await pause();
  under_lock(Twostage::lock_2);
  shared.d2.set(written + 1);
}
inline Task<> twostage_reader(Twostage& shared) {
  under_lock(Twostage::lock_1);
  const int t1 = shared.d1.get();
  if (t1 == 0) co_return;
  co_await pause();
  under_lock(Twostage::lock_2);
  check(shared.d2.get() == t1 + 1, "the second stage is missing");
}
inline Task<> twostage(int writers) {
  Twostage shared;
  Tasks tasks;
  for (int i = 0; i < writers; ++i) tasks.add(twostage_writer(shared));
  tasks.add(twostage_reader(shared));
  co_await tasks.end();
}

// account: the specification is wrong once both have happened before the check.
struct Account {
  static constexpr std::uint64_t lock = 1;
  Variable balance{2, 10};
  Variable deposited{3, 0};
  Variable withdrawn{4, 0};
};
inline Task<> account_deposit(Account& shared) {
  under_lock(Account::lock);
  shared.balance.add(1);
  shared.deposited.set(1);
  co_return;
}
inline Task<> account_withdraw(Account& shared) {
  under_lock(Account::lock);
  shared.balance.add(-4);
  shared.withdrawn.set(1);
  co_return;
}
inline Task<> account_check(Account& shared) {
  under_lock(Account::lock);
  if (shared.deposited.get() == 1 && shared.withdrawn.get() == 1)
    check(shared.balance.get() == (10 - 1) - 4, "the balance is not as specified");
  co_return;
}
inline Task<> account() {
  Account shared;
  Tasks tasks;
  tasks.add(account_deposit(shared));
  tasks.add(account_withdraw(shared));
  tasks.add(account_check(shared));
  co_await tasks.end();
}

// lazy01: the check must not come after both additions.
struct Lazy {
  static constexpr std::uint64_t lock = 1;
  Variable data{2, 0};
};
inline Task<> lazy_add(Lazy& shared, int value) {
  under_lock(Lazy::lock);
  shared.data.add(value);
  co_return;
}
inline Task<> lazy_check(Lazy& shared) {
  under_lock(Lazy::lock);
  check(shared.data.get() < 3, "data is 3 or more");
  co_return;
}
inline Task<> lazy01() {
  Lazy shared;
  Tasks tasks;
  tasks.add(lazy_add(shared, 1));
  tasks.add(lazy_add(shared, 2));
  tasks.add(lazy_check(shared));
  co_await tasks.end();
}

// token_ring: three copies in a ring, right only in one order.
struct TokenRing {
  static constexpr std::uint64_t lock = 1;
  Variable x1{2, 0};
  Variable x2{3, 0};
  Variable x3{4, 0};
  Variable done{5, 0};
};
inline Task<> token_copy(TokenRing& shared, int task) {
  under_lock(TokenRing::lock);
  if (task == 1) shared.x1.set((shared.x3.get() + 1) % 4);
  if (task == 2) shared.x2.set(shared.x1.get());
  if (task == 3) shared.x3.set(shared.x2.get());
  shared.done.add(1);
  co_return;
}
inline Task<> token_check(TokenRing& shared) {
  under_lock(TokenRing::lock);
  if (shared.done.get() == 3)
    check(shared.x1.get() == shared.x2.get() && shared.x2.get() == shared.x3.get(),
          "the tokens differ");
  co_return;
}
inline Task<> token_ring() {
  TokenRing shared;
  Tasks tasks;
  for (int task = 1; task <= 3; ++task) tasks.add(token_copy(shared, task));
  tasks.add(token_check(shared));
  co_await tasks.end();
}

// wronglock_N: one task holds lock A over its two steps, N others write under lock B.
struct Wronglock {
  static constexpr std::uint64_t lock_a = 1;
  static constexpr std::uint64_t lock_b = 2;
  Variable value{3, 0};
};
inline Task<> wronglock_checker(Wronglock& shared) {
  under_lock(Wronglock::lock_a);
  const int x = shared.value.get();
  shared.value.set(x + 1);
  co_await pause();
  check(shared.value.get() == x + 1, "the value has changed under the lock");
}
inline Task<> wronglock_writer(Wronglock& shared) {
  under_lock(Wronglock::lock_b);
  shared.value.add(1);
  co_return;
}
inline Task<> wronglock(int writers) {
  Wronglock shared;
  Tasks tasks;
  for (int i = 0; i < writers; ++i) tasks.add(wronglock_writer(shared));
  tasks.add(wronglock_checker(shared));
  co_await tasks.end();
}

// bluetooth_driver: the driver may stop between the adder's look at the flag and its work.
struct Bluetooth {
  Variable stopping{1, 0};
  Variable pending{2, 1};
  Variable event{3, 0};
  Variable stopped{4, 0};
};
inline Task<> bluetooth_adder(Bluetooth& shared) {
  if (shared.stopping.get() == 1) co_return;
  co_await pause();
  shared.pending.add(1);
  co_await pause();
  check(shared.stopped.get() == 0, "the driver works after it has stopped");
  co_await pause();
  if (shared.pending.add(-1) == 0) shared.event.set(1);
}
inline Task<> bluetooth_stopper(Bluetooth& shared) {
  shared.stopping.set(1);
  co_await pause();
  if (shared.pending.add(-1) == 0) shared.event.set(1);
  co_await pause();
  if (shared.event.get() == 1) shared.stopped.set(1);
}
inline Task<> bluetooth() {
  Bluetooth shared;
  Tasks tasks;
  tasks.add(bluetooth_adder(shared));
  tasks.add(bluetooth_stopper(shared));
  co_await tasks.end();
}

/// A lock that is held over a pause.
class HeldLock {
 public:
  explicit HeldLock(std::uint64_t object) : object_(object) {}
  Task<> acquire() {
    under_lock(object_);
    co_await lock_.acquire();
    under_lock(object_);
  }
  void release() {
    under_lock(object_);
    lock_.release();
  }

 private:
  std::uint64_t object_;
  coweave::Lock lock_;
};

// deadlock01: two locks in two orders.
inline Task<> deadlock_taker(HeldLock& first, HeldLock& second) {
  co_await first.acquire();
  co_await pause();
  co_await second.acquire();
  second.release();
  first.release();
}
inline Task<> deadlock01() {
  HeldLock a(1);
  HeldLock b(2);
  Tasks tasks;
  tasks.add(deadlock_taker(a, b));
  tasks.add(deadlock_taker(b, a));
  co_await tasks.end();
}

// carter01: the first in takes lock `both` while it holds `each`, and gives it back under `each`.
struct Carter {
  HeldLock each{1};
  HeldLock both{2};
  Variable in_a{3, 0};
  Variable in_b{4, 0};
};
inline Task<> carter_user(Carter& shared, Variable& in) {
  co_await shared.each.acquire();
  if (in.add(1) == 1) co_await shared.both.acquire();
  shared.each.release();
  co_await pause();
  co_await shared.each.acquire();
  if (in.add(-1) == 0) shared.both.release();
  shared.each.release();
}
inline Task<> carter01() {
  Carter shared;
  Tasks tasks;
  tasks.add(carter_user(shared, shared.in_a));
  tasks.add(carter_user(shared, shared.in_b));
  co_await tasks.end();
}

// phase01: a lock that nobody gives back. Every schedule deadlocks.
inline Task<> phase_task(HeldLock& lock) {
  co_await lock.acquire();
  lock.release();
  co_await pause();
  co_await lock.acquire();
}
inline Task<> phase01() {
  HeldLock lock(1);
  Tasks tasks;
  tasks.add(phase_task(lock));
  tasks.add(phase_task(lock));
  co_await tasks.end();
}

}  // namespace programs::sctbench
