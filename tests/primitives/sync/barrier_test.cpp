// Barrier: how it fills and drains, and what a cancellation does. Statements are those of
// asyncio_semantics.md, section 6. Where CPython's tests have five tasks, every schedule of three
// is explored, and production order with five.

#include <algorithm>
#include <memory>
#include <numeric>

#include "primitives/sync/foreign_types.hpp"
#include "primitives/sync/rules.hpp"

namespace coweave::test {
namespace {

using ::testing::HasSubstr;

Task<std::size_t> wait_at(Barrier& barrier) { co_return co_await barrier.wait(); }

Task<> wait_and_note(Barrier& barrier, Order& order, int id) {
  co_await barrier.wait();
  order.push_back(id);
}

std::vector<std::size_t> up_to(std::size_t count) {
  std::vector<std::size_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0U);
  return numbers;
}

void expect_idle(const Barrier& barrier) {
  EXPECT_EQ(barrier.n_waiting(), 0U);
  EXPECT_FALSE(barrier.broken());
}

// Barrier 1. CPython: test_barrier_parties.
TEST(Barrier, RejectsFewerThanOneParty) {
  expect_passes_by_every_rule([]() -> Task<> {
    EXPECT_TRUE(is_misuse([] { const Barrier barrier(0); }));
    EXPECT_TRUE(is_misuse([] { const Barrier barrier(-4); }));
    const Barrier barrier(5);
    EXPECT_EQ(barrier.parties(), 5U);
    expect_idle(barrier);
    co_return;
  });
}

Task<> pass_scoped(Barrier& barrier, std::vector<std::size_t>& indices) {
  const BarrierGuard guard = co_await barrier.scoped();
  indices.push_back(guard.index());
}

// Barrier 2. CPython: test_context_manager.
TEST(Barrier, BindsTheIndexOfEachPartyToItsScope) {
  expect_passes_by_every_rule([]() -> Task<> {
    Barrier barrier(3);
    std::vector<std::size_t> indices;
    co_await gather(pass_scoped(barrier, indices), pass_scoped(barrier, indices),
                    pass_scoped(barrier, indices));
    std::sort(indices.begin(), indices.end());
    EXPECT_EQ(indices, up_to(3));
    expect_idle(barrier);
  });
}

// Barrier 4. CPython: test_filling_one_task.
TEST(Barrier, OfOnePartyIsPassedWithoutSuspending) {
  expect_no_suspension([]() -> Task<> {
    Barrier barrier(1);
    bool other_has_run = false;
    const TaskHandle<> other = spawn(mark(other_has_run));
    const BarrierGuard guard = co_await barrier.scoped();
    EXPECT_EQ(guard.index(), 0U);
    EXPECT_EQ(co_await barrier.wait(), 0U);
    if (detail::context.await_points == AwaitPoints::suspending) {
      EXPECT_FALSE(other_has_run);
    }
    expect_idle(barrier);
    co_await other;
  });
}

// Barrier 4, 6. CPython: test_filling_one_task_twice.
TEST(Barrier, OfOnePartyIsPassedAgainAndAgain) {
  expect_passes_in_production_order([]() -> Task<> {
    Barrier barrier(1);
    const TaskHandle<std::size_t> first = spawn(wait_at(barrier));
    co_await yield();
    EXPECT_EQ(barrier.n_waiting(), 0U);
    const TaskHandle<std::size_t> second = spawn(wait_at(barrier));
    co_await yield();
    EXPECT_TRUE(first.done());
    EXPECT_TRUE(second.done());
    EXPECT_EQ(co_await first, co_await second);
    expect_idle(barrier);
  });
}

// Barrier 7. CPython: test_filling_task_by_task.
TEST(Barrier, CountsThoseWhoWait) {
  expect_passes_in_production_order([]() -> Task<> {
    Barrier barrier(3);
    const TaskHandle<std::size_t> first = spawn(wait_at(barrier));
    co_await yield();
    EXPECT_EQ(barrier.n_waiting(), 1U);
    const TaskHandle<std::size_t> second = spawn(wait_at(barrier));
    co_await yield();
    EXPECT_EQ(barrier.n_waiting(), 2U);
    const TaskHandle<std::size_t> third = spawn(wait_at(barrier));
    co_await yield();
    EXPECT_EQ(barrier.n_waiting(), 0U);
    EXPECT_EQ(co_await first, 0U);
    EXPECT_EQ(co_await second, 1U);
    EXPECT_EQ(co_await third, 2U);
    expect_idle(barrier);
  });
}

// Barrier 2, 7: the same under every schedule, one arrival after the other.
TEST(Barrier, CountsThoseWhoWaitUnderEverySchedule) {
  expect_passes_by_every_rule([]() -> Task<> {
    Barrier barrier(3);
    std::vector<TaskHandle<std::size_t>> tasks;
    for (std::size_t arrived = 1; arrived <= 3; ++arrived) {
      tasks.push_back(spawn(wait_at(barrier)));
      co_await wait_all_tasks_blocked();
      EXPECT_EQ(barrier.n_waiting(), arrived % 3);
    }
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(co_await tasks[i], i);
  });
}

Task<> pass_and_meet(Barrier& barrier, int& arrived, int& passed, int parties) {
  ++arrived;
  co_await barrier.wait();
  EXPECT_EQ(arrived, parties);
  ++passed;
}

// Barrier 2: two tasks. Under `suspending` either starts first and waits, and the other passes at
// once, and ends before or with the first: 2 schedules. Under `every` the one that passes suspends
// too: both are ready then: 2 * 2 = 4.
TEST(Barrier, LetsNobodyPassBeforeAllHaveArrived) {
  expect_schedules(2, 4, []() -> Task<> {
    Barrier barrier(2);
    int arrived = 0;
    int passed = 0;
    co_await gather(pass_and_meet(barrier, arrived, passed, 2),
                    pass_and_meet(barrier, arrived, passed, 2));
    EXPECT_EQ(passed, 2);
  });
}

// Barrier 4: the last to arrive goes on in the same step, with the last index.
TEST(Barrier, LetsTheLastArriverPassWithoutSuspending) {
  expect_passes_by_every_rule([]() -> Task<> {
    Barrier barrier(2);
    Order order;
    const TaskHandle<> first = spawn(wait_and_note(barrier, order, 1));
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(co_await barrier.wait(), 1U);
    if (detail::context.await_points == AwaitPoints::suspending) {
      EXPECT_TRUE(order.empty());
    }
    co_await first;
  });
}

Task<> pass_nested(Barrier& barrier, int& outer, int& inner) {
  const BarrierGuard first = co_await barrier.scoped();
  ++outer;
  const BarrierGuard second = co_await barrier.scoped();
  ++inner;
}

// Barrier 6. CPython: test_filling_tasks_wait_twice.
TEST(Barrier, IsUsedAgainWithoutAReset) {
  const auto three = []() -> Task<> {
    Barrier barrier(3);
    int outer = 0;
    int inner = 0;
    co_await gather(pass_nested(barrier, outer, inner), pass_nested(barrier, outer, inner),
                    pass_nested(barrier, outer, inner));
    EXPECT_EQ(outer, 3);
    EXPECT_EQ(inner, 3);
    expect_idle(barrier);
  };
  expect_passes_by_every_rule(three);
}

Task<> index_of_second_round(Barrier& barrier, std::vector<std::size_t>& indices) {
  co_await barrier.wait();
  indices.push_back(co_await barrier.wait());
}

// Barrier 2, 3, 6. CPython: test_filling_tasks_check_return_value.
TEST(Barrier, NumbersThePartiesOfTheSecondRound) {
  expect_passes_by_every_rule([]() -> Task<> {
    Barrier barrier(3);
    std::vector<std::size_t> indices;
    co_await gather(index_of_second_round(barrier, indices),
                    index_of_second_round(barrier, indices),
                    index_of_second_round(barrier, indices));
    std::sort(indices.begin(), indices.end());
    EXPECT_EQ(indices, up_to(3));
  });
}

Task<> pass_and_probe(Barrier& barrier, int& left) {
  co_await barrier.wait();
  ++left;
  const TaskHandle<std::size_t> probe = spawn(wait_at(barrier));
  co_await yield();  // The probe may arrive here.
  if (left < 2) {
    EXPECT_EQ(barrier.n_waiting(), 0U);
  }
  co_await probe;
}

// Barrier 5, 7. CPython: test_draining_state (there by the text of the barrier, here by what it
// does to arrivals): until the last has left, nobody counts as waiting for the next round.
TEST(Barrier, DrainsUntilTheLastHasLeft) {
  expect_passes_by_every_rule([]() -> Task<> {
    Barrier barrier(2);
    int left = 0;
    co_await gather(pass_and_probe(barrier, left), pass_and_probe(barrier, left));
    expect_idle(barrier);
  });
}

// Barrier 5, 7: the newcomer enters in the step after the last has left.
TEST(Barrier, HoldsANewcomerBackWhileItDrains) {
  expect_passes_in_production_order([]() -> Task<> {
    Barrier barrier(2);
    const TaskHandle<std::size_t> slow = spawn(wait_at(barrier));
    co_await yield();
    EXPECT_EQ(co_await barrier.wait(), 1U);  // `slow` is released, and has not resumed.
    const TaskHandle<std::size_t> newcomer = spawn(wait_at(barrier));
    co_await yield();
    EXPECT_TRUE(slow.done());
    co_await yield();
    EXPECT_FALSE(newcomer.done());
    EXPECT_EQ(barrier.n_waiting(), 1U);
    EXPECT_EQ(co_await barrier.wait(), 1U);
    EXPECT_EQ(co_await newcomer, 0U);
  });
}

Task<> pass_twice_by_way_of(Barrier& barrier, Barrier& rest, int& again) {
  co_await barrier.wait();
  if (again > 0) {
    --again;  // Arrives while the others leave.
  } else {
    co_await rest.wait();
  }
  co_await barrier.wait();
}

// Barrier 5. CPython: test_blocking_tasks_while_draining: `rest` is waited for by exactly the
// others.
TEST(Barrier, HoldsBackThoseWhoComeAgainWhileItDrains) {
  expect_passes_by_every_rule([]() -> Task<> {
    Barrier barrier(3);
    Barrier rest(2);
    int again = 1;
    co_await gather(pass_twice_by_way_of(barrier, rest, again),
                    pass_twice_by_way_of(barrier, rest, again),
                    pass_twice_by_way_of(barrier, rest, again));
    expect_idle(barrier);
  });
  expect_passes_in_production_order([]() -> Task<> {
    Barrier barrier(5);
    Barrier rest(3);
    int again = 2;
    co_await gather(
        pass_twice_by_way_of(barrier, rest, again), pass_twice_by_way_of(barrier, rest, again),
        pass_twice_by_way_of(barrier, rest, again), pass_twice_by_way_of(barrier, rest, again),
        pass_twice_by_way_of(barrier, rest, again));
    expect_idle(barrier);
  });
}

Task<> pass_for_ever(Barrier& barrier) {
  while (true) co_await barrier.wait();
}

// Not in CPython, where the third of three tasks that share a barrier of two never passes in
// production order: the other two always find it filling when they come again.
TEST(Barrier, LetsNobodyOvertakeThoseItHoldsBack) {
  const auto body = []() -> Task<> {
    Barrier barrier(2);
    spawn_daemon(pass_for_ever(barrier));
    spawn_daemon(pass_for_ever(barrier));
    co_await wait_at(barrier);
    co_await wait_at(barrier);
  };
  expect_passes_in_production_order(body);
  Options options = in_production_order();
  options.await_points = AwaitPoints::every;
  EXPECT_THAT(explore(body, options), Passes());
}

// Barrier 7, 8. CPython: test_filling_tasks_cancel_one.
TEST(Barrier, LetsAnotherTakeThePlaceOfACancelledParty) {
  expect_passes_in_production_order([]() -> Task<> {
    Barrier barrier(3);
    const TaskHandle<std::size_t> first = spawn(wait_at(barrier));
    co_await yield();
    EXPECT_EQ(barrier.n_waiting(), 1U);
    const TaskHandle<std::size_t> second = spawn(wait_at(barrier));
    co_await yield();
    EXPECT_EQ(barrier.n_waiting(), 2U);
    first.cancel();
    co_await yield();
    EXPECT_EQ(barrier.n_waiting(), 1U);
    EXPECT_EQ(co_await ending_of(first), Ending::cancelled);
    const TaskHandle<std::size_t> third = spawn(wait_at(barrier));
    co_await yield();
    EXPECT_EQ(barrier.n_waiting(), 2U);
    const TaskHandle<std::size_t> fourth = spawn(wait_at(barrier));
    EXPECT_EQ(co_await second, 0U);
    EXPECT_EQ(co_await third, 1U);
    EXPECT_EQ(co_await fourth, 2U);
    expect_idle(barrier);
  });
}

// Barrier 3, 8 (gh-155233): A and B wait, A is cancelled, C and D come: nobody has an index twice.
TEST(Barrier, GivesEachIndexOnceWhenAPartyIsCancelled) {
  expect_passes_by_every_rule([]() -> Task<> {
    Barrier barrier(3);
    const TaskHandle<std::size_t> a = spawn(wait_at(barrier));
    co_await wait_all_tasks_blocked();
    const TaskHandle<std::size_t> b = spawn(wait_at(barrier));
    co_await wait_all_tasks_blocked();
    a.cancel();
    const TaskHandle<std::size_t> c = spawn(wait_at(barrier));
    const TaskHandle<std::size_t> d = spawn(wait_at(barrier));
    std::vector<std::size_t> indices;
    indices.push_back(co_await b);
    indices.push_back(co_await c);
    indices.push_back(co_await d);
    EXPECT_EQ(co_await ending_of(a), Ending::cancelled);
    std::sort(indices.begin(), indices.end());
    EXPECT_EQ(indices, up_to(3));
  });
}

// Barrier 8: a party leaves when it is cancelled, not when it resumes; CPython lets B pass alone if
// it comes in between.
TEST(Barrier, DoesNotCountAPartyThatIsCancelledAndHasNotResumed) {
  expect_passes_by_every_rule([]() -> Task<> {
    Barrier barrier(2);
    const TaskHandle<std::size_t> a = spawn(wait_at(barrier));
    co_await wait_all_tasks_blocked();
    a.cancel();
    EXPECT_EQ(barrier.n_waiting(), 0U);
    const TaskHandle<std::size_t> b = spawn(wait_at(barrier));
    co_await wait_all_tasks_blocked();
    EXPECT_FALSE(b.done());
    EXPECT_EQ(barrier.n_waiting(), 1U);
    EXPECT_EQ(co_await barrier.wait(), 1U);
    EXPECT_EQ(co_await b, 0U);
    EXPECT_EQ(co_await ending_of(a), Ending::cancelled);
  });
}

// A party that is cancelled after its release has left too late to stop the others.
TEST(Barrier, LetsTheOthersPassWhenAReleasedPartyIsCancelled) {
  expect_passes_by_every_rule([]() -> Task<> {
    Barrier barrier(3);
    const TaskHandle<std::size_t> a = spawn(wait_at(barrier));
    co_await wait_all_tasks_blocked();
    const TaskHandle<std::size_t> b = spawn(wait_at(barrier));
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(co_await barrier.wait(), 2U);
    const bool is_in_time = !a.done();
    a.cancel();
    EXPECT_EQ(co_await ending_of(a), is_in_time ? Ending::cancelled : Ending::value);
    EXPECT_EQ(co_await b, 1U);
    expect_idle(barrier);
    co_await gather(wait_at(barrier), wait_at(barrier), wait_at(barrier));
  });
}

// Whoever is cancelled while held back leaves its place to the next.
TEST(Barrier, AdmitsTheNextWhenOneItHoldsBackIsCancelled) {
  expect_passes_by_every_rule([]() -> Task<> {
    Barrier barrier(2);
    const TaskHandle<std::size_t> slow = spawn(wait_at(barrier));
    co_await wait_all_tasks_blocked();
    co_await barrier.wait();
    const TaskHandle<std::size_t> cancelled = spawn(wait_at(barrier));
    co_await yield();
    const TaskHandle<std::size_t> second = spawn(wait_at(barrier));
    cancelled
        .cancel();  // Before it arrives, held back, admitted, waiting, or passed with the second.
    co_await wait_all_tasks_blocked();
    const bool passed = co_await ending_of(cancelled) == Ending::value;
    EXPECT_EQ(second.done(), passed);
    if (!passed) {
      EXPECT_EQ(barrier.n_waiting(), 1U);
      co_await barrier.wait();
    }
    co_await second;
    expect_idle(barrier);
    co_await slow;
  });
}

// Misuse, by the wording of the other primitives.
TEST(Barrier, IsMisusedByItsDestructionWhileWaitedFor) {
  const auto body = []() -> Task<> {
    Barrier barrier(2, "phase");
    spawn(wait_at(barrier));
    co_await wait_all_tasks_blocked();
  };
  for (const AwaitPoints points : {AwaitPoints::suspending, AwaitPoints::every})
    EXPECT_THAT(explore(body, exhaustively(points)),
                FailsWith(FailureKind::misuse,
                          HasSubstr("destruction of barrier \"phase\": expected no waiters")));
}

Task<> destroy_under_a_woken_party(bool is_cancelled) {
  auto barrier = std::make_unique<Barrier>(2, "phase");
  const TaskHandle<std::size_t> party = spawn(wait_at(*barrier));
  co_await wait_all_tasks_blocked();
  if (is_cancelled) {
    party.cancel();
  } else {
    barrier->reset();
  }
  barrier.reset();
  co_await wait_all_tasks_blocked();
  EXPECT_FALSE(party.done());
}

// The party does not touch what is gone: it stays where it is.
TEST(Barrier, LeavesAWokenPartyBlockedWhenItIsDestroyed) {
  for (const bool is_cancelled : {false, true}) {
    const Report report = explore([&] { return destroy_under_a_woken_party(is_cancelled); },
                                  exhaustively(AwaitPoints::suspending));
    EXPECT_THAT(report, FailsWith(FailureKind::misuse, HasSubstr("barrier \"phase\"")));
  }
}

TEST(Barrier, IsInertWhenAnExecutionIsTornDown) {
  const auto body = []() -> Task<> {
    Barrier barrier(3, "phase");
    spawn(wait_at(barrier));
    co_await barrier.wait();
  };
  const Report report = explore(body, exhaustively(AwaitPoints::every));
  EXPECT_THAT(report, FailsWith(FailureKind::deadlock));
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_TRUE(report.failures.front().also.empty());
}

foreign::Detached pass_detached(Barrier& barrier, int& passed) {
  co_await barrier.wait();
  const BarrierGuard guard = co_await barrier.scoped();
  passed += guard.index() < 2 ? 1 : 0;
}

TEST(Barrier, IsPassedByForeignCoroutines) {
  expect_passes_by_every_rule([]() -> Task<> {
    Barrier barrier(2);
    int passed = 0;
    post([&] { pass_detached(barrier, passed); });
    post([&] { pass_detached(barrier, passed); });
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(passed, 2);
    expect_idle(barrier);
  });
}

TEST(Barrier, WorksUnderRun) {
  run([]() -> Task<> {
    Barrier barrier(3);
    Order order;
    co_await gather(wait_and_note(barrier, order, 1), wait_and_note(barrier, order, 2),
                    wait_and_note(barrier, order, 3));
    EXPECT_EQ(order, (Order{3, 1, 2}));
    expect_idle(barrier);
  }());
}

}  // namespace
}  // namespace coweave::test
