// Future: asyncio.Future's rules. CPython's tests are those of test_futures.py.

#include <chrono>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "primitives/support.hpp"
#include "primitives/sync/foreign_types.hpp"

namespace coweave::test {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Task<int> result_of(Future<int>& future) { co_return co_await future; }
Task<> set(Future<int>& future, int value) {
  future.set_result(value);
  co_return;
}
Task<> note_result(Future<int>& future, Order& order, int id) {
  order.push_back(10 * id + co_await future);
}

// CPython: test_initial_state, test_result, test_exception.
TEST(Future, IsPendingUntilItHasAResult) {
  expect_passes_exhaustively([]() -> Task<> {
    Future<int> future;
    EXPECT_FALSE(future.done());
    EXPECT_TRUE(is_misuse([&] { static_cast<void>(future.result()); }));
    EXPECT_TRUE(is_misuse([&] { static_cast<void>(future.exception()); }));
    future.set_result(42);
    EXPECT_TRUE(future.done());
    EXPECT_FALSE(future.cancelled());
    EXPECT_EQ(future.result(), 42);
    EXPECT_EQ(future.exception(), nullptr);
    EXPECT_EQ(co_await future, 42);
    EXPECT_EQ(co_await future, 42);  // Again.
  });
}

// CPython: test_exception. Every retrieval throws the same exception.
TEST(Future, ThrowsItsExceptionAtEveryAwait) {
  expect_passes_exhaustively([]() -> Task<> {
    Future<> future;
    future.set_exception(std::runtime_error("lost"));
    EXPECT_TRUE(future.done());
    int thrown = 0;
    for (int i = 0; i < 2; ++i) {
      try {
        co_await future;
      } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "lost");
        ++thrown;
      }
    }
    EXPECT_EQ(thrown, 2);
    EXPECT_THROW(future.result(), std::runtime_error);
    EXPECT_NE(future.exception(), nullptr);
    EXPECT_TRUE(is_misuse([&] { future.set_exception(std::exception_ptr()); }));
  });
}

// CPython: test_cancel, test_result.
TEST(Future, CancelledThrowsCancelledErrorAtEveryAwait) {
  expect_passes_exhaustively([]() -> Task<> {
    Future<int> future;
    EXPECT_TRUE(future.cancel("no time"));
    EXPECT_TRUE(future.done());
    EXPECT_TRUE(future.cancelled());
    EXPECT_FALSE(future.cancel());
    EXPECT_THROW(static_cast<void>(future.result()), CancelledError);
    EXPECT_THROW(static_cast<void>(future.exception()), CancelledError);
    std::string message;
    try {
      co_await future;
    } catch (const CancelledError& error) {
      message = error.message();
    }
    EXPECT_EQ(message, "no time");
  });
}

// CPython: InvalidStateError. The first end stays.
TEST(Future, IsDoneOnce) {
  expect_passes_exhaustively([]() -> Task<> {
    const std::vector<void (*)(Future<int>&)> ends = {
        [](Future<int>& future) { future.set_result(1); },
        [](Future<int>& future) { future.set_exception(std::runtime_error("lost")); },
        [](Future<int>& future) { static_cast<void>(future.cancel()); }};
    for (std::size_t first = 0; first < ends.size(); ++first) {
      Future<int> future("reply");
      ends[first](future);
      EXPECT_TRUE(is_misuse([&] { future.set_result(2); }));
      EXPECT_TRUE(is_misuse([&] { future.set_exception(std::logic_error("late")); }));
      EXPECT_FALSE(future.cancel());
      EXPECT_EQ(future.cancelled(), first == 2);
      if (first == 0) {
        EXPECT_EQ(future.result(), 1);
      }
      if (first == 1) {
        EXPECT_THROW(static_cast<void>(future.result()), std::runtime_error);
      }
    }
    co_return;
  });
}

// The counts and the arithmetic of Event.ReleasesEveryWaiter: a set future is a set event.
TEST(Future, GivesItsResultToEveryWaiter) {
  expect_schedules(10, 16, []() -> Task<> {
    Future<int> future;
    const auto [first, second, setter] =
        co_await gather(result_of(future), result_of(future), set(future, 7));
    static_cast<void>(setter);
    EXPECT_EQ(first, 7);
    EXPECT_EQ(second, 7);
  });
}

TEST(Future, ResumesItsWaitersInTheOrderOfTheirArrival) {
  expect_passes_in_production_order([]() -> Task<> {
    Future<int> future;
    Order order;
    const TaskHandle<> first = spawn(note_result(future, order, 1));
    const TaskHandle<> second = spawn(note_result(future, order, 2));
    co_await yield();
    const TaskHandle<> third = spawn(note_result(future, order, 3));
    future.set_result(5);
    EXPECT_THAT(order, ElementsAre());
    co_await yield();
    EXPECT_THAT(order, ElementsAre(35, 15, 25));
    const std::vector all = {first, second, third};
    co_await wait(all);
  });
}

