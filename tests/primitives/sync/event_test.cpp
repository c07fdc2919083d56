// Event. Statements are those of asyncio_semantics.md, section 3; 9 is introspection of CPython's.

#include <type_traits>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

Task<bool> wait_and_note(Event& event, Order& order, int id) {
  const bool result = co_await event.wait();
  order.push_back(id);
  co_return result;
}

Task<bool> wait_for(Event& event) { co_return co_await event.wait(); }

Task<> set(Event& event) {
  event.set();
  co_return;
}

// Event 1, 8. CPython: test_clear.
TEST(Event, IsClearUntilSetAndAfterClear) {
  expect_passes_exhaustively([]() -> Task<> {
    Event event;
    EXPECT_FALSE(event.is_set());
    event.set();
    EXPECT_TRUE(event.is_set());
    event.clear();
    EXPECT_FALSE(event.is_set());
    co_return;
  });
}

// Event 1: set, clear and is_set never suspend. Event 2: nor does the wait for a set event, and it
// gives true. CPython: test_wait_on_set.
TEST(Event, IsPassedWithoutSuspendingWhileItIsSet) {
  static_assert(std::is_void_v<decltype(std::declval<Event&>().set())>);
  static_assert(std::is_void_v<decltype(std::declval<Event&>().clear())>);
  expect_no_suspension([]() -> Task<> {
    Event event;
    bool other_has_run = false;
    const TaskHandle<> other = spawn(mark(other_has_run));
    event.set();
    event.clear();
    event.set();
    EXPECT_TRUE(co_await event.wait());
    EXPECT_TRUE(event.is_set());
    if (detail::context.await_points == AwaitPoints::suspending) {
      EXPECT_FALSE(other_has_run);
    }
    co_await other;
  });
}

// Event 2, 3, 4, 5. CPython: test_wait. The third starts just before set(), so it finds the event
// set and runs before those that were woken.
TEST(Event, ResumesInTheOrderInWhichTasksBecomeReady) {
  expect_passes_in_production_order([]() -> Task<> {
    Event event;
    Order order;
    EXPECT_FALSE(event.is_set());
    const TaskHandle<bool> first = spawn(wait_and_note(event, order, 1));
    const TaskHandle<bool> second = spawn(wait_and_note(event, order, 2));
    co_await yield();
    EXPECT_EQ(order, Order{});
    const TaskHandle<bool> third = spawn(wait_and_note(event, order, 3));
    event.set();
    co_await yield();
    EXPECT_EQ(order, (Order{3, 1, 2}));
    EXPECT_TRUE(co_await first);
    EXPECT_TRUE(co_await second);
    EXPECT_TRUE(co_await third);
  });
}

// Event 3, 4, 6, 8: each waiter returns, whether it comes before the set or after it. Schedules of
// W, W', S under `suspending`: S first: 2 orders of W and W'; one waiter before S (2): 2 orders of
// it and the other; both before S (2 orders): 2 orders of the two woken. 2 + 2 * 2 + 2 * 2 = 10.
// Under `every` a waiter that finds the event set has two steps. S first: 4!/(2! 2!) = 6; one
// before S: its last step among the two of the other, 2 * 3; both before S: 4. 6 + 6 + 4 = 16.
TEST(Event, ReleasesEveryWaiter) {
  expect_schedules(10, 16, []() -> Task<> {
    Event event;
    const auto [first, second, setter] =
        co_await gather(wait_for(event), wait_for(event), set(event));
    static_cast<void>(setter);
    EXPECT_TRUE(first);
    EXPECT_TRUE(second);
    EXPECT_TRUE(event.is_set());
  });
}

// Event 3: nothing but set() ends the wait.
TEST(Event, IsWaitedForUntilItIsSet) {
  const Report report = explore(
      []() -> Task<> {
        Event event("ready");
        event.set();
        event.clear();
        co_await event.wait();
      },
      exhaustively(AwaitPoints::every));
  EXPECT_THAT(report, FailsWith(FailureKind::deadlock));
}

// Event 6: the flag sticks.
TEST(Event, StaysSetForLaterWaiters) {
  expect_passes_exhaustively([]() -> Task<> {
    Event event;
    const TaskHandle<bool> early = spawn(wait_for(event));
    co_await wait_all_tasks_blocked();
    event.set();
    EXPECT_TRUE(co_await early);
    EXPECT_TRUE(co_await event.wait());
    EXPECT_TRUE(co_await event.wait());
    EXPECT_TRUE(event.is_set());
  });
}

