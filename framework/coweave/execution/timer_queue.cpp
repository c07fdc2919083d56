#include "coweave/execution/timer_queue.hpp"

#include <algorithm>

namespace coweave::detail {

void TimerQueue::arm(Waiter& waiter, Clock::time_point deadline) {
  timers_.push_back({deadline, armed_++, &waiter, context.step_number, waiter.is_deadline});
  std::push_heap(timers_.begin(), timers_.end(), later);
}

void TimerQueue::disarm(const Waiter& waiter) noexcept {
  const auto found = std::find_if(timers_.begin(), timers_.end(),
                                  [&](const Timer& timer) { return timer.waiter == &waiter; });
  if (found == timers_.end()) return;
  note_end(*found);
  timers_.erase(found);
  std::make_heap(timers_.begin(), timers_.end(), later);
}

Waiter& TimerQueue::fire() {
  note_end(timers_.front());
  std::pop_heap(timers_.begin(), timers_.end(), later);
  Waiter& waiter = *timers_.back().waiter;
  timers_.pop_back();
  return waiter;
}

void TimerQueue::clear() {
  for (const Timer& timer : timers_) note_end(timer);
  timers_.clear();
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
