#include "coweave/exploration/injection_sets.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "coweave/replay/follow.hpp"
#include "coweave/strategy/reduction/source_sets.hpp"
#include "coweave/strategy/reduction/wakeup_trees.hpp"
#include "framework/strategy/reduction/generated_run.hpp"
#include "framework/strategy/reduction/search_rig.hpp"

// Injections by intruders, under the reduced searches, against the plain enumeration of all points
// at which they may happen.

namespace coweave::test {
namespace {

using detail::Execution;
using detail::FollowStrategy;
using detail::IntrusionSets;
using detail::PathSearch;
using detail::SourceSets;
using detail::WakeupTrees;

struct Outcomes {
  std::set<std::string> all;
  std::uint64_t executions = 0;
  std::uint64_t injected = 0;
  std::uint64_t reached = 0;  // Actions.
  std::string complaint;
  bool is_complete = false;
};

Outcomes enumerate(const RandomProgram& program, const Injections& injections,
                   AwaitPoints await_points, std::uint64_t most) {
  Outcomes found;
  FinalState final;
  Oracle oracle;
  Execution execution({await_points, 1'000, {}, injections});
  const detail::Body root = [&] {
    detail::spawn_root(run_program(program, final, oracle), {}, false, {});
  };
  ExhaustiveStrategy every;
  for (std::uint64_t number = 1; every.begin_execution(number); ++number) {
    if (number > most) return found;
    execution.run(root, every);
    every.end_execution(execution.steps());
    found.all.insert(outcome_of(execution, final));
    ++found.executions;
    if (execution.injections() > 0) ++found.injected;
  }
  found.reached = oracle.executed;
  found.complaint = oracle.complaint;
  found.is_complete = true;
  return found;
}

/// Every execution is also repeated by its picks, with injections and without intruders, as a
/// failing one is: what it comes to then is what counts, and must differ in nothing.
Outcomes reduce(std::unique_ptr<PathSearch> search, const RandomProgram& program,
                const Injections& injections, AwaitPoints await_points) {
  Outcomes found;
  FinalState final;
  Execution execution({await_points, 1'000, {}, injections});
  const detail::Body root = [&] { detail::spawn_root(run_program(program, final), {}, false, {}); };
  IntrusionSets sets(injections);
  while (const auto set = sets.next()) {
    execution.intruders().send(*set);
    if (!set->empty()) {
      std::unique_ptr<PathSearch> next = search->another();
      next->continue_log_of(*search);
      search = std::move(next);
    }
    for (std::uint64_t number = 1; search->begin_execution(number); ++number) {
      execution.run(root, *search, {.accesses = search->accesses()});
      search->end_execution(execution.steps());
      if (search->was_probe() || execution.is_abandoned() || search->must_restart()) continue;
      ++found.executions;
      if (execution.injections() > 0) ++found.injected;
      const FinalState with_intruders = final;
      const std::uint32_t acted = execution.injections();
      const std::size_t failures = execution.failures().size();
      const std::uint64_t fingerprint = execution.fingerprint();
      FollowStrategy with_injections(detail::picks_of(execution.steps()));
      execution.run(root, with_injections);
      EXPECT_TRUE(with_injections.followed());
      EXPECT_EQ(execution.fingerprint(), fingerprint);
      EXPECT_EQ(final.variables, with_intruders.variables);
      EXPECT_EQ(final.accumulators, with_intruders.accumulators);
      EXPECT_EQ(final.positions, with_intruders.positions);
      EXPECT_EQ(execution.injections(), acted);
      EXPECT_EQ(execution.failures().size(), failures);
      found.all.insert(outcome_of(execution, final));
    }
    sets.extend(execution.intruders().chances());
  }
  found.is_complete = true;
  return found;
}

void compare(NamedMix named, const Injections& injections, std::uint64_t wanted,
             std::uint64_t most) {
  std::erase_if(named.mix.actions, [](Action action) {
    return action == Action::choose || action == Action::fault;  // For source sets alone.
  });
  GeneratedRun run(std::string(named.name) + " with " + in_words(injections), named.mix.actions);
  run.expect_no_started_tasks();
  std::uint64_t plain = 0;
  std::uint64_t reduced = 0;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + wanted; ++seed) {
    const auto fitted = fitted_program(named, seed, injections, most);
    if (!fitted) {
      run.skip();
      continue;
    }
    const RandomProgram& program = *fitted;
    const Outcomes all = enumerate(program, injections, named.await_points, most);
    ASSERT_TRUE(all.is_complete) << "seed " << seed << ": " << to_text(program);
    ASSERT_EQ(all.complaint, "") << "seed " << seed << ": " << to_text(program);
    const Outcomes trees =
        reduce(std::make_unique<WakeupTrees>(), program, injections, named.await_points);
    ASSERT_EQ(trees.all, all.all) << "seed " << seed << ": " << to_text(program);
    const Outcomes sets =
        reduce(std::make_unique<SourceSets>(), program, injections, named.await_points);
    ASSERT_EQ(sets.all, all.all) << "seed " << seed << ": " << to_text(program);
    run.compared(all.reached, trees.executions);
    plain += all.executions;
    reduced += trees.executions;
  }
  run.conclude();
  testing::Test::RecordProperty("plain", std::to_string(plain));
  testing::Test::RecordProperty("reduced", std::to_string(reduced));
}

class InjectedMix : public testing::TestWithParam<NamedMix> {};

TEST_P(InjectedMix, OneCancellationComesToWhatPlainEnumerationFinds) {
  Injections injections;
  injections.cancellation.at_most = 1;
  compare(GetParam(), injections, programs_to_compare(5), 3'000);
}

TEST_P(InjectedMix, TwoCancellationsComeToWhatPlainEnumerationFinds) {
  Injections injections;
  injections.cancellation.at_most = 2;
  compare(GetParam(), injections, programs_to_compare(20), 3'000);
}

// What the end of a task does depends on who watches it, and in which order that came: wakeup trees
// took the end of a task that nobody watched yet for the one that wakes a wait().
TEST(Injected, ATasksEndDependsOnWhoWatchesIt) {
  for (const NamedMix& named : mixes()) {
    if (std::string_view(named.name) != "waits") continue;
    const RandomProgram program = random_program(named.mix, 1'237);
    Injections injections;
    injections.cancellation.at_most = 1;
    const Outcomes all = enumerate(program, injections, named.await_points, 3'000);
    EXPECT_TRUE(all.is_complete);
    EXPECT_EQ(reduce(std::make_unique<WakeupTrees>(), program, injections, named.await_points).all,
              all.all);
  }
}

TEST(Injected, WakeUpsComeToWhatPlainEnumerationFinds) {
  for (const NamedMix& named : mixes()) {
    const std::string_view name = named.name;
    if (name != "conditions" && name != "all" && name != "cancellation" && name != "suspending")
      continue;
    Injections injections;
    injections.wakeups = 1;
    compare(named, injections, programs_to_compare(10), 3'000);
    injections.cancellation.at_most = 1;
    compare(named, injections, programs_to_compare(20), 3'000);
  }
}

INSTANTIATE_TEST_SUITE_P(Mixes, InjectedMix, testing::ValuesIn(mixes()),
                         [](const auto& mix) { return std::string(mix.param.name); });

}  // namespace
}  // namespace coweave::test
