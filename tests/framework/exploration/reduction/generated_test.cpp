#include <gtest/gtest.h>

#include "coweave/exploration/reduction/source_sets.hpp"
#include "coweave/exploration/reduction/wakeup_trees.hpp"
#include "framework/exploration/reduction/linear_extensions.hpp"
#include "framework/exploration/reduction/search_rig.hpp"

// The adversary: the reduced searches against the plain enumeration, on generated programs.

// Of each mix; a nightly build compares 10,000.
#ifndef COWEAVE_GENERATED_PROGRAMS
#define COWEAVE_GENERATED_PROGRAMS 300
#endif

namespace coweave::test {
namespace {

using detail::PlainSearch;
using detail::SourceSets;
using detail::WakeupTrees;

const std::vector<Action> data{Action::yield,        Action::yield,  Action::read,
                               Action::read,         Action::write,  Action::write,
                               Action::write_if_odd, Action::update, Action::read_if_odd};

std::vector<Action> with(std::vector<Action> actions, std::initializer_list<Action> more) {
  actions.insert(actions.end(), more);
  return actions;
}

struct Named {
  const char* name;
  Mix mix;
  AwaitPoints await_points = AwaitPoints::every;
};

std::vector<Named> mixes() {
  const auto choices = with(data, {Action::choose, Action::check});
  const auto locks = with(data, {Action::lock, Action::lock, Action::unlock, Action::locked});
  const auto plain_locks = with(data, {Action::lock, Action::lock, Action::lock, Action::unlock});
  const auto semaphores =
      with(data, {Action::acquire, Action::acquire, Action::release, Action::bounded});
  const auto events = with(data, {Action::set, Action::clear, Action::wait, Action::is_set});
  const auto conditions = with(data, {Action::wait_notified, Action::notify, Action::sleep});
  const auto joins = with(data, {Action::join, Action::done, Action::sleep});
  const std::vector<Action> all{
      Action::yield,  Action::yield,   Action::read,    Action::write,         Action::write_if_odd,
      Action::update, Action::lock,    Action::unlock,  Action::acquire,       Action::release,
      Action::set,    Action::clear,   Action::wait,    Action::wait_notified, Action::notify,
      Action::join,   Action::bounded, Action::check};
  const std::vector<Action> cancellation = with(all, {Action::cancel, Action::cancel});
  const std::vector<Action> everything = with(cancellation, {Action::choose, Action::choose});
  return {
      {"data", {3, 4, 6, data}},
      {"choices", {3, 3, 5, choices, {Ending::quiet, Ending::join}}},
      {"locks", {2, 3, 6, locks}},
      {"plain_locks", {2, 3, 7, plain_locks}},
      {"semaphores", {2, 3, 6, semaphores}},
      {"events", {2, 4, 5, events}},
      {"conditions", {2, 3, 4, conditions}},
      {"joins", {2, 3, 5, joins, {Ending::quiet, Ending::join, Ending::leave}}},
      {"all", {3, 3, 5, all, {Ending::quiet, Ending::join, Ending::leave}}},
      {"cancellation", {3, 3, 4, cancellation, {Ending::quiet, Ending::join}}},
      {"everything", {3, 3, 4, everything, {Ending::quiet, Ending::join, Ending::leave}}},
      {"suspending", {3, 4, 6, all}, AwaitPoints::suspending},
      {"suspending_cancellation", {3, 3, 6, cancellation}, AwaitPoints::suspending},
      {"operations", {3, 3, 5, cancellation}, AwaitPoints::operations},
  };
}

bool chooses(const RandomProgram& program) {
  for (const std::vector<Instruction>& task : program.tasks)
    for (const Instruction& at : task)
      if (at.action == Action::choose) return true;
  return false;
}

class Generated : public testing::TestWithParam<Named> {};

TEST_P(Generated, ReducedSearchesFindWhatPlainEnumerationFinds) {
  constexpr std::uint64_t wanted = COWEAVE_GENERATED_PROGRAMS;
  constexpr std::uint64_t most = 3'000;
  const Named& named = GetParam();
  std::uint64_t compared = 0;
  std::uint64_t executions = 0;
  std::uint64_t reduced = 0;
  std::uint64_t classes = 0;
  std::uint64_t optimal = 0;
  std::uint64_t probes = 0;
  for (std::uint64_t seed = 1; compared < wanted; ++seed) {
    const RandomProgram program = random_program(named.mix, seed);
    FinalState final;
    const auto body = [&] { return run_program(program, final); };
    PlainSearch plain;
    std::map<std::uint64_t, std::uint64_t> extensions;
    bool one_outcome = true;
    std::map<std::uint64_t, std::string> outcome_of_class;
    const auto each = [&](const std::string& outcome) {
      const auto [known, is_new] = outcome_of_class.try_emplace(plain.last_class(), outcome);
      one_outcome = one_outcome && known->second == outcome;
      if (is_new) extensions[plain.last_class()] = linear_extensions(plain.order());
    };
    const Found all = run_search(plain, body, final, most, each, named.await_points);
    if (!all.is_complete || all.executions < 6) continue;
    ++compared;
    // The table of dependences, whatever the search: equivalent executions end alike, and all orders
    // that happens-before allows are executions.
    EXPECT_TRUE(one_outcome) << "seed " << seed << ": " << to_text(program);
    for (const auto& [name, count] : all.classes)
      ASSERT_EQ(count, extensions[name]) << "seed " << seed << ": " << to_text(program);

    SourceSets source_sets;
    const Found some = run_search(source_sets, body, final, most, named.await_points);
    EXPECT_TRUE(some.is_complete) << "seed " << seed;
    EXPECT_EQ(some.outcomes, all.outcomes) << "seed " << seed << ": " << to_text(program);
    ASSERT_EQ(some.classes.size(), all.classes.size()) << "seed " << seed << ": " << to_text(program);

    executions += all.executions;
    reduced += some.executions + some.blocked;
    classes += all.classes.size();
    if (chooses(program)) continue;  // That is for the source sets alone.
    WakeupTrees wakeup_trees;
    const Found best = run_search(wakeup_trees, body, final, 4 * most, named.await_points);
    EXPECT_TRUE(best.is_complete) << "seed " << seed;
    EXPECT_EQ(best.outcomes, all.outcomes) << "seed " << seed << ": " << to_text(program);
    ASSERT_EQ(best.classes.size(), all.classes.size()) << "seed " << seed << ": " << to_text(program);
    EXPECT_EQ(best.executions, all.classes.size()) << "seed " << seed << ": " << to_text(program);
    EXPECT_EQ(best.blocked, 0U) << "seed " << seed << ": " << to_text(program);
    optimal += best.executions;
    probes += best.probes;
  }
  RecordProperty("executions", std::to_string(executions));
  RecordProperty("source_sets", std::to_string(reduced));
  RecordProperty("classes", std::to_string(classes));
  RecordProperty("wakeup_trees", std::to_string(optimal));
  RecordProperty("probes", std::to_string(probes));
}

// Too large for the plain enumeration: the two engines against each other.
TEST(GeneratedLarger, EnginesAgree) {
  const Mix mix{3, 4, 8, with(data, {Action::lock, Action::set, Action::wait, Action::join}),
                {Ending::quiet}, 3, 6};
  std::uint64_t compared = 0;
  for (std::uint64_t seed = 1; compared < 100; ++seed) {
    const RandomProgram program = random_program(mix, seed);
    FinalState final;
    const auto body = [&] { return run_program(program, final); };
    SourceSets source_sets;
    const Found some = run_search(source_sets, body, final, 3'000);
    if (!some.is_complete || some.classes.size() < 100) continue;
    ++compared;
    WakeupTrees wakeup_trees;
    const Found best = run_search(wakeup_trees, body, final, 12'000);
    EXPECT_TRUE(best.is_complete) << "seed " << seed;
    EXPECT_EQ(best.outcomes, some.outcomes) << "seed " << seed << ": " << to_text(program);
    EXPECT_EQ(best.executions, best.classes.size()) << "seed " << seed << ": " << to_text(program);
    ASSERT_EQ(best.outcome_of, some.outcome_of) << "seed " << seed << ": " << to_text(program);
  }
}

INSTANTIATE_TEST_SUITE_P(Mixes, Generated, testing::ValuesIn(mixes()),
                         [](const auto& mix) { return std::string(mix.param.name); });

}  // namespace
}  // namespace coweave::test
