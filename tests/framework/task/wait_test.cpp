// wait and as_completed.

#include <chrono>
#include <stdexcept>
#include <vector>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

Task<int> gives_after(Clock::duration duration, int value) {
  co_await sleep_for(duration);
  co_return value;
}
Task<int> fails_after(Clock::duration duration) {
  co_await sleep_for(duration);
  throw std::domain_error("failed");
}
Task<int> gives(int value) { co_return value; }

TEST(Wait, ForTheFirstGivesItAndWhoIsPending) {
  expect_passes_exhaustively([]() -> Task<> {
    std::vector<TaskHandle<int>> handles;
    handles.push_back(spawn(gives_after(2s, 2)));
    handles.push_back(spawn(gives_after(1s, 1)));
    const WaitResult<int> first = co_await wait(handles, WaitFor::first_completed);
    CO_ASSERT_EQ(first.done.size(), 1U);
    EXPECT_EQ(co_await first.done[0], 1);
    EXPECT_EQ(now().time_since_epoch(), 1s);
    CO_ASSERT_EQ(first.pending.size(), 1U);
    const WaitResult<int> all = co_await wait(handles);
    EXPECT_EQ(all.done.size(), 2U);
    EXPECT_TRUE(all.pending.empty());
    EXPECT_EQ(co_await all.done[0], 2);  // In the order of the vector.
    EXPECT_EQ(now().time_since_epoch(), 2s);
  });
}

TEST(Wait, ForAnExceptionPassesOverValuesAndCancellations) {
  expect_passes_exhaustively([]() -> Task<> {
    std::vector<TaskHandle<int>> handles;
    handles.push_back(spawn(gives_after(1s, 1)));
    handles.push_back(spawn(gives_after(48h, 0)));
    handles.push_back(spawn(fails_after(2s)));
    handles.push_back(spawn(gives_after(3s, 3)));
    co_await wait_all_tasks_blocked();
    handles[1].cancel();
    const WaitResult<int> result = co_await wait(handles, WaitFor::first_exception);
    EXPECT_EQ(now().time_since_epoch(), 2s);
    EXPECT_EQ(result.done.size(), 3U);
    EXPECT_EQ(result.pending.size(), 1U);
    EXPECT_TRUE(handles[1].cancelled());
    EXPECT_FALSE((co_await settled(handles[2])).has_value());
    EXPECT_EQ(co_await result.pending[0], 3);
  });
}

// Two end before the waiter has resumed: it is woken once, and sees both.
TEST(Wait, SeesAllThatHaveEndedWhenItResumes) {
  expect_passes_exhaustively([]() -> Task<> {
    std::vector<TaskHandle<int>> handles;
    handles.push_back(spawn(gives(1)));
    handles.push_back(spawn(gives(2)));
    const WaitResult<int> result = co_await wait(handles, WaitFor::first_completed);
    EXPECT_GE(result.done.size(), 1U);
    EXPECT_EQ(result.done.size() + result.pending.size(), 2U);
    co_await wait(handles);
  });
}

TEST(Wait, TakesTasksOfSeveralTypes) {
  expect_passes_exhaustively([]() -> Task<> {
    Event never;
    bool has_run = false;
    const TaskHandle<int> number = spawn(gives(1));
    const TaskHandle<> nothing = spawn(mark(has_run));
    EXPECT_THAT(co_await wait_until(WaitFor::all, number, nothing), ElementsAre(true, true));
    const TaskHandle<int> later = spawn(gives_after(1s, 1));
    EXPECT_THAT(co_await wait_until(WaitFor::first_completed, later, nothing),
                ElementsAre(false, true));
    EXPECT_EQ(co_await later, 1);
  });
}

TEST(Wait, OfNothingIsMisuse) {
  expect_passes_exhaustively([]() -> Task<> {
    EXPECT_TRUE(is_misuse([] { static_cast<void>(wait(std::vector<TaskHandle<>>())); }));
    co_return;
  });
}

Task<> waits_for(std::vector<TaskHandle<int>> handles) { co_await wait(handles); }

TEST(Wait, CancelledLeavesTheOthersAlone) {
  expect_passes_exhaustively([]() -> Task<> {
    std::vector<TaskHandle<int>> handles;
    handles.push_back(spawn(gives_after(1s, 1)));
    const TaskHandle<> waiting = spawn(waits_for(handles));
    co_await wait_all_tasks_blocked();
    waiting.cancel();
    EXPECT_EQ(co_await ending_of(waiting), Ending::cancelled);
    EXPECT_EQ(co_await handles[0], 1);
  });
}

TEST(AsCompleted, GivesTasksInTheOrderOfTheirEnds) {
  expect_passes_exhaustively([]() -> Task<> {
    std::vector<TaskHandle<int>> handles;
    handles.push_back(spawn(gives_after(3s, 3)));
    handles.push_back(spawn(gives_after(1s, 1)));
    handles.push_back(spawn(gives_after(2s, 2)));
    Order order;
    auto ends = as_completed(handles);
    while (ends.remaining() > 0) {
      const TaskHandle<int> ended = co_await ends.next();
      EXPECT_TRUE(ended.done());
      order.push_back(co_await ended);
      EXPECT_EQ(now().time_since_epoch(), std::chrono::seconds(order.back()));
    }
    EXPECT_EQ(order, (Order{1, 2, 3}));
    EXPECT_TRUE(co_await throws_misuse(ends.next()));
  });
}

// Two tasks of one step end in either order, and the loop sees that order: 2 outcomes.
TEST(AsCompleted, FollowsTheSchedule) {
  Order firsts;
  const auto body = [&firsts]() -> Task<> {
    Order ran;
    const auto notes = [](Order& order, int id) -> Task<int> {
      order.push_back(id);
      co_return id;
    };
    std::vector<TaskHandle<int>> handles;
    handles.push_back(spawn(notes(ran, 1)));
    handles.push_back(spawn(notes(ran, 2)));
    auto ends = as_completed(handles);
    const TaskHandle<int> first = co_await ends.next();
    EXPECT_EQ(co_await first, ran[0]);
    firsts.push_back(ran[0]);
    const TaskHandle<int> second = co_await ends.next();
    EXPECT_EQ(co_await second, ran[1]);
  };
  EXPECT_THAT(explore(body, exhaustively(AwaitPoints::suspending)), PassesExhaustively());
  EXPECT_THAT(firsts, ::testing::Contains(1));
  EXPECT_THAT(firsts, ::testing::Contains(2));
}

TEST(AsCompleted, MayBeLeftEarly) {
  expect_passes_exhaustively([]() -> Task<> {
    std::vector<TaskHandle<int>> handles;
    handles.push_back(spawn(gives_after(1s, 1)));
    handles.push_back(spawn(gives_after(2s, 2)));
    {
      auto ends = as_completed(handles);
      EXPECT_EQ(co_await co_await ends.next(), 1);
    }
    EXPECT_EQ(co_await handles[1], 2);
  });
}

}  // namespace
}  // namespace coweave::test
