#pragma once

#include <chrono>

#include "coweave/coweave.hpp"
#include "coweave/primitives.hpp"

/// The programs behind tests/golden. Their lines are part of the expected texts. Each co_await
/// stands on one line, so that g++ and clang give the same bytes.
namespace coweave::golden {

struct Account {
  int balance = 100;
};

/// The check and the act are apart; a slow customer makes room for another between them.
inline Task<> withdraw(Account& account, int amount) {
  if (account.balance < amount) co_return;
  co_await yield();
  account.balance -= amount;
}
inline Task<> thinks_first(Account& account) {
  co_await yield();
  co_await yield();
  co_await withdraw(account, 80);
}
/// In production order the second customer checks when the first has gone.
inline Task<> overdraft() {
  Account account;
  co_await gather(withdraw(account, 80), thinks_first(account));
  check(account.balance >= 0, "overdrawn");
}

inline Task<> transfer(Lock& from, Lock& to) {
  const LockGuard source = co_await from.scoped();
  const LockGuard target = co_await to.scoped();
}
inline Task<> lock_order_deadlock() {
  Lock savings("savings");
  Lock checking("checking");
  co_await gather(transfer(savings, checking), transfer(checking, savings));
}

inline Task<> uses_connection(BoundedSemaphore& pool) {
  co_await pool.acquire();
  co_await yield();
  pool.release();
}
inline Task<> releases_without_acquiring(BoundedSemaphore& pool) {
  pool.release();
  co_return;
}
/// The stray release succeeds while a permit is out; the error then hits the innocent task.
inline Task<> over_released_semaphore() {
  BoundedSemaphore pool(1, "pool");
  const TaskHandle<> user = spawn(uses_connection(pool), "user");
  const TaskHandle<> stray = spawn(releases_without_acquiring(pool), "stray");
  co_await user;
  co_await stray;
}

inline Task<> heartbeat() { co_await sleep_for(std::chrono::seconds(1)); }
inline Task<> leaked_task() {
  spawn(heartbeat(), "heartbeat");
  co_await wait_all_tasks_blocked();
}

inline Task<> withdraw_under(Account& account, Lock& lock, int amount) {
  const LockGuard guard = co_await lock.scoped();
  co_await withdraw(account, amount);
}
inline Task<> overdraft_cured() {
  Account account;
  Lock lock("account");
  co_await gather(withdraw_under(account, lock, 80), withdraw_under(account, lock, 80));
  check(account.balance >= 0, "overdrawn");
}

}  // namespace coweave::golden
