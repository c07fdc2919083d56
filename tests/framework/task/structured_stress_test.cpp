// Groups and timeouts under three tasks, two rounds, and a cancellation of the runner at any point
// by a fourth: every interleaving. And flawed forms of both, each found by the same program.

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

using namespace std::chrono_literals;

enum class Flaw : std::uint8_t {
  none,
  outlives,    ///< A child of the body does not belong to the group.
  swallows,    ///< An outer cancellation is lost when there is an error too.
  unbalanced,  ///< The request by which the scope cancels its own task is not taken back.
};

class Alive {
 public:
  explicit Alive(int& count) : count_(count) { ++count_; }
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;
  ~Alive() { --count_; }

 private:
  int& count_;
};

Task<> child(int& alive, bool fails) {
  const Alive self(alive);
  co_await yield();
  if (fails) throw std::domain_error("child");
}

/// One group of two children, the second of which may fail.
template <Flaw flaw>
Task<> one_group(int& alive, bool fails) {
  bool has_error = false;
  try {
    co_await task_group([&](TaskGroup& group) -> Task<> {
      if (flaw == Flaw::outlives) {
        spawn(child(alive, false));
      } else {
        group.spawn(child(alive, false));
      }
      group.spawn(child(alive, fails));
      co_return;
    });
  } catch (const ExceptionGroup&) {
    has_error = true;
  }
  if (has_error && flaw == Flaw::swallows && this_task().cancelling() > 0) this_task().uncancel();
  if (has_error && flaw == Flaw::unbalanced) {
    this_task().cancel();
    try {
      co_await yield();
    } catch (const CancelledError&) {
    }
  }
}

/// A timeout that expires in the second of two rounds.
template <Flaw flaw>
Task<> one_timeout(int& alive, bool expires) {
  bool is_timeout = false;
  try {
    co_await with_timeout(1s, [&](TimeoutScope&) -> Task<> {
      const Alive self(alive);
      co_await yield();
      if (expires) co_await sleep_for(2s);
    });
  } catch (const TimeoutError&) {
    is_timeout = true;
  }
  if (is_timeout && flaw == Flaw::swallows && this_task().cancelling() > 0) this_task().uncancel();
  if (is_timeout && flaw == Flaw::unbalanced) {
    this_task().cancel();
    try {
      co_await yield();
    } catch (const CancelledError&) {
    }
  }
}

using Round = Task<>(int& alive, bool special);

Task<> rounds(Round* round, int& alive, std::uint32_t& requests) {
  try {
    for (int i = 0; i < 2; ++i) {
      co_await round(alive, i == 1);
      check(alive == 0, "a child outlives its scope");
      co_await yield();  // Where a cancellation that was put back comes.
    }
  } catch (const CancelledError&) {
    check(alive == 0, "a child outlives its scope");
    requests = this_task().cancelling();
    throw;
  }
  requests = this_task().cancelling();
}

Task<> cancel_it(const TaskHandle<>& victim, bool& was_cancelled) {
  was_cancelled = victim.cancel();
  co_return;
}
Task<> cancel_after(Clock::duration duration, const TaskHandle<>& victim, bool& was_cancelled) {
  co_await sleep_for(duration);
  was_cancelled = victim.cancel();
}

Task<> program(Round* round, Clock::duration cancelled_after) {
  int alive = 0;
  std::uint32_t requests = 0;
  bool was_cancelled = false;
  const TaskHandle<> runner = spawn(rounds(round, alive, requests));
  const TaskHandle<> canceller =
      spawn(cancelled_after > 0s ? cancel_after(cancelled_after, runner, was_cancelled)
                                 : cancel_it(runner, was_cancelled));
  const Settled<void> end = co_await settled(runner);
  co_await canceller;
  co_await wait_all_tasks_blocked();
  check(end.cancelled() == was_cancelled, "a cancellation is swallowed, or one is made up");
  // A runner that was cancelled before its first step has counted nothing.
  if (!was_cancelled) check(requests == 0, "the cancel count is not balanced");
}

template <Flaw flaw>
Task<> stress_group() {
  return program(one_group<flaw>, 0s);
}
/// The cancellation comes at any point, or together with the deadline.
template <Flaw flaw>
Task<> stress_timeout() {
  co_await program(one_timeout<flaw>, choose(2) == 0 ? Clock::duration(0s) : Clock::duration(1s));
}

/// No await of these programs completes at once, so all AwaitPoints have the same schedules.
template <class Body>
void expect_correct(std::uint64_t schedules, Body body) {
  for (const AwaitPoints points :
       {AwaitPoints::suspending, AwaitPoints::operations, AwaitPoints::every}) {
    SCOPED_TRACE(to_string(points));
    const Report report = explore(body, exhaustively(points));
    EXPECT_THAT(report, PassesExhaustively());
    EXPECT_EQ(report.schedules, schedules);
  }
}

template <class Body>
void expect_found(Body body, const std::string& claim) {
  Options options = exhaustively(AwaitPoints::suspending);
  options.keep_going = true;
  const Report report = explore(body, options);
  std::vector<std::string> violated;
  for (const Failure& failure : report.failures) violated.push_back(failure.message);
  EXPECT_THAT(violated, ::testing::Contains(claim));
}

TEST(StructuredStress, LeavesTaskGroupsCorrect) { expect_correct(767, stress_group<Flaw::none>); }
TEST(StructuredStress, LeavesTimeoutsCorrect) { expect_correct(25, stress_timeout<Flaw::none>); }

TEST(StructuredStress, FindsTheChildThatOutlivesItsGroup) {
  expect_found(stress_group<Flaw::outlives>, "a child outlives its scope");
}
TEST(StructuredStress, FindsTheGroupThatSwallowsACancellation) {
  expect_found(stress_group<Flaw::swallows>, "a cancellation is swallowed, or one is made up");
}
TEST(StructuredStress, FindsTheGroupThatKeepsItsRequest) {
  expect_found(stress_group<Flaw::unbalanced>, "the cancel count is not balanced");
}
TEST(StructuredStress, FindsTheTimeoutThatKeepsItsRequest) {
  expect_found(stress_timeout<Flaw::unbalanced>, "the cancel count is not balanced");
}

}  // namespace
}  // namespace coweave::test
