// The bug: two transfers lock the same two accounts in opposite orders; each gets its first lock
// and waits for ever for its second. Shows: the report of a deadlock, with who waits for what and
// who holds it; one order for all, here by number, cures it.

#include <utility>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

using coweave::Task;

const coweave::Options every_interleaving{.strategy = coweave::exhaustive()};

struct Account {
  int number = 0;
  int balance = 100;
  coweave::Lock lock{};
};

Task<> transfer(Account& from, Account& to, int amount) {
  const auto first = co_await from.lock.scoped();
  co_await coweave::yield();  // The balance comes from a database.
  const auto second = co_await to.lock.scoped();
  from.balance -= amount;
  to.balance += amount;
}

Task<> transfer_in_order(Account& from, Account& to, int amount) {
  const bool is_ordered = from.number < to.number;
  const auto first = co_await (is_ordered ? from : to).lock.scoped();
  co_await coweave::yield();
  const auto second = co_await (is_ordered ? to : from).lock.scoped();
  from.balance -= amount;
  to.balance += amount;
}

Task<> opposite_transfers() {
  Account ann{.number = 1};
  Account bob{.number = 2};
  co_await coweave::gather(transfer(ann, bob, 10), transfer(bob, ann, 20));
}

TEST(LockOrderDeadlock, HappensBetweenOppositeTransfers) {
  EXPECT_THAT(coweave::explore(opposite_transfers),
              coweave::FailsWith(coweave::FailureKind::deadlock));
}

COWEAVE_TEST(LockOrderDeadlock, IsCuredByOneOrder, every_interleaving) {
  Account ann{.number = 1};
  Account bob{.number = 2};
  co_await coweave::gather(transfer_in_order(ann, bob, 10), transfer_in_order(bob, ann, 20));
  EXPECT_EQ(ann.balance, 110);
  EXPECT_EQ(bob.balance, 90);
}
