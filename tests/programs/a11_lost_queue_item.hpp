#pragma once

#include <deque>
#include <memory>

#include "actors.hpp"
#include "one_shot.hpp"

/// A11 (bpo-23812): a queue that hands an item straight to the first waiting consumer and stores it
/// nowhere else: cancelled before it runs, that consumer takes the item with it.
/// Bug depth 3: the first consumer waits before the put and before the second waits, and is
/// cancelled between the put and its own next step. 4 tasks, 8 steps in production order; 455
/// schedules, 41 fail. Fixed: the item stays in the queue, a consumer is woken to come and take it,
/// and one that cannot wakes the next.
namespace programs::lost_queue_item {

class OldQueue {
 public:
  coweave::Task<int> get() {
    if (!items_.empty()) {
      const int item = items_.front();
      items_.pop_front();
      co_return item;
    }
    Getter getter;
    getters_.push_back(&getter);
    try {
      co_await getter.served.wait();
    } catch (const coweave::CancelledError&) {
      std::erase(getters_, &getter);
      throw;
    }
    co_return getter.item;
  }
  void put(int item) {
    while (!getters_.empty()) {
      Getter& getter = *getters_.front();
      getters_.pop_front();
      if (getter.served.done()) continue;
      getter.item = item;
      getter.served.set();
      return;
    }
    items_.push_back(item);
  }
  [[nodiscard]] std::size_t size() const { return items_.size(); }

 private:
  struct Getter {
    OneShot served{"served"};
    int item = 0;
  };
  std::deque<int> items_;
  std::deque<Getter*> getters_;
};

class FixedQueue {
 public:
  coweave::Task<int> get() {
    while (items_.empty()) {
      OneShot woken("an item is there");
      const QueuedSleeper queued(sleepers_, woken);
      try {
        co_await woken.wait();
      } catch (const coweave::CancelledError&) {
        if (woken.was_set()) pop_and_set(sleepers_);
        throw;
      }
    }
    const int item = items_.front();
    items_.pop_front();
    co_return item;
  }
  void put(int item) {
    items_.push_back(item);
    pop_and_set(sleepers_);
  }
  [[nodiscard]] std::size_t size() const { return items_.size(); }

 private:
  std::deque<int> items_;
  Sleepers sleepers_;
};

template <class Queue>
struct State {
  Queue queue;
  bool is_put = false;
  int received = 0;
};

template <class Queue>
coweave::Task<> consume(std::shared_ptr<State<Queue>> state) {
  co_await state->queue.get();
  ++state->received;
}

template <class Queue>
coweave::Task<> produce(std::shared_ptr<State<Queue>> state) {
  co_await io();
  state->queue.put(1);
  state->is_put = true;
}

template <class Queue>
coweave::Task<> program(bool has_canceller) {
  const auto state = std::make_shared<State<Queue>>();
  const auto first = coweave::spawn_daemon(consume(state), "first consumer");
  const auto second = coweave::spawn_daemon(consume(state), "second consumer");
  if (has_canceller) coweave::spawn(cancel_after_io(first), "K");
  coweave::spawn(produce(state), "producer");
  co_await coweave::wait_all_tasks_blocked();
  const bool nobody_waits = first.done() && second.done();
  const bool is_lost = state->is_put && state->received == 0 && state->queue.size() == 0;
  coweave::check(!is_lost, "the item is lost");
  coweave::check(state->received == 1 || nobody_waits || !state->is_put,
                 "a consumer sleeps while there is an item");
}

inline coweave::Task<> buggy() { return program<OldQueue>(true); }
inline coweave::Task<> fixed() { return program<FixedQueue>(true); }
inline coweave::Task<> buggy_uncancelled() { return program<OldQueue>(false); }
inline coweave::Task<> fixed_uncancelled() { return program<FixedQueue>(false); }

}  // namespace programs::lost_queue_item
