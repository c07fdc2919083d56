// The bug: a withdrawal checks the balance, awaits, and takes the money: two of them pass the check
// together. Shows: check-then-act is a race on one thread too; a Lock over both cures it, and so
// does moving the check behind the await. overdraft_demo.cpp saves and replays this bug without
// GoogleTest.

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

using coweave::Task;

const coweave::Options every_interleaving{.strategy = coweave::exhaustive()};

struct Account {
  int balance = 100;
  coweave::Lock lock{"account"};
};

Task<> withdraw(Account& account, int amount) {
  if (account.balance >= amount) {  // Check ...
    co_await coweave::yield();      // ... another task may run here ...
    account.balance -= amount;      // ... act: the check may be out of date.
  }
}

Task<> withdraw_under_lock(Account& account, int amount) {
  const auto guard = co_await account.lock.scoped();
  co_await withdraw(account, amount);
}

Task<> withdraw_after_await(Account& account, int amount) {
  co_await coweave::yield();
  if (account.balance >= amount) account.balance -= amount;
}

Task<> two_withdrawals() {
  Account account;
  co_await coweave::gather(withdraw(account, 80), withdraw(account, 80));
  EXPECT_GE(account.balance, 0);
}

TEST(Overdraft, HappensBetweenCheckAndAct) {
  EXPECT_THAT(coweave::explore(two_withdrawals), coweave::FailsWith(coweave::FailureKind::check));
}

COWEAVE_TEST(Overdraft, IsCuredByALock, every_interleaving) {
  Account account;
  co_await coweave::gather(withdraw_under_lock(account, 80), withdraw_under_lock(account, 80));
  EXPECT_EQ(account.balance, 20);
}

COWEAVE_TEST(Overdraft, IsCuredByMovingTheCheck, every_interleaving) {
  Account account;
  co_await coweave::gather(withdraw_after_await(account, 80), withdraw_after_await(account, 80));
  EXPECT_EQ(account.balance, 20);
}
