#pragma once

#include "actors.hpp"
#include "coweave/primitives.hpp"
#include "one_shot.hpp"

/// A15 (aioredis-py#71): a pool does not count the connections that it is creating: two tasks
/// create one each, the pool grows over its size, and the put into its bounded queue waits for
/// ever. Bug depth 2: each task checks the size before the other's connection is in the pool. 3
/// tasks, 6 steps in production order; 72 schedules, 48 fail: 28 deadlocks, 20 with too many
/// connections. Fixed: connections under construction count.
namespace programs::pool_fills_twice {

/// As many connections as it has room for; asyncio.Queue with a maximal size.
class BoundedQueue {
 public:
  explicit BoundedQueue(int most) : most_(most) {}
  coweave::Task<> put() {
    while (size_.read() >= most_) {
      OneShot woken("room");
      const QueuedSleeper queued(putters_, woken);
      co_await woken.wait();
    }
    put_now();
  }
  coweave::Task<> get() {
    while (size_.read() == 0) {
      OneShot woken("a connection");
      const QueuedSleeper queued(getters_, woken);
      co_await woken.wait();
    }
    size_.update([](int& size) { --size; });
    pop_and_set(putters_);
  }
  /// No effect if it is full: the connection is closed.
  void put_now() {
    if (size_.read() >= most_) return;
    size_.update([](int& size) { ++size; });
    pop_and_set(getters_);
  }
  [[nodiscard]] int size() const { return size_.read(); }

 private:
  int most_;
  coweave::Shared<int> size_{0, "free"};
  Sleepers putters_;
  Sleepers getters_;
};

/// At least one free connection where possible, at most two in all; one is in use at first.
class Pool {
 public:
  explicit Pool(bool counts_creating) : counts_creating_(counts_creating) {}
  coweave::Task<> acquire() {
    while (free_.size() < 1 && size() < most) {
      ++creating_;
      co_await io();
      --creating_;
      co_await free_.put();
      note_size();
    }
    co_await free_.get();
    used_.update([](int& used) { ++used; });
    note_size();
  }
  void release() {
    used_.update([](int& used) { --used; });
    free_.put_now();
    note_size();
  }
  [[nodiscard]] bool was_too_large() const { return was_too_large_; }

 private:
  static constexpr int most = 2;
  [[nodiscard]] int size() const {
    return free_.size() + used_.read() + (counts_creating_ ? creating_ : 0);
  }
  void note_size() { was_too_large_ = was_too_large_ || free_.size() + used_.read() > most; }

  bool counts_creating_;
  BoundedQueue free_{most};
  coweave::Shared<int> used_{1, "used"};
  int creating_ = 0;
  bool was_too_large_ = false;
};

inline coweave::Task<> give_back(Pool& pool) {
  co_await io();
  pool.release();
}

inline coweave::Task<> use(Pool& pool) {
  co_await pool.acquire();
  pool.release();
}

inline coweave::Task<> program(bool counts_creating) {
  Pool pool(counts_creating);
  const auto first = coweave::spawn(give_back(pool), "T1");
  const auto second = coweave::spawn(use(pool), "T2");
  const auto third = coweave::spawn(use(pool), "T3");
  co_await coweave::wait_all_tasks_blocked();
  coweave::check(!pool.was_too_large(), "more connections than allowed");
  co_await first;
  co_await second;
  co_await third;
}

inline coweave::Task<> buggy() { return program(false); }
inline coweave::Task<> fixed() { return program(true); }

}  // namespace programs::pool_fills_twice