// Event 7, 8: those who waited at the set return, those who come after the clear wait.
TEST(Event, ReleasesThoseWhoWaitedAlsoIfItIsClearedAtOnce) {
  expect_passes_exhaustively([]() -> Task<> {
    Event event;
    const TaskHandle<bool> first = spawn(wait_for(event));
    const TaskHandle<bool> second = spawn(wait_for(event));
    co_await wait_all_tasks_blocked();
    event.set();
    event.clear();
    const TaskHandle<bool> late = spawn(wait_for(event));
    co_await wait_all_tasks_blocked();
    EXPECT_TRUE(first.done());
    EXPECT_TRUE(second.done());
    EXPECT_FALSE(late.done());
    EXPECT_TRUE(co_await first);
    EXPECT_TRUE(co_await second);
    EXPECT_FALSE(event.is_set());
    event.set();
    EXPECT_TRUE(co_await late);
  });
}

Task<> wait_and_count(Event& event, int& passed) {
  EXPECT_TRUE(co_await event.wait());
  ++passed;
}

// Event 7, 10. CPython: test_clear_with_waiters.
TEST(Event, ReleasesAWaiterOnceHoweverOftenItIsSet) {
  expect_passes_in_production_order([]() -> Task<> {
    Event event;
    int passed = 0;
    const TaskHandle<> waiter = spawn(wait_and_count(event, passed));
    co_await yield();
    event.set();
    event.clear();
    EXPECT_FALSE(event.is_set());
    event.set();
    event.set();
    co_await yield();
    EXPECT_TRUE(waiter.done());
    EXPECT_EQ(passed, 1);
    EXPECT_TRUE(event.is_set());
  });
}

// Event 11. CPython: test_wait_cancel.
TEST(Event, LosesACancelledWaiter) {
  expect_passes_exhaustively([]() -> Task<> {
    Event event;
    const TaskHandle<bool> waiter = spawn(wait_for(event));
    co_await wait_all_tasks_blocked();
    waiter.cancel();
    EXPECT_EQ(co_await ending_of(waiter), Ending::cancelled);
    EXPECT_FALSE(event.is_set());
  });  // Nobody is left in the queue, or the destruction of the event would be misuse.
}

// Event 12: cancelled before or after the set.
TEST(Event, ReleasesTheOthersWhenOneIsCancelledAtTheSet) {
  expect_passes_exhaustively([]() -> Task<> {
    Event event;
    const TaskHandle<bool> first = spawn(wait_for(event));
    const TaskHandle<bool> second = spawn(wait_for(event));
    co_await wait_all_tasks_blocked();
    const bool sets_first = choose(2) == 0;
    if (sets_first) event.set();
    first.cancel();
    if (!sets_first) event.set();
    EXPECT_EQ(co_await ending_of(first), Ending::cancelled);
    EXPECT_TRUE(co_await second);
    EXPECT_TRUE(event.is_set());
  });
}

// Event 2, 12: a wait that found the event set suspends under `every`, and is cancelled there.
TEST(Event, CanBeCancelledInAWaitThatSucceededAtOnce) {
  expect_passes_exhaustively([]() -> Task<> {
    Event event;
    event.set();
    const TaskHandle<bool> waiter = spawn(wait_for(event));
    co_await yield();
    const bool cancels = waiter.cancel();
    const Ending ending = co_await ending_of(waiter);
    EXPECT_EQ(ending, cancels ? Ending::cancelled : Ending::value);
    EXPECT_TRUE(event.is_set());
  });
}

// Event 13: two sets before a wait are one.
TEST(Event, DoesNotCount) {
  expect_passes_exhaustively([]() -> Task<> {
    Event event;
    event.set();
    event.set();
    EXPECT_TRUE(co_await event.wait());
    event.clear();
    const TaskHandle<bool> waiter = spawn(wait_for(event));
    co_await wait_all_tasks_blocked();
    EXPECT_FALSE(waiter.done());
    event.set();
    EXPECT_TRUE(co_await waiter);
  });
}

}  // namespace
}  // namespace coweave::test
