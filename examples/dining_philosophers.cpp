// The bug: three philosophers take the fork to their left, then the one to their right; if each has
// one, nobody ever eats. Shows: a deadlock of three tasks; two cures: one of them takes the forks
// the other way round, or a BoundedSemaphore lets only two of the three sit down.

#include <algorithm>
#include <array>
#include <cstddef>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

using coweave::Task;

constexpr std::size_t philosophers = 3;

struct Table {
  std::array<coweave::Lock, philosophers> forks;
  coweave::BoundedSemaphore seats{philosophers - 1, "seats"};
  int meals = 0;
};

Task<> eat(Table& table, coweave::Lock& first, coweave::Lock& second) {
  const auto one = co_await first.scoped();
  co_await coweave::yield();  // Reaches for the other one.
  const auto other = co_await second.scoped();
  ++table.meals;
}

Task<> dine(Table& table, std::size_t seat) {
  co_await eat(table, table.forks.at(seat), table.forks.at((seat + 1) % philosophers));
}

Task<> dine_in_order(Table& table, std::size_t seat) {
  const std::size_t next = (seat + 1) % philosophers;
  co_await eat(table, table.forks.at(std::min(seat, next)), table.forks.at(std::max(seat, next)));
}

Task<> dine_when_seated(Table& table, std::size_t seat) {
  const auto seated = co_await table.seats.scoped();
  co_await dine(table, seat);
}

using Diner = Task<>(Table& table, std::size_t seat);

Task<> dinner(Diner* diner) {
  Table table;
  co_await coweave::gather(diner(table, 0), diner(table, 1), diner(table, 2));
  EXPECT_EQ(table.meals, 3);
}

const coweave::Options every_interleaving{.strategy = coweave::exhaustive()};

TEST(DiningPhilosophers, StarveWithAForkEach) {
  const auto left_fork_first = [] { return dinner(dine); };
  EXPECT_THAT(coweave::explore(left_fork_first),
              coweave::FailsWith(coweave::FailureKind::deadlock));
}

COWEAVE_TEST(DiningPhilosophers, EatIfAllTakeTheForksInOneOrder, every_interleaving) {
  co_await dinner(dine_in_order);
}

COWEAVE_TEST(DiningPhilosophers, EatIfOneSeatIsMissing, every_interleaving) {
  co_await dinner(dine_when_seated);
}
