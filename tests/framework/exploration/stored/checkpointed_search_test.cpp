// A reduced search in pieces, each of which goes on from the checkpoint of the one before as
// another process would: together they execute what the whole search executes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "coweave/core/rng.hpp"
#include "coweave/strategy/reduction/wakeup_trees.hpp"
#include "framework/strategy/reduction/classic_programs.hpp"
#include "framework/strategy/reduction/mixes.hpp"
#include "framework/strategy/reduction/search_rig.hpp"

namespace coweave::test {
namespace {

using detail::WakeupTrees;
using ::testing::Contains;
using ::testing::HasSubstr;

class ReducedInPieces : public ::testing::Test {
 protected:
  ReducedInPieces() { std::filesystem::remove(file_); }
  ~ReducedInPieces() override { std::filesystem::remove(file_); }

  [[nodiscard]] Options options(std::uint64_t schedules) const {
    Options options;
    options.tracking = Tracking::declared;
    options.max_schedules = schedules;
    options.max_time = std::chrono::hours(1);
    options.checkpoint = file_;
    options.audit = 100;
    options.name = "Suite.Test";
    return options;
  }
  /// One exploration after the other, until one fails or is exhaustive. `pieces`: how many there
  /// were.
  template <class Body>
  Report in_pieces(const Body& body, std::uint64_t schedules, int& pieces) const {
    for (pieces = 1;; ++pieces) {
      Report report = explore(body, options(schedules));
      if (report.verdict == Verdict::exhaustive || report.failed() || pieces == 1'000)
        return report;
    }
  }

  const std::filesystem::path file_ =
      std::filesystem::path(::testing::TempDir()) /
      ("coweave-reduced-" + std::to_string(::getpid()) + ".checkpoint");
};

TEST_F(ReducedInPieces, ExecuteEachClassOnce) {
  for (const std::uint64_t size : {1U, 7U, 50U}) {
    int pieces = 0;
    // 64 classes: see counts_test.cpp.
    const Report report = in_pieces([] { return last_zero(5); }, size, pieces);
    EXPECT_EQ(report.verdict, Verdict::exhaustive) << report.verdict_detail;
    EXPECT_EQ(report.schedules, 64U);
    EXPECT_GE(pieces, 64 / static_cast<int>(size));
    EXPECT_THAT(
        report.verdict_detail,
        HasSubstr("64 classes of equivalent interleavings in 64 executions, by wakeup trees; not "
                  "audited"));
    EXPECT_THAT(report.verdict_detail, HasSubstr("of them before the checkpoint"));
    EXPECT_FALSE(std::filesystem::exists(file_));
  }
}

TEST_F(ReducedInPieces, AreAuditedIfThereIsOne) {
  const Report report = explore([] { return last_zero(5); }, options(1'000));
  EXPECT_EQ(report.schedules, 64U);
  EXPECT_THAT(report.verdict_detail, HasSubstr("; audited by 100 interleavings"));
}

TEST_F(ReducedInPieces, StopAtTheFailureThatTheWholeSearchFinds) {
  // The readers look while the writer has written once: torn_increments(3) loses an update.
  const auto body = []() -> Task<> {
    Shared<int> value = 0;
    const auto add = [](Shared<int>& to) -> Task<> {
      const int seen = to.read();
      co_await yield();
      to.write(seen + 1);
    };
    co_await gather(add(value), add(value), add(value));
    check(value.read() == 3, "an update was lost");
  };
  Options whole = options(1'000'000);
  whole.checkpoint.clear();
  const Report expected = explore(body, whole);
  ASSERT_TRUE(expected.failed());
  int pieces = 0;
  const Report report = in_pieces(body, 1, pieces);
  ASSERT_TRUE(report.failed());
  EXPECT_EQ(report.schedules, expected.schedules);
  EXPECT_EQ(report.failures.front().place, expected.failures.front().place);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

Task<> choosing_program() {
  Shared<int> value = 0;
  const auto add = [](Shared<int>& to) -> Task<> {
    co_await yield();
    to.update([](int& now) { now += choose(2) == 0 ? 1 : 2; });
  };
  co_await gather(add(value), add(value));
}

TEST_F(ReducedInPieces, AreOfTheEnumerationWhereTheProgramChooses) {
  int pieces = 0;
  const Report report = in_pieces(choosing_program, 5, pieces);
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report.verdict_detail;
  EXPECT_GT(pieces, 3);
  EXPECT_THAT(report.verdict_detail, HasSubstr("of them before the checkpoint"));
}

TEST_F(ReducedInPieces, AreOfTheEnumerationWhereObjectsAreOlder) {
  Shared<int> older = 0;
  const auto body = [&older]() -> Task<> {
    const auto add = [](Shared<int>& to) -> Task<> {
      co_await yield();
      to.update([](int& now) { ++now; });
    };
    co_await gather(add(older), add(older));
  };
  const Report first = explore(body, options(5));
  EXPECT_THAT(first.verdict_detail, HasSubstr("deviation"));
  EXPECT_THAT(first.warnings, Contains(HasSubstr("objects are older than the execution")));
  int pieces = 0;
  EXPECT_EQ(in_pieces(body, 5, pieces).verdict, Verdict::exhaustive);
}

/// What explorations of `program` in pieces of `size` find, by a search that is saved and taken up
/// again between any two.
template <class Body>
Found run_in_pieces(const Body& body, const FinalState& final, std::uint64_t size,
                    AwaitPoints await_points) {
  Found found;
  auto search = std::make_unique<WakeupTrees>();
  detail::Execution execution({await_points, 1'000, {}});
  const detail::Body root = [&body] { detail::spawn_root(body(), {}, false, {}); };
  for (std::uint64_t number = 1; number < 100'000; ++number) {
    if (number % size == 0) {
      const std::vector<std::uint64_t> position = search->checkpoint();
      auto next = std::make_unique<WakeupTrees>();
      if (!next->restore(position) || next->checkpoint() != position) {
        ADD_FAILURE() << "the position is not taken up";
        return found;
      }
      search = std::move(next);
    }
    if (!search->begin_execution(number)) {
      found.is_complete = search->gave_up().empty();
      break;
    }
    execution.run(root, *search, {.accesses = search->accesses()});
    search->end_execution(execution.steps());
    if (search->must_restart()) found = {};
    if (search->must_restart() || search->was_probe()) continue;
    if (execution.is_abandoned()) {
      ++found.blocked;
      continue;
    }
    ++found.executions;
    ++found.classes[search->last_class()];
    found.outcomes.insert(outcome_of(execution, final));
  }
  EXPECT_EQ(search->executions(), found.executions);
  EXPECT_EQ(search->classes(), found.classes.size());
  return found;
}

class GeneratedInPieces : public ::testing::TestWithParam<NamedMix> {};

TEST_P(GeneratedInPieces, FindWhatTheWholeSearchFinds) {
  const NamedMix& named = GetParam();
  int compared = 0;
  for (std::uint64_t seed = 1; compared < 60 && seed < 3'000; ++seed) {
    const RandomProgram program = random_program(named.mix, seed);
    FinalState final;
    const auto body = [&] { return run_program(program, final); };
    WakeupTrees trees;
    const Found whole = run_search(trees, body, final, 500, named.await_points);
    if (!whole.is_complete || !trees.gave_up().empty() || whole.executions < 4) continue;
    ++compared;
    for (const std::uint64_t size : {1U, 3U}) {
      const Found pieces = run_in_pieces(body, final, size, named.await_points);
      EXPECT_TRUE(pieces.is_complete);
      ASSERT_EQ(pieces.classes, whole.classes) << "seed " << seed << ": " << to_text(program);
      EXPECT_EQ(pieces.outcomes, whole.outcomes);
      EXPECT_EQ(pieces.blocked, whole.blocked);
    }
  }
  if (std::string_view(named.name) == "choices") return;  // The trees give up in all of them.
  EXPECT_GT(compared, 0);
}

INSTANTIATE_TEST_SUITE_P(Mixes, GeneratedInPieces, ::testing::ValuesIn(mixes()),
                         [](const auto& mix) { return std::string(mix.param.name); });

TEST(WakeupTreesPosition, IsRefusedOrHarmlessWhereItIsDamaged) {
  const RandomProgram program = random_program({3, 5, 8, data_actions}, 3);
  FinalState final;
  const auto body = [&] { return run_program(program, final); };
  detail::Execution execution({AwaitPoints::every, 1'000, {}});
  const detail::Body root = [&body] { detail::spawn_root(body(), {}, false, {}); };
  WakeupTrees search;
  for (std::uint64_t number = 1; number <= 5; ++number) {
    ASSERT_TRUE(search.begin_execution(number));
    execution.run(root, search, {.accesses = search.accesses()});
    search.end_execution(execution.steps());
  }
  const std::vector<std::uint64_t> position = search.checkpoint();
  Rng rng(1);
  int refused = 0;
  int diverged = 0;
  for (int round = 0; round < 3'000; ++round) {
    std::vector<std::uint64_t> damaged = position;
    std::uint64_t& number = damaged[rng.below(static_cast<std::uint32_t>(damaged.size()))];
    switch (rng.below(4)) {
      case 0:
        number += 1;
        break;
      case 1:
        number = 0;
        break;
      case 2:
        number = rng.next();
        break;
      default:
        damaged.resize(rng.below(static_cast<std::uint32_t>(damaged.size())));
    }
    WakeupTrees next;
    if (!next.restore(damaged)) {
      ++refused;
      continue;
    }
    try {
      for (std::uint64_t number_of = 6; number_of < 30 && next.begin_execution(number_of);
           ++number_of) {
        execution.run(root, next, {.accesses = next.accesses()});
        next.end_execution(execution.steps());
      }
    } catch (const Strategy::Nondeterminism&) {
      ++diverged;
    }
  }
  EXPECT_GT(refused, 1'000);
  EXPECT_GT(diverged, 10);
}

}  // namespace
}  // namespace coweave::test