TEST(Future, DoesNotSuspendIfItIsDone) {
  expect_no_suspension([]() -> Task<> {
    Future<> future;
    bool other_has_run = false;
    const TaskHandle<> other = spawn(mark(other_has_run));
    future.set_result();
    co_await future;
    if (detail::context.await_points == AwaitPoints::suspending) {
      EXPECT_FALSE(other_has_run);
    }
    co_await other;
  });
}

// What can only be moved stays in the future.
TEST(Future, GivesWhatCannotBeCopiedByReference) {
  expect_passes_exhaustively([]() -> Task<> {
    Future<std::unique_ptr<int>> future;
    const TaskHandle<> setter = spawn([](Future<std::unique_ptr<int>>& of) -> Task<> {
      of.set_result(std::make_unique<int>(3));
      co_return;
    }(future));
    std::unique_ptr<int>& value = co_await future;
    EXPECT_EQ(*value, 3);
    const std::unique_ptr<int> taken = std::move(co_await future);
    EXPECT_EQ(*taken, 3);
    EXPECT_EQ(future.result(), nullptr);
    co_await setter;
  });
}

// asyncio: Task.cancel() cancels the future that the task awaits, and that is news for all others.
TEST(Future, IsCancelledWithATaskThatAwaitsIt) {
  expect_passes_exhaustively([]() -> Task<> {
    Future<int> future;
    const TaskHandle<int> first = spawn(result_of(future));
    const TaskHandle<int> second = spawn(result_of(future));
    co_await wait_all_tasks_blocked();
    EXPECT_TRUE(first.cancel("enough"));
    EXPECT_TRUE(future.cancelled());
    EXPECT_EQ(co_await ending_of(first), Ending::cancelled);
    EXPECT_EQ(co_await ending_of(second), Ending::cancelled);
    EXPECT_EQ(second.cancelling(), 0U);  // Nobody has cancelled that task.
    EXPECT_TRUE(is_misuse([&] { future.set_result(1); }));
  });
}

// A task that was woken already, and one that has not begun to wait, take nothing with them.
TEST(Future, IsNotCancelledWithATaskThatDoesNotAwaitIt) {
  expect_passes_exhaustively([]() -> Task<> {
    Future<int> future;
    const TaskHandle<int> woken = spawn(result_of(future));
    co_await wait_all_tasks_blocked();
    future.set_result(4);
    EXPECT_TRUE(woken.cancel());
    const TaskHandle<int> queued = spawn(result_of(future));
    EXPECT_TRUE(queued.cancel());
    EXPECT_EQ(co_await ending_of(woken), Ending::cancelled);
    EXPECT_EQ(co_await ending_of(queued), Ending::cancelled);
    EXPECT_EQ(co_await future, 4);
  });
}

// The task is cancelled before it suspends: the cancellation reaches the future when it does.
TEST(Future, IsCancelledByACancellationThatWasDueBefore) {
  expect_passes_exhaustively([]() -> Task<> {
    Future<int> future;
    const auto waits = [](Future<int>& awaited) -> Task<int> {
      this_task().cancel();
      co_return co_await awaited;
    };
    const TaskHandle<int> task = spawn(waits(future));
    EXPECT_EQ(co_await ending_of(task), Ending::cancelled);
    EXPECT_TRUE(future.cancelled());
  });
}

TEST(Future, IsCancelledByATimeoutOfItsWaiter) {
  expect_passes_exhaustively([]() -> Task<> {
    Future<int> future;
    bool timed_out = false;
    try {
      co_await with_timeout(1s, result_of(future));
    } catch (const TimeoutError&) {
      timed_out = true;
    }
    EXPECT_TRUE(timed_out);
    EXPECT_TRUE(future.cancelled());
  });
}

// The reply that comes when nobody waits any more: set_result of a cancelled future.
TEST(Future, FindsTheReplyThatComesAfterTheTimeout) {
  const auto body = [](bool looks_first) -> Task<> {
    Future<int> reply("reply");
    const auto peer = [](Future<int>& answered, bool looks) -> Task<> {
      co_await sleep_for(2s);
      if (!looks || !answered.done()) answered.set_result(1);
    };
    const TaskHandle<> answers = spawn(peer(reply, looks_first), "peer");
    try {
      co_await with_timeout(1s, result_of(reply));
    } catch (const TimeoutError&) {
    }
    co_await answers;
  };
  const Report late = explore([&] { return body(false); });
  EXPECT_THAT(late,
              FailsWith(FailureKind::misuse,
                        "set_result of future \"reply\": expected it to be pending, found one "
                        "that was cancelled"));
  EXPECT_THAT(explore([&] { return body(true); }), Passes());
}

