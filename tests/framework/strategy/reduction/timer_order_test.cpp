#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "coweave/core/hash.hpp"
#include "coweave/replay/follow.hpp"
#include "framework/strategy/reduction/generated_run.hpp"
#include "framework/strategy/reduction/search_rig.hpp"

// Generated programs of timeouts and cancellation where no reduction applies: timers in any order,
// with and without injected cancellations. Every failure must replay, the enumeration must be the
// same each time, and what happens while time stands still must happen here too.

namespace coweave::test {
namespace {

using detail::Execution;
using detail::FollowStrategy;

std::vector<NamedMix> timed_mixes() {
  std::vector<NamedMix> timed;
  for (const NamedMix& named : mixes()) {
    const std::string_view name = named.name;
    if (name == "deadlines" || name == "moved_deadlines" || name.starts_with("timed_"))
      timed.push_back(named);
  }
  return timed;
}

Injections with(TimerOrder timers, std::uint32_t early_timers, std::uint32_t cancellations) {
  Injections injections;
  injections.timers = timers;
  injections.early_timers = early_timers;
  injections.cancellation.at_most = cancellations;
  return injections;
}

/// Every schedule in the order of the enumeration, checked before each pick.
class CheckedEnumeration final : public Strategy {
 public:
  explicit CheckedEnumeration(const Execution& execution) : execution_(execution) {}
  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    return every_.begin_execution(number);
  }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    execution_.check_structures();
    return every_.pick(point);
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return every_.choose(alternatives);
  }
  void end_execution(std::span<const Step> steps) override { every_.end_execution(steps); }

 private:
  ExhaustiveStrategy every_;
  const Execution& execution_;
};

struct Enumerated {
  std::set<std::string> outcomes;
  std::uint64_t executions = 0;
  std::uint64_t digest = 0;  // Of all executions in their order.
  std::uint64_t reached = 0;
  std::string complaint;
};

/// All executions, and whether the failing ones replay from their picks.
Enumerated enumerate(const RandomProgram& program, const NamedMix& named,
                     const Injections& injections) {
  Enumerated found;
  FinalState final;
  Oracle oracle;
  oracle.time_stands_still = injections.timers == TimerOrder::when_idle;
  Execution execution({named.await_points, 1'000, {}, injections});
  const detail::Body root = [&] {
    detail::spawn_root(run_program(program, final, oracle), {}, false, {});
  };
  CheckedEnumeration every(execution);
  for (std::uint64_t number = 1; every.begin_execution(number); ++number) {
    oracle.is_production_order = number == 1;
    execution.run(root, every);
    every.end_execution(execution.steps());
    const std::string outcome = outcome_of(execution, final);
    const std::uint64_t fingerprint = execution.fingerprint();
    found.digest = roll(found.digest, fingerprint);
    for (const char c : outcome) found.digest = roll(found.digest, static_cast<unsigned char>(c));
    ++found.executions;
    if (!found.outcomes.insert(outcome).second || execution.failures().empty()) continue;
    FollowStrategy again(detail::picks_of(execution.steps()));
    execution.run(root, again);
    EXPECT_TRUE(again.followed());
    EXPECT_EQ(execution.fingerprint(), fingerprint);
    EXPECT_EQ(outcome_of(execution, final), outcome);
  }
  found.reached = oracle.executed;
  found.complaint = oracle.complaint;
  return found;
}

/// Every failure that an exploration reports survives its file.
void expect_failures_replay(const RandomProgram& program, const NamedMix& named,
                            const Injections& injections) {
  FinalState final;
  const auto body = [&] { return run_program(program, final); };
  Options options;
  options.strategy = exhaustive();
  options.await_points = named.await_points;
  options.compare_await_points = false;
  options.timers = injections.timers;
  options.inject_cancellation = injections.cancellation;
  options.max_schedules = 200;
  options.keep_going = true;
  options.shrink.max_executions = 0;
  const Report report = explore(body, options);
  for (const Failure& failure : report.failures) {
    const Schedule loaded = Schedule::from_json(failure.schedule.to_json(), "generated");
    ASSERT_EQ(loaded, failure.schedule);
    const Report replayed = replay(body, loaded);
    ASSERT_EQ(replayed.failures.size(), 1U) << replayed;
    EXPECT_EQ(replayed.failures.front().kind, failure.kind);
    EXPECT_EQ(replayed.failures.front().message, failure.message);
    EXPECT_EQ(replayed.failures.front().schedule.fingerprint, failure.schedule.fingerprint);
    EXPECT_EQ(replayed.failures.front().schedule.trace, failure.schedule.trace);
  }
}

class TimedMix : public testing::TestWithParam<NamedMix> {
 protected:
  static void run(std::string_view suffix, const Injections& early, std::uint64_t wanted) {
    constexpr std::uint64_t most = 1'000;
    const NamedMix& named = GetParam();
    GeneratedRun generated(std::string(named.name) + std::string(suffix), named.mix.actions);
    generated.expect_no_started_tasks();
    Injections idle = early;
    idle.timers = TimerOrder::when_idle;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + wanted; ++seed) {
      const auto fitted = fitted_program(named, seed, early, most);
      if (!fitted) {
        generated.skip();
        continue;
      }
      SCOPED_TRACE("seed " + std::to_string(seed) + ": " + to_text(*fitted));
      const Enumerated any = enumerate(*fitted, named, early);
      const Enumerated again = enumerate(*fitted, named, early);
      ASSERT_EQ(any.digest, again.digest);
      ASSERT_EQ(any.complaint, "");
      const Enumerated when_idle = enumerate(*fitted, named, idle);
      ASSERT_EQ(when_idle.complaint, "");
      ASSERT_TRUE(std::includes(any.outcomes.begin(), any.outcomes.end(),
                                when_idle.outcomes.begin(), when_idle.outcomes.end()));
      expect_failures_replay(*fitted, named, early);
      ASSERT_FALSE(HasFailure());
      generated.compared(any.reached, any.executions);
    }
    generated.conclude();
  }
};

TEST_P(TimedMix, EarlyTimersComeToAllThatIdleOnesComeTo) {
  run(" with timers in any order", with(TimerOrder::any, Injections::unlimited, 0),
      programs_to_compare(2));
}

TEST_P(TimedMix, EarlyTimersAndACancellationToo) {
  run(" with timers in any order and a cancellation",
      with(TimerOrder::any, Injections::unlimited, 1), programs_to_compare(5));
}

// Real time, a few milliseconds a program: whatever it comes to, it comes to an end.
TEST_P(TimedMix, ProgramsEndUnderRun) {
  const NamedMix& named = GetParam();
  const std::uint64_t programs = std::min<std::uint64_t>(programs_to_compare(10), 200);
  std::uint64_t ended = 0;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + programs; ++seed) {
    FinalState final;
    Oracle oracle;
    oracle.time_stands_still = false;
    const RandomProgram program = random_program(named.mix, seed);
    try {
      coweave::run(run_program(program, final, oracle));
      ++ended;
    } catch (const Error&) {
      // A deadlock.
    } catch (const std::exception&) {
    } catch (const CancelledError&) {
    }
    EXPECT_EQ(oracle.complaint, "") << "seed " << seed << ": " << to_text(program);
  }
  EXPECT_TRUE(ended > 0 || programs < 10);
}

INSTANTIATE_TEST_SUITE_P(Generated, TimedMix, testing::ValuesIn(timed_mixes()),
                         [](const auto& mix) { return std::string(mix.param.name); });

}  // namespace
}  // namespace coweave::test
