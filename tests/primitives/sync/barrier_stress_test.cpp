// Barrier under three tasks that pass it twice each while one of them is cancelled at any point by
// a fourth: every interleaving. And its mutants, each found by the same program.

#include <algorithm>
#include <set>
#include <string>

#include "primitives/sync/barrier_mutants.hpp"
#include "primitives/sync/rules.hpp"
#include "primitives/sync/stress_programs.hpp"

namespace coweave::test {
namespace {

/// What the tasks see of each other. Those of a round pass before any of the next, so the passes
/// come in groups.
class Rounds {
 public:
  explicit Rounds(std::size_t parties) : parties_(parties) {}

  void arrives(std::size_t task) {
    waiting_.push_back(task);
    ++arrivals_;
  }
  void passes(std::size_t task, std::size_t index) {
    check(cancelled_ != task, "a cancelled task got through");
    if (in_round_ == parties_) end_round();
    check(index < parties_, "an index is out of range");
    const bool is_new = indices_.insert(index).second;
    if (!is_new && may_lack_one_) {  // A released party was cancelled: this is the next round.
      may_lack_one_ = false;
      ++released_;
      end_round();
      indices_.insert(index);
    } else {
      check(is_new, "an index was given twice");
    }
    ++in_round_;
    check(arrivals_ >= released_ + parties_, "a round is passed before it is complete");
    const auto self = std::find(waiting_.begin(), waiting_.end(), task);
    const auto ahead = std::count_if(waiting_.begin(), self,
                                     [this](std::size_t other) { return cancelled_ != other; });
    // Those who came before and have not passed are of the same round.
    check(static_cast<std::size_t>(ahead) + in_round_ <= parties_, "a task was overtaken");
    waiting_.erase(self);
  }
  void gives_up(std::size_t task) {
    waiting_.erase(std::find(waiting_.begin(), waiting_.end(), task));
  }
  /// `was_waiting`: its round was not complete. If it was, that one has a pass less.
  void is_cancelled(std::size_t task, bool was_waiting) {
    cancelled_ = task;
    if (was_waiting) {
      --arrivals_;
    } else {
      may_lack_one_ = std::find(waiting_.begin(), waiting_.end(), task) != waiting_.end();
    }
  }

 private:
  void end_round() {
    released_ += in_round_;
    in_round_ = 0;
    indices_.clear();
  }

