// examples/asio_lost_update.cpp: two coroutines of Asio add to a balance with a co_await between
// the read and the write, so one addition can disappear. Cure: Coweave's lock, in the coroutine
// itself. The same source runs on a plain io_context: in production there is no scheduler, and the
// lock is as it was in the test.
#include <asio.hpp>
#include <coweave/asio.hpp>
#include <coweave/gtest.hpp>
#include <coweave/primitives.hpp>

namespace {

using coweave::Task;

struct Account {
  int balance = 0;
  coweave::Lock lock{"account"};
};

asio::awaitable<void> save() { co_await asio::post(asio::use_awaitable); }  // To a slow disk.

asio::awaitable<void> deposit(Account& account, int amount) {
  const int seen = account.balance;
  co_await save();                  // The other may deposit here ...
  account.balance = seen + amount;  // ... and `seen` is then out of date.
}

asio::awaitable<void> deposit_under_lock(Account& account, int amount) {
  co_await account.lock.async_acquire(asio::use_awaitable);
  coweave::LockGuard guard(account.lock);
  const int seen = account.balance;
  co_await save();
  account.balance = seen + amount;
}

using Deposit = asio::awaitable<void> (*)(Account&, int);

Task<> two_deposits(Deposit make) {
  coweave::asio::context io;  // In production: asio::io_context io;
  Account account;
  asio::co_spawn(io.executor("salary"), make(account, 100), asio::detached);
  asio::co_spawn(io.executor("refund"), make(account, 20), asio::detached);
  co_await io.run();  // In production: io.run();
  coweave::check(account.balance == 120, "a deposit was lost");
}

TEST(AsioLostUpdate, ADepositMayBeLost) {
  EXPECT_THAT(coweave::explore([] { return two_deposits(deposit); }),
              coweave::FailsWith(coweave::FailureKind::check));
}

TEST(AsioLostUpdate, NoneIsUnderTheLock) {
  EXPECT_THAT(coweave::explore([] { return two_deposits(deposit_under_lock); }),
              coweave::PassesExhaustively());
}

TEST(AsioLostUpdate, RunsOnAPlainIoContext) {
  asio::io_context io;
  Account account;
  asio::co_spawn(io, deposit_under_lock(account, 100), asio::detached);
  asio::co_spawn(io, deposit_under_lock(account, 20), asio::detached);
  io.run();
  EXPECT_EQ(account.balance, 120);
  EXPECT_FALSE(account.lock.locked());
}

}  // namespace
