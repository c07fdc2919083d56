#include <gtest/gtest.h>

#include <functional>

#include "coweave/strategy/reduction/source_sets.hpp"
#include "coweave/strategy/reduction/wakeup_trees.hpp"
#include "framework/strategy/reduction/classic_programs.hpp"
#include "framework/strategy/reduction/search_rig.hpp"

namespace coweave::test {
namespace {

using detail::SourceSets;
using detail::WakeupTrees;

struct Counted {
  const char* name;
  std::function<Task<>()> body;
  std::uint64_t classes;
};

// The numbers are facts about the programs: how many classes of equivalent interleavings there are.
std::vector<Counted> programs() {
  return {
      // Each reader before or after the writer: 2^N.
      {"readers_2", [] { return readers(2); }, 4},
      {"readers_6", [] { return readers(6); }, 64},
      {"readers_8", [] { return readers(8); }, 256},
      // (N + 3) * 2^(N - 2), as published with wakeup trees; N = 1 by hand.
      {"last_zero_1", [] { return last_zero(1); }, 2},
      {"last_zero_2", [] { return last_zero(2); }, 5},
      {"last_zero_3", [] { return last_zero(3); }, 12},
      {"last_zero_5", [] { return last_zero(5); }, 64},
      {"last_zero_10", [] { return last_zero(10); }, 3'328},
      // 7w mod 128 collides first for the twelfth task: three collisions of two tasks, 2^3.
      {"indexer_11", [] { return indexer(11); }, 1},
      {"indexer_12", [] { return indexer(12); }, 8},
      // N additions to one counter, in any order: N!; to v counters: (N!)^v.
      {"ainc_2", [] { return atomic_increments(2, 1); }, 2},
      {"ainc_5", [] { return atomic_increments(5, 1); }, 120},
      {"binc_3", [] { return atomic_increments(3, 2); }, 36},
      {"cinc_3", [] { return atomic_increments(3, 3); }, 216},
      // N reads and N writes of one variable: (N!)^2 classes.
      {"inc_2", [] { return torn_increments(2); }, 4},
      {"inc_3", [] { return torn_increments(3); }, 36},
      {"inc_4", [] { return torn_increments(4); }, 576},
      // The order in which they ask: N!.
      {"lockinc_2", [] { return locked_increments(2); }, 2},
      {"lockinc_3", [] { return locked_increments(3); }, 6},
      {"lockinc_5", [] { return locked_increments(5); }, 120},
      // From the 14th on each shares the block of one before: 2^(N - 13).
      {"filesystem_13", [] { return file_system(13); }, 1},
      {"filesystem_14", [] { return file_system(14); }, 2},
      {"filesystem_16", [] { return file_system(16); }, 8},
      {"filesystem_18", [] { return file_system(18); }, 32},
      {"popl", [] { return popl(); }, 5},
  };
}

TEST(Counts, WakeupTreesExecuteEachClassOnce) {
  const FinalState none;
  for (const Counted& program : programs()) {
    WakeupTrees search;
    const Found found = run_search(search, program.body, none, 100'000);
    EXPECT_TRUE(found.is_complete) << program.name;
    EXPECT_EQ(found.classes.size(), program.classes) << program.name;
    EXPECT_EQ(found.executions, program.classes) << program.name;
    EXPECT_EQ(found.blocked, 0U) << program.name;
  }
}

TEST(Counts, WakeupTreesExecuteEachClassOfLargeProgramsOnce) {
  const std::vector<Counted> large{
      {"readers_13", [] { return readers(13); }, 8'192},
      {"last_zero_15", [] { return last_zero(15); }, 147'456},  // 18 * 2^13.
      // From the twelfth on each collides three times with one before: 2^(3 * 4).
      {"indexer_15", [] { return indexer(15); }, 4'096},
      {"filesystem_19", [] { return file_system(19); }, 64},
  };
  const FinalState none;
  for (const Counted& program : large) {
    WakeupTrees search;
    const Found found = run_search(search, program.body, none, 200'000);
    EXPECT_TRUE(found.is_complete) << program.name;
    EXPECT_EQ(found.classes.size(), program.classes) << program.name;
    EXPECT_EQ(found.executions, program.classes) << program.name;
    EXPECT_EQ(found.blocked, 0U) << program.name;
  }
}

// The step that finds a zero ends its task, as no other execution may have shown; but nothing has
// to know that before it is executed.
TEST(Counts, WakeupTreesProbeNothingThatDoesNotMatter) {
  const FinalState none;
  WakeupTrees search;
  const Found found = run_search(
      search, [] { return last_zero(10); }, none, 100'000);
  EXPECT_EQ(found.executions, 3'328U);
  EXPECT_EQ(found.probes, 0U);
}

TEST(Counts, SourceSetsExecuteEachClass) {
  const FinalState none;
  for (const Counted& program : programs()) {
    SourceSets search;
    const Found found = run_search(search, program.body, none, 200'000);
    EXPECT_TRUE(found.is_complete) << program.name;
    EXPECT_EQ(found.classes.size(), program.classes) << program.name;
    // An execution that repeats a class is abandoned before its end.
    EXPECT_EQ(found.executions, program.classes) << program.name;
  }
}

}  // namespace
}  // namespace coweave::test
