#include "coweave/execution/timer_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "coweave/core/rng.hpp"

namespace coweave::detail {
namespace {

using namespace std::chrono_literals;

Clock::time_point at(std::int64_t nanoseconds) {
  return Clock::time_point(Clock::duration(nanoseconds));
}

TEST(TimerQueue, FiresEqualDeadlinesInTheOrderOfArming) {
  TimerQueue timers;
  std::vector<Waiter> waiters(40);
  for (std::size_t i = 0; i < waiters.size(); ++i)
    timers.arm(waiters[i], at(static_cast<std::int64_t>(i % 2)));
  timers.check_invariants(at(-1));
  for (std::size_t i = 0; i < waiters.size(); i += 2) EXPECT_EQ(&timers.fire(), &waiters[i]);
  for (std::size_t i = 1; i < waiters.size(); i += 2) EXPECT_EQ(&timers.fire(), &waiters[i]);
  EXPECT_TRUE(timers.empty());
}

TEST(TimerQueue, ArmingAgainMovesTheTimerBehindThoseOfItsDeadline) {
  TimerQueue timers;
  Waiter first;
  Waiter second;
  timers.arm(first, at(5));
  timers.arm(second, at(9));
  timers.arm(first, at(9));
  timers.check_invariants(at(8));
  EXPECT_EQ(timers.earliest(), at(9));
  EXPECT_EQ(&timers.fire(), &second);
  EXPECT_EQ(&timers.fire(), &first);
  EXPECT_TRUE(timers.empty());
}

TEST(TimerQueue, DisarmingWhatHasNoTimerChangesNothing) {
  TimerQueue timers;
  Waiter armed;
  Waiter other;
  timers.arm(armed, at(1));
  timers.disarm(other);
  EXPECT_EQ(&timers.fire(), &armed);
  timers.disarm(armed);
  EXPECT_TRUE(timers.empty());
  timers.arm(armed, at(2));
  timers.clear();
  EXPECT_EQ(armed.timer, 0U);
  timers.disarm(armed);
  EXPECT_TRUE(timers.empty());
}

/// What the queue must do, by sorting.
struct Model {
  struct Timer {
    Clock::time_point deadline;
    std::uint64_t number;
    Waiter* waiter;
  };
  std::vector<Timer> timers;
  std::uint64_t armed = 0;

  void disarm(const Waiter& waiter) {
    std::erase_if(timers, [&](const Timer& timer) { return timer.waiter == &waiter; });
  }
  void arm(Waiter& waiter, Clock::time_point deadline) {
    disarm(waiter);
    timers.push_back({deadline, armed++, &waiter});
  }
  Waiter& fire() {
    const auto first =
        std::min_element(timers.begin(), timers.end(), [](const Timer& a, const Timer& b) {
          return a.deadline != b.deadline ? a.deadline < b.deadline : a.number < b.number;
        });
    Waiter& waiter = *first->waiter;
    timers.erase(first);
    return waiter;
  }
};

TEST(TimerQueue, DoesWhatASortedListDoes) {
  constexpr std::uint32_t count = 60;
  Rng rng(1, 1);
  TimerQueue timers;
  Model model;
  std::vector<Waiter> waiters(count);
  for (int i = 0; i < 20'000; ++i) {
    Waiter& waiter = waiters[rng.below(count)];
    switch (rng.below(4)) {
      case 0:
      case 1: {
        const Clock::time_point deadline = at(rng.below(8));
        timers.arm(waiter, deadline);
        model.arm(waiter, deadline);
        break;
      }
      case 2:
        timers.disarm(waiter);
        model.disarm(waiter);
        break;
      default:
        ASSERT_EQ(timers.empty(), model.timers.empty());
        if (timers.empty()) break;
        ASSERT_EQ(&timers.fire(), &model.fire());
    }
    timers.check_invariants(at(-1));
  }
}

// 100,000 timers, of which every second is disarmed in the order of arming: 5 * 10^9 comparisons
// if each looked through the list, about 10^7 with a heap.
TEST(TimerQueue, DisarmsWithoutLookingAtAllTimers) {
  TimerQueue timers;
  std::vector<Waiter> waiters(100'000);
  for (std::size_t i = 0; i < waiters.size(); ++i)
    timers.arm(waiters[i], at(static_cast<std::int64_t>(waiters.size() - i)));
  for (std::size_t i = 0; i < waiters.size(); i += 2) timers.disarm(waiters[i]);
  timers.check_invariants(at(0));
  for (std::size_t i = waiters.size(); i > 0; i -= 2) ASSERT_EQ(&timers.fire(), &waiters[i - 1]);
  EXPECT_TRUE(timers.empty());
}

using TimerQueueDeathTest = testing::Test;

TEST(TimerQueueDeathTest, ACancelledWaiterWithATimerIsAnInternalError) {
  TimerQueue timers;
  Waiter waiter;
  timers.arm(waiter, at(1));
  waiter.state = WaiterState::cancelled;
  EXPECT_DEATH(timers.check_invariants(at(0)), "coweave internal error");
}

TEST(TimerQueueDeathTest, ATimerThatIsOverdueIsAnInternalError) {
  TimerQueue timers;
  Waiter waiter;
  timers.arm(waiter, at(1));
  EXPECT_DEATH(timers.check_invariants(at(1)), "coweave internal error");
}

}  // namespace
}  // namespace coweave::detail
