#include <gtest/gtest.h>

#include "coweave/strategy/reduction/source_sets.hpp"
#include "coweave/strategy/reduction/wakeup_trees.hpp"
#include "framework/strategy/reduction/generated_run.hpp"
#include "framework/strategy/reduction/linear_extensions.hpp"
#include "framework/strategy/reduction/search_rig.hpp"

// The adversary: the reduced searches against the plain enumeration, on generated programs.

namespace coweave::test {
namespace {

using detail::PlainSearch;
using detail::SourceSets;
using detail::WakeupTrees;

class Generated : public testing::TestWithParam<NamedMix> {};

TEST_P(Generated, ReducedSearchesFindWhatPlainEnumerationFinds) {
  const std::uint64_t wanted = programs_to_compare();
  constexpr std::uint64_t most = 2'000;
  const NamedMix& named = GetParam();
  GeneratedRun run(named.name, named.mix.actions);
  std::uint64_t executions = 0;
  std::uint64_t reduced = 0;
  std::uint64_t classes = 0;
  std::uint64_t optimal = 0;
  std::uint64_t probes = 0;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + wanted; ++seed) {
    const auto fitted = fitted_program(named, seed, {}, most);
    if (!fitted) {
      run.skip();
      continue;
    }
    const RandomProgram& program = *fitted;
    FinalState final;
    Oracle oracle;
    const auto body = [&] { return run_program(program, final, oracle); };
    PlainSearch plain;
    std::map<std::uint64_t, std::uint64_t> extensions;
    bool one_outcome = true;
    std::map<std::uint64_t, std::string> outcome_of_class;
    const auto each = [&](const std::string& outcome) {
      oracle.is_production_order = false;
      const auto [known, is_new] = outcome_of_class.try_emplace(plain.last_class(), outcome);
      one_outcome = one_outcome && known->second == outcome;
      if (is_new) extensions[plain.last_class()] = linear_extensions(plain.order());
    };
    oracle.is_production_order = true;
    const Found all = run_search(plain, body, final, 4 * most, each, named.await_points);
    ASSERT_TRUE(all.is_complete) << "seed " << seed << ": " << to_text(program);
    ASSERT_EQ(oracle.complaint, "") << "seed " << seed << ": " << to_text(program);
    run.compared(oracle.executed, all.classes.size());
    // The table of dependences, whatever the search: equivalent executions end alike, and all
    // orders that happens-before allows are executions.
    EXPECT_TRUE(one_outcome) << "seed " << seed << ": " << to_text(program);
    for (const auto& [name, count] : all.classes)
      ASSERT_EQ(count, extensions[name]) << "seed " << seed << ": " << to_text(program);

    SourceSets source_sets;
    const Found some = run_search(source_sets, body, final, 4 * most, named.await_points);
    EXPECT_TRUE(some.is_complete) << "seed " << seed;
    EXPECT_EQ(some.outcomes, all.outcomes) << "seed " << seed << ": " << to_text(program);
    ASSERT_EQ(some.classes.size(), all.classes.size())
        << "seed " << seed << ": " << to_text(program);

    executions += all.executions;
    reduced += some.executions + some.blocked;
    classes += all.classes.size();
    if (chooses(program)) continue;  // That is for the source sets alone.
    WakeupTrees wakeup_trees;
    const Found best = run_search(wakeup_trees, body, final, 4 * most, named.await_points);
    EXPECT_TRUE(best.is_complete) << "seed " << seed;
    EXPECT_EQ(best.outcomes, all.outcomes) << "seed " << seed << ": " << to_text(program);
    ASSERT_EQ(best.classes.size(), all.classes.size())
        << "seed " << seed << ": " << to_text(program);
    EXPECT_EQ(best.executions, all.classes.size()) << "seed " << seed << ": " << to_text(program);
    EXPECT_EQ(best.blocked, 0U) << "seed " << seed << ": " << to_text(program);
    optimal += best.executions;
    probes += best.probes;
  }
  run.conclude();
  RecordProperty("executions", std::to_string(executions));
  RecordProperty("source_sets", std::to_string(reduced));
  RecordProperty("classes", std::to_string(classes));
  RecordProperty("wakeup_trees", std::to_string(optimal));
  RecordProperty("probes", std::to_string(probes));
}

// Too large for the plain enumeration: the two engines against each other.
TEST(GeneratedLarger, EnginesAgree) {
  const Mix mix{3,
                4,
                8,
                with(data_actions, {Action::lock, Action::set, Action::wait, Action::join}),
                {Ending::quiet},
                3,
                6};
  GeneratedRun run("larger", mix.actions);
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 100; ++seed) {
    constexpr std::uint64_t most = 3'000;
    FinalState final;
    Oracle oracle;
    const auto search = [&](const RandomProgram& program) {
      SourceSets source_sets;
      return run_search(
          source_sets, [&] { return run_program(program, final, oracle); }, final, most);
    };
    const auto fitted = fitted_program(mix, seed, most, [&](const RandomProgram& program) {
      const Found found = search(program);
      return found.is_complete ? found.executions : most + 1;
    });
    if (!fitted) {
      run.skip();
      continue;
    }
    const RandomProgram& program = *fitted;
    oracle = {};
    const Found some = search(program);
    run.compared(oracle.executed, some.classes.size());
    const auto body = [&] { return run_program(program, final); };
    WakeupTrees wakeup_trees;
    const Found best = run_search(wakeup_trees, body, final, 12'000);
    EXPECT_TRUE(best.is_complete) << "seed " << seed;
    EXPECT_EQ(best.outcomes, some.outcomes) << "seed " << seed << ": " << to_text(program);
    EXPECT_EQ(best.executions, best.classes.size()) << "seed " << seed << ": " << to_text(program);
    ASSERT_EQ(best.outcome_of, some.outcome_of) << "seed " << seed << ": " << to_text(program);
  }
  run.conclude();
}

INSTANTIATE_TEST_SUITE_P(Mixes, Generated, testing::ValuesIn(mixes()),
                         [](const auto& mix) { return std::string(mix.param.name); });

}  // namespace
}  // namespace coweave::test
