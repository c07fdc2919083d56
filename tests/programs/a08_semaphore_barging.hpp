#pragma once

#include <vector>

#include "actors.hpp"
#include "coweave/primitives.hpp"
#include "one_shot.hpp"

/// A08 (bpo-45997): a semaphore whose releaser takes the permit back before the task that it woke
/// runs; that one queues again, at the back.
/// Bug depth 1: the second worker arrives before the first releases. 2 tasks, 8 steps in production
/// order; 8 schedules, 4 fail.
/// Fixed: coweave::Semaphore reserves the permit for the woken task; 6 schedules.
namespace programs::semaphore_barging {

class OldSemaphore {
 public:
  explicit OldSemaphore(int value) : value_(value, "permits") {}
  coweave::Task<> acquire() {
    while (value_.read() <= 0) {
      OneShot woken("permit");
      const QueuedSleeper queued(sleepers_, woken);
      co_await woken.wait();
    }
    value_.update([](int& value) { --value; });
  }
  void release() {
    value_.update([](int& value) { ++value; });
    pop_and_set(sleepers_);
  }

 private:
  coweave::Shared<int> value_;
  Sleepers sleepers_;
};

struct Order {
  std::vector<int> arrivals;
  std::vector<int> grants;
};

template <class AnySemaphore>
coweave::Task<> work(AnySemaphore& semaphore, Order& order, int worker) {
  for (int round = 0; round < 2; ++round) {
    order.arrivals.push_back(worker);
    co_await semaphore.acquire();
    order.grants.push_back(worker);
    co_await io();
    semaphore.release();
  }
}

template <class AnySemaphore>
coweave::Task<> program() {
  AnySemaphore semaphore(1);
  Order order;
  co_await coweave::gather(work(semaphore, order, 1), work(semaphore, order, 2));
  coweave::check(order.grants == order.arrivals, "granted in another order than asked for");
}

inline coweave::Task<> buggy() { return program<OldSemaphore>(); }
inline coweave::Task<> fixed() { return program<coweave::Semaphore>(); }

}  // namespace programs::semaphore_barging
