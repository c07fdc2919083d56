#include <gtest/gtest.h>

#include <memory>

#include "coweave/strategy/reduction/source_sets.hpp"
#include "coweave/strategy/reduction/wakeup_trees.hpp"
#include "framework/strategy/reduction/mixes.hpp"
#include "framework/strategy/reduction/search_rig.hpp"

// The comparison with the plain enumeration must notice every fault of the searches: each mutant
// here does less than it should, or trusts what it should not, and at least one generated program
// must give it away.

namespace coweave::test {
namespace {

using detail::PlainSearch;
using detail::ReducedSearch;
using detail::SourceSets;
using detail::WakeupTrees;

/// Learns nothing from executions that were abandoned.
class SkipsBlocked final : public SourceSets {
 public:
  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    blocked_before_ = blocked();
    return SourceSets::begin_execution(number);
  }

 protected:
  void reverse(std::uint32_t first, std::uint32_t second) override {
    if (blocked() == blocked_before_) SourceSets::reverse(first, second);
  }

 private:
  std::uint64_t blocked_before_ = 0;
};

/// Reverses each race once, also those of inexact steps. (Where source sets do, only about one
/// program in ten thousand gives it away, one that chooses.)
class ReversesOnce final : public WakeupTrees {
 protected:
  void reverse(std::uint32_t first, std::uint32_t second) override {
    if (second >= shared_steps()) WakeupTrees::reverse(first, second);
  }
};

/// Does not step the others before the end of the body.
template <class Search>
class EndsTooSoon final : public Search {
 protected:
  void step_before_end(std::uint32_t /*task*/) override {}
};

/// Reverses only the first race of each step.
template <class Search>
class ReversesOneRace final : public Search {
 protected:
  void reverse(std::uint32_t first, std::uint32_t second) override {
    if (Search::order_.races(second).front() == first) Search::reverse(first, second);
  }
};

struct EngineMutant {
  const char* name;
  std::unique_ptr<ReducedSearch> (*make)();
};

template <class Search>
std::unique_ptr<ReducedSearch> make() {
  return std::make_unique<Search>();
}

bool is_given_away(const EngineMutant& mutant, const NamedMix& mix, std::uint64_t seed) {
  const RandomProgram program = random_program(mix.mix, seed);
  FinalState final;
  const auto body = [&] { return run_program(program, final); };
  PlainSearch plain;
  const Found all = run_search(plain, body, final, 1'000, mix.await_points);
  if (!all.is_complete) return false;
  const std::unique_ptr<ReducedSearch> search = mutant.make();
  const Found found = run_search(*search, body, final, 4'000, mix.await_points);
  if (!found.is_complete) return false;
  if (!search->gave_up().empty()) return false;
  return found.classes.size() != all.classes.size() || found.outcomes != all.outcomes;
}

class EngineMutants : public testing::TestWithParam<EngineMutant> {};

TEST_P(EngineMutants, AreGivenAway) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    for (const NamedMix& mix : mixes()) {
      if (!is_given_away(GetParam(), mix, seed)) continue;
      RecordProperty("mix", mix.name);
      RecordProperty("seed", std::to_string(seed));
      return;
    }
  }
  FAIL() << "no program gives it away";
}

TEST(NoEngineMutant, IsNotGivenAway) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const NamedMix& mix : mixes()) {
      EXPECT_FALSE(is_given_away({"", make<SourceSets>}, mix, seed)) << mix.name << ' ' << seed;
      EXPECT_FALSE(is_given_away({"", make<WakeupTrees>}, mix, seed)) << mix.name << ' ' << seed;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Engines, EngineMutants,
    testing::Values(EngineMutant{"source_sets_skip_blocked", make<SkipsBlocked>},
                    EngineMutant{"source_sets_end_too_soon", make<EndsTooSoon<SourceSets>>},
                    EngineMutant{"source_sets_reverse_one_race", make<ReversesOneRace<SourceSets>>},
                    EngineMutant{"wakeup_trees_reverse_once", make<ReversesOnce>},
                    EngineMutant{"wakeup_trees_end_too_soon", make<EndsTooSoon<WakeupTrees>>},
                    EngineMutant{"wakeup_trees_reverse_one_race",
                                 make<ReversesOneRace<WakeupTrees>>}),
    [](const auto& mutant) { return std::string(mutant.param.name); });

}  // namespace
}  // namespace coweave::test
