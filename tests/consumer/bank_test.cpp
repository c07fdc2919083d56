#include <coweave/gtest.hpp>
#include <coweave/primitives.hpp>

using coweave::Task;

namespace {

struct Account {
  int balance = 100;
  coweave::Lock lock{"account"};
};

Task<> withdraw(Account& account, int amount) {
  if (account.balance >= amount) {
    co_await coweave::yield();
    account.balance -= amount;
  }
}

Task<> withdraw_locked(Account& account, int amount) {
  const auto guard = co_await account.lock.scoped();
  co_await withdraw(account, amount);
}

Task<> two_withdrawals() {
  Account account;
  co_await coweave::gather(withdraw(account, 80), withdraw(account, 80));
  EXPECT_GE(account.balance, 0);
}

TEST(Bank, OverdraftIsFound) {
  EXPECT_THAT(coweave::explore(two_withdrawals), coweave::FailsWith(coweave::FailureKind::check));
}

TEST(Bank, PlacesAreRelativeToThisProject) {
  const coweave::Report report = coweave::explore(two_withdrawals);
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures.front().place.file, "bank_test.cpp");
}

COWEAVE_TEST(Bank, LockedIsNeverOverdrawn) {
  Account account;
  co_await coweave::gather(withdraw_locked(account, 80), withdraw_locked(account, 80));
  EXPECT_GE(account.balance, 0);
}

}  // namespace
