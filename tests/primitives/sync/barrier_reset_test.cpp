// Barrier: reset and abort. Statements are those of asyncio_semantics.md, section 6. Where
// CPython's tests have five tasks, every schedule of three is explored, and production order with
// five.

#include <stdexcept>

#include "primitives/sync/rules.hpp"

namespace coweave::test {
namespace {

Task<std::size_t> wait_at(Barrier& barrier) { co_return co_await barrier.wait(); }

/// A number of tasks of a kind, and what they have counted in the end.
struct Tally {
  int broken = 0;
  int broken_again = 0;
  int passed = 0;
  int left = 0;
};

template <class Work>
Task<> all(Barrier& barrier, Tally& tally, std::size_t tasks, Work work) {
  std::vector<TaskHandle<>> handles;
  for (std::size_t i = 0; i < tasks; ++i)
    handles.push_back(spawn(work(barrier, tally, static_cast<int>(tasks))));
  for (const TaskHandle<>& handle : handles) co_await handle;
}

/// `body(n)`, with three tasks under every schedule and with five in production order.
template <class Body>
void expect_passes_in_any_order(Body body) {
  expect_passes_by_every_rule([body] { return body(3); });
  expect_passes_in_production_order([body] { return body(5); });
}

Task<bool> breaks(Barrier& barrier) {
  try {
    co_await barrier.wait();
  } catch (const BrokenBarrierError&) {
    co_return true;
  }
  co_return false;
}

// Barrier 9. CPython: test_reset_barrier.
TEST(Barrier, IsNotChangedByAResetWhileIdle) {
  expect_passes_by_every_rule([]() -> Task<> {
    Barrier barrier(1);
    barrier.reset();
    EXPECT_EQ(barrier.n_waiting(), 0U);
    EXPECT_FALSE(barrier.broken());
    EXPECT_EQ(co_await barrier.wait(), 0U);
  });
}

Task<> count_broken(Barrier& barrier, Tally& tally, int /*parties*/) {
  const bool is_broken = co_await breaks(barrier);
  if (is_broken) ++tally.broken;
}

Task<> reset_it(Barrier& barrier) {
  barrier.reset();
  co_return;
}

// Barrier 9. CPython: test_reset_barrier_while_tasks_waiting.
TEST(Barrier, BreaksThoseWhoWaitWhenItIsReset) {
  expect_passes_in_production_order([]() -> Task<> {
    Barrier barrier(5);
    Tally tally;
    std::vector<TaskHandle<>> tasks;
    for (int i = 0; i < 4; ++i) tasks.push_back(spawn(count_broken(barrier, tally, 5)));
    co_await yield();
    spawn(reset_it(barrier));
    for (const TaskHandle<>& task : tasks) co_await task;
    EXPECT_EQ(tally.broken, 4);
    EXPECT_EQ(barrier.n_waiting(), 0U);
    EXPECT_FALSE(barrier.broken());
  });
}

// Barrier 9: the same under every schedule, and the barrier is as good as new.
TEST(Barrier, IsUsableAfterAReset) {
  expect_passes_by_every_rule([]() -> Task<> {
    Barrier barrier(3);
    Tally tally;
    const TaskHandle<> a = spawn(count_broken(barrier, tally, 3));
    const TaskHandle<> b = spawn(count_broken(barrier, tally, 3));
    co_await wait_all_tasks_blocked();
    barrier.reset();
    EXPECT_EQ(barrier.n_waiting(), 0U);
    co_await gather(count_broken(barrier, tally, 3), count_broken(barrier, tally, 3),
                    count_broken(barrier, tally, 3));
    EXPECT_EQ(tally.broken, 2);
    co_await a;
    co_await b;
  });
}

Task<> reset_half_drained(Barrier& barrier, Tally& tally, int parties) {
  try {
    co_await barrier.wait();
  } catch (const BrokenBarrierError&) {
    ++tally.broken;
    co_return;
  }
  if (++tally.left == parties - parties / 2) barrier.reset();
}

// Barrier 9. CPython: test_reset_barrier_when_tasks_half_draining.
TEST(Barrier, BreaksThoseStillInsideWhenItIsResetWhileDraining) {
  expect_passes_in_any_order([](int parties) -> Task<> {
    Barrier barrier(parties);
    Tally tally;
    co_await all(barrier, tally, static_cast<std::size_t>(parties), reset_half_drained);
    EXPECT_EQ(tally.broken, parties / 2);
    EXPECT_EQ(barrier.n_waiting(), 0U);
    EXPECT_FALSE(barrier.broken());
  });
}

Task<> reset_half_drained_half_held_back(Barrier& barrier, Tally& tally, int parties) {
  bool is_broken = false;
  try {
    co_await barrier.wait();
  } catch (const BrokenBarrierError&) {
    is_broken = true;
  }
  if (is_broken) {
    ++tally.broken;
  } else if (++tally.left > parties / 2) {
    barrier.reset();
  } else {
    const bool is_broken_again = co_await breaks(barrier);
    if (is_broken_again) ++tally.broken_again;
    co_return;
  }
  co_await barrier.wait();
}

// Barrier 5, 9. CPython: test_reset_barrier_when_tasks_half_draining_half_blocking.
TEST(Barrier, LetsThoseItHoldsBackIntoTheNextRoundWhenItIsReset) {
  expect_passes_in_any_order([](int parties) -> Task<> {
    Barrier barrier(parties);
    Tally tally;
    co_await all(barrier, tally, static_cast<std::size_t>(parties),
                 reset_half_drained_half_held_back);
    EXPECT_EQ(tally.broken, parties / 2);
    EXPECT_EQ(tally.broken_again, 0);
    EXPECT_EQ(barrier.n_waiting(), 0U);
    EXPECT_FALSE(barrier.broken());
  });
}

Task<> wait_again_when_broken(Barrier& barrier, Tally& tally, int /*parties*/) {
  const bool is_broken = co_await breaks(barrier);
  if (is_broken) ++tally.broken;
  co_await barrier.wait();
  ++tally.passed;
}

// Barrier 9. CPython: test_reset_barrier_while_tasks_waiting_and_waiting_again.
TEST(Barrier, LetsBrokenPartiesWaitAgainAtOnce) {
  expect_passes_in_production_order([]() -> Task<> {
    Barrier barrier(5);
    Tally tally;
    std::vector<TaskHandle<>> tasks;
    for (int i = 0; i < 4; ++i) tasks.push_back(spawn(wait_again_when_broken(barrier, tally, 5)));
    spawn(reset_it(barrier));
    co_await yield();
    const TaskHandle<std::size_t> newcomer = spawn(wait_at(barrier));
    for (const TaskHandle<>& task : tasks) co_await task;
    co_await newcomer;
    EXPECT_FALSE(barrier.broken());
    EXPECT_EQ(tally.broken, 4);
    EXPECT_EQ(tally.passed, 4);
    EXPECT_EQ(barrier.n_waiting(), 0U);
  });
}

Task<> reset_as_the_last_to_leave(Barrier& barrier, Tally& tally, int parties) {
  co_await barrier.wait();
  if (++tally.left == parties) {
    barrier.reset();
    co_await barrier.wait();
  } else {
    const bool is_broken = co_await breaks(barrier);
    if (is_broken) ++tally.broken;
  }
  co_await barrier.wait();
  ++tally.passed;
}

// Barrier 9. CPython: test_reset_barrier_while_tasks_draining.
TEST(Barrier, DoesNotBreakTheNextRoundWhenTheLastToLeaveResetsIt) {
  expect_passes_in_any_order([](int parties) -> Task<> {
    Barrier barrier(parties);
    Tally tally;
    co_await all(barrier, tally, static_cast<std::size_t>(parties), reset_as_the_last_to_leave);
    EXPECT_EQ(tally.broken, 0);
    EXPECT_EQ(tally.passed, parties);
    EXPECT_EQ(barrier.n_waiting(), 0U);
    EXPECT_FALSE(barrier.broken());
  });
}

// Barrier 10, 11. CPython: test_abort_barrier.
TEST(Barrier, IsBrokenByAnAbortUntilAReset) {
  expect_passes_by_every_rule([]() -> Task<> {
    Barrier barrier(1);
    barrier.abort();
    EXPECT_EQ(barrier.n_waiting(), 0U);
    EXPECT_TRUE(barrier.broken());
    EXPECT_TRUE(co_await breaks(barrier));
    EXPECT_TRUE(co_await breaks(barrier));
    barrier.reset();
    EXPECT_FALSE(barrier.broken());
    EXPECT_FALSE(co_await breaks(barrier));
  });
}

// Barrier 11: without suspending.
TEST(Barrier, FailsAtOnceWhileBroken) {
  expect_no_suspension([]() -> Task<> {
    Barrier barrier(2);
    bool other_has_run = false;
    const TaskHandle<> other = spawn(mark(other_has_run));
    barrier.abort();
    bool is_broken = false;
    try {
      co_await barrier.wait();
    } catch (const BrokenBarrierError&) {
      is_broken = true;
    }
    EXPECT_TRUE(is_broken);
    if (detail::context.await_points == AwaitPoints::suspending) {
      EXPECT_FALSE(other_has_run);
    }
    co_await other;
  });
}

Task<> abort_half_drained_half_held_back(Barrier& barrier, Tally& tally, int parties) {
  bool is_broken = false;
  try {
    co_await barrier.wait();
  } catch (const BrokenBarrierError&) {
    is_broken = true;
  }
  if (is_broken) {
    ++tally.broken;
  } else if (++tally.left > parties / 2) {
    barrier.abort();
  } else {
    const bool is_broken_again = co_await breaks(barrier);
    if (is_broken_again) ++tally.broken_again;
  }
}

// Barrier 10. CPython: test_abort_barrier_when_tasks_half_draining_half_blocking, test_repr.
TEST(Barrier, BreaksThoseInsideAndThoseItHoldsBackWhenItIsAborted) {
  expect_passes_in_any_order([](int parties) -> Task<> {
    Barrier barrier(parties);
    Tally tally;
    co_await all(barrier, tally, static_cast<std::size_t>(parties),
                 abort_half_drained_half_held_back);
    EXPECT_TRUE(barrier.broken());
    EXPECT_EQ(tally.broken, parties - parties / 2 - 1);
    EXPECT_EQ(tally.broken_again, parties / 2);
    EXPECT_EQ(barrier.n_waiting(), 0U);
  });
}

// Barrier 10: also if a reset comes before they resume.
TEST(Barrier, BreaksThoseItHoldsBackAlsoIfAResetFollowsTheAbort) {
  expect_passes_in_production_order([]() -> Task<> {
    Barrier barrier(2);
    const TaskHandle<std::size_t> slow = spawn(wait_at(barrier));
    co_await yield();
    const TaskHandle<bool> late = spawn(breaks(barrier));
    const TaskHandle<bool> later = spawn(breaks(barrier));
    const TaskHandle<bool> inside = spawn(breaks(barrier));
    co_await barrier.wait();
    co_await yield();  // `slow` leaves; the others find the barrier filling or draining.
    co_await slow;
    barrier.abort();
    barrier.reset();
    EXPECT_FALSE(barrier.broken());
    EXPECT_TRUE(co_await late);
    EXPECT_TRUE(co_await later);
    EXPECT_TRUE(co_await inside);
    const auto [first, second] = co_await gather(wait_at(barrier), wait_at(barrier));
    EXPECT_NE(first, second);
  });
}

Task<> abort_on_an_exception(Barrier& barrier, Tally& tally, int parties) {
  bool has_failed = false;
  try {
    const BarrierGuard guard = co_await barrier.scoped();
    if (guard.index() == static_cast<std::size_t>(parties / 2)) throw std::runtime_error("failed");
    co_await barrier.wait();
    ++tally.passed;
  } catch (const BrokenBarrierError&) {
    ++tally.broken;
  } catch (const std::runtime_error&) {
    has_failed = true;
  }
  if (has_failed) barrier.abort();
}

// Barrier 2, 10. CPython: test_abort_barrier_when_exception.
TEST(Barrier, BreaksTheOthersWhenAPartyFailsAndAborts) {
  expect_passes_in_any_order([](int parties) -> Task<> {
    Barrier barrier(parties);
    Tally tally;
    co_await all(barrier, tally, static_cast<std::size_t>(parties), abort_on_an_exception);
    EXPECT_TRUE(barrier.broken());
    EXPECT_EQ(tally.passed, 0);
    EXPECT_EQ(tally.broken, parties - 1);
    EXPECT_EQ(barrier.n_waiting(), 0U);
  });
}

Task<> abort_then_reset(Barrier& barrier, Barrier& meeting, Tally& tally, int parties) {
  co_await abort_on_an_exception(barrier, tally, parties);
  // All have left when it is reset, and nobody enters before.
  const std::size_t index = co_await meeting.wait();
  if (index == static_cast<std::size_t>(parties / 2)) barrier.reset();
  co_await meeting.wait();
  co_await barrier.wait();
  ++tally.left;
}

// Barrier 9, 10, 11. CPython: test_abort_barrier_when_exception_then_resetting. Three tasks have
// too many schedules by the stricter rules.
TEST(Barrier, WorksAgainWhenItIsResetAfterAnAbort) {
  const auto body = [](int parties) -> Task<> {
    Barrier barrier(parties);
    Barrier meeting(parties);
    Tally tally;
    std::vector<TaskHandle<>> tasks;
    for (int i = 0; i < parties; ++i)
      tasks.push_back(spawn(abort_then_reset(barrier, meeting, tally, parties)));
    for (const TaskHandle<>& task : tasks) co_await task;
    EXPECT_FALSE(barrier.broken());
    EXPECT_EQ(tally.passed, 0);
    EXPECT_EQ(tally.broken, parties - 1);
    EXPECT_EQ(tally.left, parties);
    EXPECT_EQ(barrier.n_waiting(), 0U);
  };
  expect_passes_by_every_rule([body] { return body(2); });
  EXPECT_THAT(explore([body] { return body(3); }, exhaustively(AwaitPoints::suspending)),
              PassesExhaustively());
  expect_passes_in_production_order([body] { return body(5); });
}

// The error says which barrier.
TEST(Barrier, NamesItselfWhenItIsBroken) {
  expect_passes_by_every_rule([]() -> Task<> {
    Barrier barrier(2, "phase");
    barrier.abort();
    std::string message;
    try {
      co_await barrier.wait();
    } catch (const BrokenBarrierError& error) {
      message = error.what();
    }
    EXPECT_EQ(message, "wait for barrier \"phase\": it was reset or aborted");
  });
}

}  // namespace
}  // namespace coweave::test