  std::size_t parties_;
  std::size_t arrivals_ = 0;
  std::size_t released_ = 0;  // In the rounds before this one.
  std::size_t in_round_ = 0;  // Passed.
  std::size_t cancelled_ = ~std::size_t{0};
  bool may_lack_one_ = false;
  std::set<std::size_t> indices_;
  std::vector<std::size_t> waiting_;  // In order of arrival.
};

template <class AnyBarrier>
Task<> pass_in_rounds(AnyBarrier& barrier, Rounds& seen, std::size_t task, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    seen.arrives(task);
    std::size_t index = 0;
    bool is_cancelled = false;
    try {
      index = co_await barrier.wait();
    } catch (const CancelledError&) {
      is_cancelled = true;
    }
    if (is_cancelled) {
      seen.gives_up(task);
      co_return;
    }
    seen.passes(task, index);
  }
}

template <class AnyBarrier>
Task<> cancel_one_party(AnyBarrier& barrier, Rounds& seen, const std::vector<TaskHandle<>>& tasks) {
  const std::size_t victim = choose(static_cast<std::uint32_t>(tasks.size()));
  const std::size_t waiting = barrier.n_waiting();
  if (tasks[victim].cancel()) seen.is_cancelled(victim, barrier.n_waiting() < waiting);
  co_return;
}

bool all_done(const std::vector<TaskHandle<>>& tasks) {
  return std::all_of(tasks.begin(), tasks.end(), [](const auto& task) { return task.done(); });
}

/// Whoever is left alone in the end is helped by newcomers, which pass once each.
template <class AnyBarrier, int parties>
Task<> stress_barrier() {
  AnyBarrier barrier(parties);
  Rounds seen(parties);
  std::vector<TaskHandle<>> tasks;
  for (std::size_t task = 0; task < 3; ++task)
    tasks.push_back(spawn(pass_in_rounds(barrier, seen, task, 2)));
  const TaskHandle<> canceller = spawn(cancel_one_party(barrier, seen, tasks));
  co_await wait_all_tasks_blocked();
  for (std::size_t helper = 3; helper < 9 && !all_done(tasks); ++helper) {
    tasks.push_back(spawn(pass_in_rounds(barrier, seen, helper, 1)));
    co_await wait_all_tasks_blocked();
  }
  check_all_done(tasks);
  check(barrier.n_waiting() == 0, "the barrier is not idle at the end");
}

template <class Body>
std::uint64_t schedules_of(Body body) {
  const Report report = explore(body, exhaustively(AwaitPoints::suspending));
  EXPECT_THAT(report, PassesExhaustively());
  return report.schedules;
}

/// In some schedule `claim` is the first to fail.
template <class Body>
void expect_found(Body body, const std::string& claim) {
  Options options = exhaustively(AwaitPoints::suspending);
  options.keep_going = true;
  const Report report = explore(body, options);
  std::vector<std::string> violated;
  for (const Failure& failure : report.failures) violated.push_back(failure.message);
  EXPECT_THAT(violated, ::testing::Contains(claim));
}

TEST(BarrierStress, LeavesItCorrect) {
  EXPECT_EQ(schedules_of(stress_barrier<Barrier, 2>), 1'524U);
  EXPECT_EQ(schedules_of(stress_barrier<Barrier, 3>), 2'976U);
}

Task<> wait_whatever_happens(Barrier& barrier, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    try {
      co_await barrier.wait();
    } catch (const BrokenBarrierError&) {
    }
  }
}

enum class Disturbance { reset, abort_and_reset, abort_then_reset };

Task<> disturb(Barrier& barrier, Disturbance how) {
  if (how != Disturbance::reset) barrier.abort();
  if (how == Disturbance::abort_then_reset) co_await yield();
  barrier.reset();
}

/// Three tasks wait twice each at a barrier of two that is reset or aborted at any point.
template <Disturbance how>
Task<> disturb_barrier() {
  Barrier barrier(2);
  std::vector<TaskHandle<>> tasks;
  for (int task = 0; task < 3; ++task) tasks.push_back(spawn(wait_whatever_happens(barrier, 2)));
  const TaskHandle<> disturber = spawn(disturb(barrier, how));
  co_await wait_all_tasks_blocked();
  check(disturber.done() && !barrier.broken(), "the barrier is broken after its reset");
  for (int helper = 0; helper < 6 && !all_done(tasks); ++helper) {
    const std::size_t waiting = barrier.n_waiting();
    check(waiting == 1, "tasks are held back by an idle barrier");
    tasks.push_back(spawn(wait_whatever_happens(barrier, 1)));
    co_await wait_all_tasks_blocked();
  }
  check_all_done(tasks);
  check(barrier.n_waiting() == 0, "the barrier is not idle at the end");
}

TEST(BarrierStress, LeavesItUsableAfterAResetOrAnAbortAtAnyPoint) {
  for (const AwaitPoints points : {AwaitPoints::suspending, AwaitPoints::every}) {
    SCOPED_TRACE(to_string(points));
    EXPECT_THAT(explore(disturb_barrier<Disturbance::reset>, exhaustively(points)),
                PassesExhaustively());
    EXPECT_THAT(explore(disturb_barrier<Disturbance::abort_and_reset>, exhaustively(points)),
                PassesExhaustively());
    EXPECT_THAT(explore(disturb_barrier<Disturbance::abort_then_reset>, exhaustively(points)),
                PassesExhaustively());
  }
}

template <BarrierFlaw flaw>
using Mutant = MutantBarrier<flaw>;

TEST(BarrierStress, LeavesTheMutantWithoutAFlawCorrect) {
  schedules_of(stress_barrier<Mutant<BarrierFlaw::none>, 2>);
  schedules_of(stress_barrier<Mutant<BarrierFlaw::none>, 3>);
}

TEST(BarrierStress, FindsTheBarrierThatGivesAnIndexTwice) {
  expect_found(stress_barrier<Mutant<BarrierFlaw::repeats_index>, 3>, "an index was given twice");
}

TEST(BarrierStress, FindsTheBarrierThatLetsArrivalsInWhileItDrains) {
  expect_found(stress_barrier<Mutant<BarrierFlaw::lets_in_while_draining>, 2>,
               "an index was given twice");
}

TEST(BarrierStress, FindsTheBarrierThatLetsANewcomerOvertake) {
  expect_found(stress_barrier<Mutant<BarrierFlaw::lets_overtake>, 2>, "a task was overtaken");
}

TEST(BarrierStress, FindsTheBarrierThatCountsACancelledParty) {
  expect_found(stress_barrier<Mutant<BarrierFlaw::keeps_place>, 2>,
               "a round is passed before it is complete");
}

TEST(BarrierStress, FindsTheBarrierThatLosesTheWakeUpOfACancelledArrival) {
  expect_found(stress_barrier<Mutant<BarrierFlaw::loses_wake_up>, 2>, "a task sleeps for ever");
}

TEST(BarrierStress, FindsTheBarrierThatForgetsWhomItHoldsBack) {
  expect_found(stress_barrier<Mutant<BarrierFlaw::forgets_held_back>, 2>, "a task sleeps for ever");
}

TEST(BarrierStress, FindsTheBarrierThatWakesOneParty) {
  expect_found(stress_barrier<Mutant<BarrierFlaw::wakes_one>, 3>, "a task sleeps for ever");
}

}  // namespace
}  // namespace coweave::test