TEST(Future, IsNamedInADeadlockAndInItsFile) {
  const auto body = []() -> Task<> {
    Future<int> future("reply");
    co_await future;
  };
  const Report report = explore(body);
  ASSERT_THAT(report, FailsWith(FailureKind::deadlock));
  const Schedule& schedule = report.failures.front().schedule;
  EXPECT_THAT(testing::PrintToString(report), HasSubstr("future \"reply\""));
  const Schedule loaded = Schedule::from_json(schedule.to_json(), "test");
  EXPECT_EQ(loaded, schedule);
  EXPECT_THAT(replay(body, loaded), FailsWith(FailureKind::deadlock));
}

TEST(Future, SaysWhenItsExceptionWasNeverRetrieved) {
  const auto body = [](bool retrieves) -> Task<> {
    Future<int> future("reply");
    future.set_exception(std::runtime_error("lost"));
    if (retrieves) static_cast<void>(future.exception());
    co_return;
  };
  const Report forgotten = explore([&] { return body(false); });
  EXPECT_THAT(forgotten, Passes());
  EXPECT_THAT(forgotten.warnings, Contains(AllOf(HasSubstr("the exception of a future \"reply\""),
                                                 HasSubstr("future_test.cpp:"))));
  EXPECT_THAT(explore([&] { return body(true); }).warnings,
              Not(Contains(HasSubstr("never retrieved"))));
}

TEST(Future, DestroyedWhileAwaitedIsMisuse) {
  const auto body = []() -> Task<> {
    auto future = std::make_unique<Future<int>>("reply");
    const TaskHandle<int> waiter = spawn_daemon(result_of(*future));
    const TaskHandle<int> other = spawn(result_of(*future));
    co_await wait_all_tasks_blocked();
    future.reset();
  };
  EXPECT_THAT(explore(body),
              FailsWith(FailureKind::misuse, HasSubstr("destruction of future \"reply\"")));
}

foreign::Detached take(Future<int>& future, int& found) { found = co_await future; }

// The counts of the test above that has the same three tasks: of ForeignCoroutine.WaitsForAnEvent.
TEST(Future, IsAwaitedByForeignCoroutines) {
  expect_schedules(10, 16, []() -> Task<> {
    Future<int> future;
    int first = 0;
    int second = 0;
    post([&] { take(future, first); });
    post([&] { take(future, second); });
    spawn(set(future, 6));
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(first, 6);
    EXPECT_EQ(second, 6);
  });
}

TEST(Future, WorksUnderRun) {
  EXPECT_EQ(run([]() -> Task<int> {
              Future<int> future;
              const TaskHandle<> setter = spawn(set(future, 9));
              const int found = co_await future;
              co_await setter;
              co_return found;
            }()),
            9);
}

// Readers, a setter and a canceller, whoever comes first: the reduced search finds the outcomes of
// the enumeration in fewer schedules.
TEST(Future, TellsAReducedSearchWhatItsOperationsTouch) {
  using Outcomes = std::set<std::string>;
  const auto outcomes = [](const Options& options, std::uint64_t& schedules) {
    Outcomes found;
    const auto body = [&found]() -> Task<> {
      Future<int> future;
      std::string first;
      std::string second;
      const auto reads = [](Future<int>& of, std::string& text) -> Task<> {
        text = of.done() ? "d" : "p";
        try {
          text += std::to_string(co_await of);
        } catch (const CancelledError&) {
          text += "c";
        }
      };
      const auto sets = [](Future<int>& of) -> Task<> {
        co_await yield();
        if (!of.done()) of.set_result(1);
      };
      const auto cancels = [](Future<int>& of) -> Task<> {
        static_cast<void>(of.cancel());
        co_return;
      };
      co_await gather(reads(future, first), reads(future, second), sets(future), cancels(future));
      found.insert(first + " " + second);
    };
    const Report report = explore(body, options);
    EXPECT_THAT(report, PassesExhaustively());
    schedules = report.schedules;
    return found;
  };
  std::uint64_t all = 0;
  std::uint64_t reduced = 0;
  const Outcomes expected = outcomes({.strategy = exhaustive(), .max_schedules = 1'000'000}, all);
  EXPECT_EQ(outcomes({.strategy = dpor(), .tracking = Tracking::declared}, reduced), expected);
  EXPECT_EQ(expected.size(), 8U);  // Both find 1 or both a cancellation; each came before or after.
  EXPECT_LT(reduced, all / 2);
}

}  // namespace
}  // namespace coweave::test
