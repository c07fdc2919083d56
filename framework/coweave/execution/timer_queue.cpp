#include "coweave/execution/timer_queue.hpp"

#include <algorithm>

#include "coweave/task/never.hpp"

namespace coweave::detail {

void TimerQueue::arm(Waiter& waiter, Clock::time_point deadline) {
  if (deadline.time_since_epoch() >= never_expires) return;
  timers_.push_back({deadline, armed_++, &waiter});
  std::push_heap(timers_.begin(), timers_.end(), later);
}

void TimerQueue::disarm(const Waiter& waiter) noexcept {
  const auto found = std::find_if(timers_.begin(), timers_.end(),
                                  [&](const Timer& timer) { return timer.waiter == &waiter; });
  if (found == timers_.end()) return;
  timers_.erase(found);
  std::make_heap(timers_.begin(), timers_.end(), later);
}

Waiter& TimerQueue::fire() {
  std::pop_heap(timers_.begin(), timers_.end(), later);
  Waiter& waiter = *timers_.back().waiter;
  timers_.pop_back();
  return waiter;
}

}  // namespace coweave::detail
