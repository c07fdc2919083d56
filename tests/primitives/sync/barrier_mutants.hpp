#pragma once

#include <cstdint>

#include "primitives/sync/mutants.hpp"

/// Barriers that are wrong on purpose, by one flaw each; `none` is right. Over CPython's future, as
/// the mutants of the other primitives.
namespace coweave::test {

enum class BarrierFlaw : std::uint8_t {
  none,
  repeats_index,  ///< The index is the number of those who wait at the arrival (gh-155233).
  lets_in_while_draining,  ///< An arrival counts although the round before has not left.
  lets_overtake,           ///< A newcomer enters although others are held back.
  keeps_place,             ///< A cancelled party counts for ever.
  loses_wake_up,           ///< One that is cancelled when it was admitted wakes nobody.
  forgets_held_back,       ///< The end of a round wakes nobody.
  wakes_one,               ///< The last arriver wakes one party.
};

template <BarrierFlaw flaw>
class MutantBarrier {
 public:
  explicit MutantBarrier(std::size_t parties) : parties_(parties) {}

  Task<std::size_t> wait() {
    const bool is_too_early = is_draining_ && flaw != BarrierFlaw::lets_in_while_draining;
    if (is_too_early || (flaw != BarrierFlaw::lets_overtake && held_back_.any_live())) {
      const WakeUp wake_up = co_await Future(held_back_);
      if (wake_up.was_woken) --admitted_;
      if (wake_up.is_cancelled) {
        if (flaw != BarrierFlaw::loses_wake_up) admit();
        throw CancelledError();
      }
    }
    std::size_t index = waiting();
    if (index + 1 >= parties_) {
      release();
      index = parties_ - 1;
    } else {
      ++never_left_;
      admit(1);
      const WakeUp wake_up = co_await Future(waiting_);
      if (!wake_up.was_woken) {
        admit();
        throw CancelledError();
      }
      if (flaw != BarrierFlaw::repeats_index) index = next_index_++;
      if (wake_up.is_cancelled) {
        leave();
        throw CancelledError();
      }
    }
    leave();
    co_return index;
  }
  [[nodiscard]] std::size_t n_waiting() const { return pending(waiting_); }

 private:
  static std::size_t pending(const detail::WaitQueue& queue) {
    std::size_t found = 0;
    for (const auto* waiter = queue.front(); waiter != nullptr; waiter = waiter->next)
      if (waiter->state == detail::WaiterState::pending) ++found;
    return found;
  }
  [[nodiscard]] std::size_t waiting() const {
    return flaw == BarrierFlaw::keeps_place ? never_left_ : pending(waiting_);
  }
  void release() {
    inside_ += pending(waiting_) + 1;
    is_draining_ = true;
    never_left_ = next_index_ = 0;
    do {
      wake_first_pending(waiting_);
    } while (flaw != BarrierFlaw::wakes_one && pending(waiting_) > 0);
  }
  void leave() {
    if (--inside_ > 0) return;
    is_draining_ = false;
    if (flaw != BarrierFlaw::forgets_held_back) admit();
  }
  void admit(std::size_t entering = 0) {
    while (!is_draining_ && waiting() + entering + admitted_ < parties_ &&
           pending(held_back_) > 0) {
      ++admitted_;
      wake_first_pending(held_back_);
    }
  }

  std::size_t parties_;
  std::size_t admitted_ = 0;    // Held back, woken, and not resumed.
  std::size_t inside_ = 0;      // Of a complete round.
  std::size_t next_index_ = 0;  // Of those who resume.
  std::size_t never_left_ = 0;  // Arrived since the last round was complete.
  bool is_draining_ = false;
  detail::WaitQueue waiting_;
  detail::WaitQueue held_back_;
};

}  // namespace coweave::test
