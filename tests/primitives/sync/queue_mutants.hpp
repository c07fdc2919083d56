#pragma once

#include <cstdint>
#include <deque>

#include "primitives/sync/mutants.hpp"

/// Queues that are wrong on purpose, by one flaw each; `none` is right. Over CPython's future, as
/// the mutants of the other primitives.
namespace coweave::test {

enum class QueueFlaw : std::uint8_t {
  none,
  hands_item_over,       ///< The item is with the woken getter only, and goes with it (bpo-23812).
  loses_getter_wake_up,  ///< A getter that is cancelled after its wake-up wakes nobody.
  loses_putter_wake_up,  ///< A putter likewise.
  lets_getter_overtake,  ///< A newcomer takes the item that a getter was woken for (CPython's way).
  lets_putter_overtake,  ///< A newcomer takes the room that a putter was woken for (gh-83055).
  wakes_all_putters,     ///< Room for one wakes them all, and they do not look again.
  wakes_no_putter,       ///< Room is nobody's news.
  keeps_getters_waiting,  ///< shutdown() wakes no getter.
  keeps_putters_waiting,  ///< shutdown() wakes no putter.
  puts_after_shutdown,    ///< A putter that was woken before puts all the same.
  counts_what_it_drops,   ///< join() waits for the items that shutdown() has dropped.
};

template <QueueFlaw flaw>
class MutantQueue {
 public:
  explicit MutantQueue(std::size_t maxsize) : maxsize_(maxsize) {}

  Task<> put(int item) {
    const bool barges = flaw == QueueFlaw::lets_putter_overtake;
    if (is_shut_down_) throw QueueShutDown("put");
    bool looks_again = true;
    while (looks_again && (is_full() || (!barges && putters_.any_live()))) {
      const WakeUp wake_up = co_await Future(putters_);
      if (wake_up.is_cancelled) {
        if (flaw != QueueFlaw::loses_putter_wake_up) wake_putter();
        throw CancelledError();
      }
      if (is_shut_down_ && flaw != QueueFlaw::puts_after_shutdown) throw QueueShutDown("put");
      looks_again = barges;
    }
    ++unfinished_;
    if (flaw == QueueFlaw::hands_item_over && getters_.first_pending() != nullptr) {
      handed_over_.push_back(item);
      wake_first_pending(getters_);
      co_return;
    }
    items_.push_back(item);
    wake_getter();
    wake_putter();
  }

  Task<int> get() {
    const bool barges = flaw == QueueFlaw::lets_getter_overtake;
    bool looks_again = true;
    while (looks_again && (items_.empty() || (!barges && getters_.any_live()))) {
      if (is_shut_down_ && items_.empty()) throw QueueShutDown("get");
      const WakeUp wake_up = co_await Future(getters_);
      if (wake_up.was_woken && !handed_over_.empty()) {
        const int item = handed_over_.front();
        handed_over_.pop_front();
        if (wake_up.is_cancelled) throw CancelledError();
        co_return item;
      }
      if (wake_up.is_cancelled) {
        if (flaw != QueueFlaw::loses_getter_wake_up) wake_getter();
        throw CancelledError();
      }
      if (is_shut_down_ && items_.empty()) throw QueueShutDown("get");
      looks_again = barges;
    }
    const int item = items_.front();
    items_.pop_front();
    if (flaw != QueueFlaw::wakes_no_putter) wake_putter();
    wake_getter();
    co_return item;
  }

  void shutdown(bool immediate) {
    is_shut_down_ = true;
    if (immediate) {
      if (flaw != QueueFlaw::counts_what_it_drops) unfinished_ -= items_.size();
      items_.clear();
      if (unfinished_ == 0) wake_all(joiners_);
    }
    if (flaw != QueueFlaw::keeps_putters_waiting) wake_all(putters_);
    if (flaw != QueueFlaw::keeps_getters_waiting) wake_getter();
  }
  void task_done() {
    if (--unfinished_ == 0) wake_all(joiners_);
  }
  Task<> join() {
    if (unfinished_ == 0) co_return;
    const WakeUp wake_up = co_await Future(joiners_);
    if (wake_up.is_cancelled) throw CancelledError();
  }
  [[nodiscard]] std::size_t size() const { return items_.size(); }

 private:
  [[nodiscard]] bool is_full() const { return items_.size() >= maxsize_; }
  static void wake_all(detail::WaitQueue& queue) {
    while (queue.first_pending() != nullptr) wake_first_pending(queue);
  }
  /// Unless one that has not resumed is woken already.
  static void wake_one(detail::WaitQueue& queue) {
    for (auto* waiter = queue.front(); waiter != nullptr; waiter = waiter->next) {
      if (waiter->state == detail::WaiterState::woken) return;
      if (waiter->state == detail::WaiterState::pending) return detail::wake(*waiter);
    }
  }
  void wake_getter() {
    if (!items_.empty()) {
      wake_one(getters_);
    } else if (is_shut_down_ && flaw != QueueFlaw::keeps_getters_waiting) {
      wake_all(getters_);
    }
  }
  void wake_putter() {
    if (is_full()) return;
    if (flaw == QueueFlaw::wakes_all_putters) {
      wake_all(putters_);
    } else {
      wake_one(putters_);
    }
  }

  std::size_t maxsize_;
  std::size_t unfinished_ = 0;
  bool is_shut_down_ = false;
  std::deque<int> items_;
  std::deque<int> handed_over_;
  detail::WaitQueue getters_;
  detail::WaitQueue putters_;
  detail::WaitQueue joiners_;
};

}  // namespace coweave::test
