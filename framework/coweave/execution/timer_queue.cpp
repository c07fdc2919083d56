#include "coweave/execution/timer_queue.hpp"

#include <algorithm>

#include "coweave/core/error.hpp"
#include "coweave/runtime/never.hpp"

namespace coweave::detail {

bool TimerQueue::is_earlier(const Timer& a, const Timer& b) {
  return a.deadline != b.deadline ? a.deadline < b.deadline : a.number < b.number;
}

void TimerQueue::put(std::size_t index, const Timer& timer) noexcept {
  timers_[index] = timer;
  timer.waiter->timer = static_cast<std::uint32_t>(index + 1);
}

void TimerQueue::move_up(std::size_t index, const Timer& timer) noexcept {
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (!is_earlier(timer, timers_[parent])) break;
    put(index, timers_[parent]);
    index = parent;
  }
  put(index, timer);
}

void TimerQueue::move_down(std::size_t index, const Timer& timer) noexcept {
  while (true) {
    std::size_t child = 2 * index + 1;
    if (child >= timers_.size()) break;
    if (child + 1 < timers_.size() && is_earlier(timers_[child + 1], timers_[child])) ++child;
    if (!is_earlier(timers_[child], timer)) break;
    put(index, timers_[child]);
    index = child;
  }
  put(index, timer);
}

void TimerQueue::remove(std::size_t index) noexcept {
  note_end(timers_[index]);
  timers_[index].waiter->timer = 0;
  const Timer last = timers_.back();
  timers_.pop_back();
  if (index == timers_.size()) return;
  if (index > 0 && is_earlier(last, timers_[(index - 1) / 2])) {
    move_up(index, last);
  } else {
    move_down(index, last);
  }
}

void TimerQueue::arm(Waiter& waiter, Clock::time_point deadline) {
  disarm(waiter);
  if (deadline.time_since_epoch() >= never_expires) return;
  const Timer timer{deadline, armed_++, &waiter, context.step_number, waiter.is_deadline};
  timers_.push_back(timer);
  move_up(timers_.size() - 1, timer);
}

void TimerQueue::disarm(Waiter& waiter) noexcept {
  if (waiter.timer != 0) remove(waiter.timer - 1);
}

Waiter& TimerQueue::fire() {
  Waiter& waiter = *timers_.front().waiter;
  remove(0);
  return waiter;
}

void TimerQueue::clear() noexcept {
  for (const Timer& timer : timers_) {
    note_end(timer);
    timer.waiter->timer = 0;
  }
  timers_.clear();
}

void TimerQueue::check_invariants(Clock::time_point now) const {
  for (std::size_t i = 0; i < timers_.size(); ++i) {
    const Timer& timer = timers_[i];
    COWEAVE_INVARIANT(i == 0 || is_earlier(timers_[(i - 1) / 2], timer));
    COWEAVE_INVARIANT(timer.waiter->timer == i + 1);
    COWEAVE_INVARIANT(timer.waiter->state != WaiterState::cancelled);
    COWEAVE_INVARIANT(timer.number < armed_);
    COWEAVE_INVARIANT(timer.deadline > now);
  }
}

// A task that is ready without having waited (its operation completed at once, or it yielded) would
// have gone on at once without Coweave: only where it has waited is there time for a deadline.
bool TimerQueue::deadlines_may_come_early() const {
  const auto has_waited = [](const TaskControl& task) {
    return task.state == TaskState::blocked || task.state == TaskState::ready;
  };
  return !timers_.empty() && std::all_of(timers_.begin(), timers_.end(), [&](const Timer& timer) {
    return timer.deadline != earliest() || (timer.is_deadline && has_waited(*timer.waiter->task));
  });
}

}  // namespace coweave::detail
