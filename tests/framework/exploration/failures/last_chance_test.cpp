#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "coweave/execution/execution.hpp"
#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"
#include "coweave/replay/follow.hpp"
#include "framework/exploration/generated_settings.hpp"
#include "programs/generated_program.hpp"

// "The last moment at which it could still pass" is claimed only where it is: compared with all
// executions of small programs.

namespace coweave {
namespace {

using testing::HasSubstr;
using testing::Not;

struct State {
  bool is_set = false;
  bool is_early = false;
  bool has_started = false;
  int turns = 0;
};

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}
Task<> sets_after(State& state, int yields_before) {
  state.has_started = true;
  for (int i = 0; i < yields_before; ++i) co_await yield();
  state.is_set = true;
}
Task<> is_early_before(State& state) {
  state.is_early = !state.has_started;
  co_return;
}
Task<> reads_after(State& state, int yields_before) {
  for (int i = 0; i < yields_before; ++i) co_await yield();
  check(state.is_set || state.is_early, "set before it is read");
}

// Each of these has its last moment where a production order from there does not pass, or far
// behind the first decision.
Task<> reads_too_early() {
  State state;
  co_await gather(sets_after(state, 3), reads_after(state, 1));
}
Task<> two_ways_to_pass() {
  State state;
  co_await gather(sets_after(state, 3), is_early_before(state), reads_after(state, 1));
}
Task<> two_readers() {
  State state;
  co_await gather(sets_after(state, 2), reads_after(state, 1), reads_after(state, 2));
}
Task<> with_a_bystander() {
  State state;
  co_await gather(yields(2), sets_after(state, 2), reads_after(state, 1));
}
Task<> takes_turns(State& state, int turn) {
  co_await yield();
  check(state.turns++ == turn, "turns");
}
Task<> in_reverse_order() {
  State state;
  co_await gather(takes_turns(state, 2), takes_turns(state, 1), takes_turns(state, 0));
}
Task<> increments(int& counter) {
  const int seen = counter;
  co_await yield();
  counter = seen + 1;
}
Task<> lost_update() {
  int counter = 0;
  co_await gather(increments(counter), increments(counter), increments(counter));
  check(counter == 3, "an update was lost");
}
Task<> waits(Event& event) { co_await event.wait(); }
Task<> pulses(Event& event) {
  co_await yield();
  event.set();
  event.clear();
}
Task<> lost_pulse() {
  Event event("pulse");
  co_await gather(pulses(event), waits(event), yields(1));
}
Task<> locks(Lock& first, Lock& second) {
  const LockGuard one = co_await first.scoped();
  const LockGuard two = co_await second.scoped();
}
Task<> lock_order() {
  Lock first("first");
  Lock second("second");
  co_await gather(locks(first, second), locks(second, first));
}
Task<> throws_unless(State& state) {
  co_await yield();
  if (!state.is_set) throw std::runtime_error("not set");
}
/// The exception is a failure only where nobody awaits the task in time: steps behind the one that
/// throws matter too.
Task<> handled_if_awaited_in_time() {
  State state;
  const TaskHandle<> thrower = spawn(throws_unless(state), "thrower");
  co_await gather(sets_after(state, 1), yields(2));
  if (!thrower.done()) {
    try {
      co_await thrower;
    } catch (const std::runtime_error&) {
    }
  }
}
Task<> chooses() {
  State state;
  state.turns = static_cast<int>(choose(3));
  co_await gather(yields(1), sets_after(state, 1));
  check(state.turns != static_cast<int>(choose(2)), "chosen alike");
}
Task<> fails_always() {
  check(false, "always");
  co_await gather(yields(1), yields(1));
}

struct Program {
  std::string_view name;
  Task<> (*body)();
};
constexpr std::array programs_of_the_kind{
    Program{"reads_too_early", reads_too_early},
    Program{"two_ways_to_pass", two_ways_to_pass},
    Program{"two_readers", two_readers},
    Program{"with_a_bystander", with_a_bystander},
    Program{"in_reverse_order", in_reverse_order},
    Program{"lost_update", lost_update},
    Program{"lost_pulse", lost_pulse},
    Program{"lock_order", lock_order},
    Program{"handled_if_awaited_in_time", handled_if_awaited_in_time},
    Program{"chooses", chooses},
    Program{"fails_always", fails_always}};

/// What plain enumeration knows of a failing schedule.
struct Truth {
  std::uint64_t executions = 0;
  std::optional<std::size_t> last;  // Decision of the latest parting that passes.
  std::uint64_t later = 0;          // Executions that part later, or all others.
};

/// Executes every schedule of `body`, at most `most`; none if there are more.
template <class Body>
std::optional<Truth> truth_of(const Body& body, const Schedule& failing, std::uint64_t most) {
  detail::Execution execution({failing.await_points, 10'000, {}});
  const auto root = detail::root_of(body);
  Truth truth;
  std::vector<std::size_t> partings;
  std::vector<std::uint32_t> picks;
  while (true) {
    if (++truth.executions > most) return std::nullopt;
    detail::FollowStrategy follow(picks);
    static_cast<void>(follow.begin_execution(1));
    execution.run(root, follow);
    const std::vector<std::uint32_t> taken = detail::picks_of(execution.steps());
    const auto parted = static_cast<std::size_t>(
        std::mismatch(taken.begin(), taken.end(), failing.picks.begin(), failing.picks.end())
            .first -
        taken.begin());
    if (taken != failing.picks) partings.push_back(parted);
    if (execution.failures().empty() && (!truth.last || parted > *truth.last)) truth.last = parted;
    std::vector<std::uint32_t> alternatives;
    for (const Step& step : execution.steps())
      if (step.alternatives > 1) alternatives.push_back(step.alternatives);
    picks = taken;
    while (!picks.empty() && picks.back() + 1 == alternatives[picks.size() - 1]) picks.pop_back();
    if (picks.empty()) break;
    ++picks.back();
  }
  for (const std::size_t parted : partings)
    if (!truth.last || parted > *truth.last) ++truth.later;
  return truth;
}

/// The decision that a step of a trace is.
std::size_t decision_of(const Trace& trace, std::size_t step) {
  return static_cast<std::size_t>(
      std::count_if(trace.steps.begin(), trace.steps.begin() + static_cast<std::ptrdiff_t>(step),
                    [](const TraceStep& each) { return each.alternatives > 1; }));
}

template <class Body>
void expect_true(const Body& body, const Report& report, const Truth& truth) {
  const Failure& failure = report.failures.front();
  const Explanation& explanation = failure.explanation;
  ASSERT_TRUE(explanation.search.has_value());
  if (explanation.passing) {
    ASSERT_TRUE(truth.last.has_value());
    const std::size_t found = decision_of(failure.schedule.trace, explanation.passing->step);
    EXPECT_LE(found, *truth.last);
    EXPECT_THAT(replay(body, explanation.passing->schedule), Passes());
    if (explanation.search->is_complete) {
      EXPECT_EQ(found, *truth.last);
    }
  } else if (explanation.search->is_complete) {
    EXPECT_FALSE(truth.last.has_value());
  }
}

TEST(LastChance, IsThatOfPlainEnumeration) {
  for (const Program& program : programs_of_the_kind) {
    SCOPED_TRACE(program.name);
    for (const StrategyRecipe& strategy : {StrategyRecipe(), random_walk()}) {
      const Report report =
          explore(program.body, {.strategy = strategy, .seed = 3, .compare_await_points = false});
      ASSERT_FALSE(report.failures.empty());
      const auto truth = truth_of(program.body, report.failures.front().schedule, 20'000);
      ASSERT_TRUE(truth.has_value());
      expect_true(program.body, report, *truth);
      EXPECT_TRUE(report.failures.front().explanation.search->is_complete);
      EXPECT_EQ(report.failures.front().explanation.passing.has_value(), truth->last.has_value());
    }
  }
}

// The field's example. 1 start of the body, then an order of setter 4, bird 1, reader 2 steps and
// the end of the body: 7!/(4! 1! 2!) = 105 schedules.
TEST(LastChance, IsFoundWhereTheProductionOrderFromThereFails) {
  const Report report = explore(two_ways_to_pass, {.compare_await_points = false});
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const auto truth = truth_of(two_ways_to_pass, report.failures.front().schedule, 1'000);
  ASSERT_TRUE(truth.has_value());
  EXPECT_EQ(truth->executions, 105U);
  ASSERT_TRUE(report.failures.front().explanation.passing.has_value());
  std::ostringstream text;
  text << report;
  EXPECT_THAT(text.str(),
              HasSubstr("the last moment at which it could still pass is step " +
                        std::to_string(report.failures.front().explanation.passing->step + 1)));
}

// Orders that were claimed to be all are counted: each was executed once.
TEST(LastChance, IsNeverFalseOfGeneratedPrograms) {
  std::uint64_t compared = 0;
  std::uint64_t exact = 0;
  const std::uint64_t wanted = test::programs_to_compare(1, 150);
  for (std::uint64_t seed = 1; seed <= wanted; ++seed) {
    const programs::generated::Program program = programs::generated::generate(seed);
    const auto body = [&program] { return programs::generated::run_program(program); };
    const Report report = explore(body, {.max_schedules = 500,
                                         .shrink = {.max_time = std::chrono::hours(1)},
                                         .compare_await_points = false});
    if (report.failures.empty()) continue;
    const auto truth = truth_of(body, report.failures.front().schedule, 2'000);
    if (!truth) continue;
    SCOPED_TRACE(seed);
    ++compared;
    expect_true(body, report, *truth);
    const PassingSearch& search = *report.failures.front().explanation.search;
    if (!search.is_complete) continue;
    ++exact;
    // Orders that part only behind a failed check cannot matter, and are not executed.
    EXPECT_LE(search.failing, truth->later);
  }
  std::printf("%llu failing programs compared, %llu of them exact, of %llu\n",
              static_cast<unsigned long long>(compared), static_cast<unsigned long long>(exact),
              static_cast<unsigned long long>(wanted));
  EXPECT_GT(compared, wanted / 4);
  EXPECT_EQ(exact, compared);
}

Task<> large() {
  State state;
  co_await gather(yields(6), yields(6), yields(6), sets_after(state, 6), reads_after(state, 1),
                  yields(6));
}

// 6 tasks of 7 steps and more: far more orders than are executed. Nothing may be called the last.
TEST(LastChance, IsNotClaimedWhereNotEveryLaterOrderWasExecuted) {
  const Report report =
      explore(large, {.shrink = {.max_executions = 200}, .compare_await_points = false});
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  ASSERT_TRUE(report.failures.front().explanation.search.has_value());
  std::ostringstream text;
  text << report;
  EXPECT_FALSE(report.failures.front().explanation.search->is_complete);
  EXPECT_THAT(text.str(), Not(HasSubstr("the last moment")));
  EXPECT_THAT(text.str(), testing::AnyOf(HasSubstr("the latest moment found at which"),
                                         HasSubstr("no passing order was found")));
}

Task<> never_passes() {
  co_await gather(yields(6), yields(6), yields(6), yields(6));
  check(false, "whatever the order");
}

// 28!/(7!)^4 orders = 4.7e14: not all were executed, and that is said.
TEST(LastChance, SaysWhatWasTriedWhereNothingWasFound) {
  const Report report =
      explore(never_passes, {.shrink = {.max_executions = 100}, .compare_await_points = false});
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  const Explanation& explanation = report.failures.front().explanation;
  EXPECT_FALSE(explanation.passing.has_value());
  ASSERT_TRUE(explanation.search.has_value());
  EXPECT_FALSE(explanation.search->is_complete);
  EXPECT_GT(explanation.search->failing, 0U);
  std::ostringstream text;
  text << report;
  EXPECT_THAT(text.str(), HasSubstr("no passing order was found: " +
                                    std::to_string(explanation.search->failing) +
                                    " executions of other orders fail too, and there are more"));
  EXPECT_THAT(text.str(), Not(HasSubstr("no order passes")));
}

// What the call of the body chooses belongs to no task: there is none yet when the limit ends it.
TEST(LastChance, OfChoicesBeforeThereIsATask) {
  const auto chooses_too_often = []() -> Task<> {
    while (choose(2) == 0) {
    }
    return yields(1);
  };
  const Report report =
      explore(chooses_too_often, {.max_steps = 12, .compare_await_points = false});
  ASSERT_THAT(report, FailsWith(FailureKind::livelock));
  ASSERT_TRUE(report.failures.front().explanation.passing.has_value());
  EXPECT_THAT(report.failures.front().explanation.passing->failing,
              HasSubstr("the call of the test body ("));
}

// fails_always: its check fails in the first step, before there is anything to decide.
TEST(LastChance, SaysThatNoOrderPassesOnlyWhereAllWereExecuted) {
  std::ostringstream text;
  text << explore(fails_always, {.compare_await_points = false});
  EXPECT_THAT(text.str(),
              HasSubstr("no order passes: it fails before there is anything to decide"));
  const auto either_way = []() -> Task<> {
    co_await gather(yields(1), yields(1));
    check(false, "always");
  };
  std::ostringstream all;
  // Two tasks of two steps: 4!/(2! 2!) = 6 orders.
  all << explore(either_way, {.compare_await_points = false});
  EXPECT_THAT(all.str(),
              HasSubstr("no order passes: all 5 that part from it before it fails were executed, "
                        "and fail too"));
}

}  // namespace
}  // namespace coweave
