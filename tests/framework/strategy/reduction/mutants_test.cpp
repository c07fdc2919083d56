#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "coweave/strategy/exhaustive.hpp"
#include "framework/strategy/reduction/linear_extensions.hpp"
#include "framework/strategy/reduction/mixes.hpp"
#include "framework/strategy/reduction/search_rig.hpp"

// The comparison with the plain enumeration must notice every fault in what steps write down: each
// mutant here forgets or weakens a part of it, and at least one generated program must give it
// away.

namespace coweave::test {
namespace {

/// A step as a mutant hands it on.
struct MutableStep {
  std::vector<Access> accesses;
  std::vector<std::uint32_t> enabled_by;
  std::uint32_t fence = 0;
  bool ends_execution = false;
};

using Mutation = std::function<void(MutableStep&)>;

/// Enumerates plainly, and names the classes by what `mutate` leaves of the steps.
class MutatedSearch final : public detail::ReducedSearch {
 public:
  explicit MutatedSearch(const Mutation& mutate) : mutate_(mutate) {}

  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    if (number > 1 && log_.must_restart()) {
      forget_executions();
      all_ = std::make_unique<ExhaustiveStrategy>();
      skipped_ = number - 1;
    }
    return all_->begin_execution(number - skipped_);
  }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    return point.size() > 1 ? all_->pick(point) : 0;
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return all_->choose(alternatives);
  }
  void end_execution(std::span<const Step> steps) override {
    all_->end_execution(steps);
    if (log_.must_restart()) return;
    order_.truncate(0);
    for (std::size_t i = 0; i < log_.size(); ++i) {
      const detail::StepAccesses step = log_[i];
      MutableStep mutant{{step.accesses.begin(), step.accesses.end()},
                         {step.enabled_by.begin(), step.enabled_by.end()},
                         step.fence,
                         step.ends_execution};
      mutate_(mutant);
      push({step.task, mutant.accesses, mutant.enabled_by, mutant.fence, step.choices,
            step.is_untracked, mutant.ends_execution});
    }
    count_execution();
  }
  [[nodiscard]] std::string_view engine() const override { return "mutant"; }

 private:
  Mutation mutate_;
  std::unique_ptr<ExhaustiveStrategy> all_ = std::make_unique<ExhaustiveStrategy>();
  std::uint64_t skipped_ = 0;
};

/// Whether equivalent executions end differently, or an order that is allowed is none.
bool is_given_away(const Mutation& mutation, const NamedMix& mix, std::uint64_t seed) {
  const RandomProgram program = random_program(mix.mix, seed);
  FinalState final;
  const auto body = [&] { return run_program(program, final); };
  MutatedSearch search(mutation);
  std::map<std::uint64_t, std::uint64_t> extensions;
  std::map<std::uint64_t, std::string> outcomes;
  bool one_outcome = true;
  const auto each = [&](const std::string& outcome) {
    const auto [known, is_new] = outcomes.try_emplace(search.last_class(), outcome);
    one_outcome = one_outcome && known->second == outcome;
    if (is_new) extensions[search.last_class()] = linear_extensions(search.order());
  };
  const Found all = run_search(search, body, final, 400, each, mix.await_points);
  if (!all.is_complete) return false;
  for (const auto& [name, count] : all.classes)
    if (count != extensions[name]) return true;
  return !one_outcome;
}

Mutation without(AccessKind kind) {
  return [kind](MutableStep& step) {
    std::erase_if(step.accesses, [kind](const Access& access) { return access.kind == kind; });
  };
}

Mutation weakened(AccessKind kind, AccessKind to) {
  return [kind, to](MutableStep& step) {
    for (Access& access : step.accesses)
      if (access.kind == kind) access.kind = to;
  };
}

Mutation without_objects(detail::ObjectRole role) {
  return [role](MutableStep& step) {
    std::erase_if(step.accesses,
                  [role](const Access& access) { return detail::role_of(access.object) == role; });
  };
}

struct Mutant {
  const char* name;
  Mutation mutation;
};

// None without `release`: those of a lock are ordered by its permits anyway, unless it is
// destroyed.
std::vector<Mutant> mutants() {
  return {
      {"no_enabling_edges", [](MutableStep& step) { step.enabled_by.clear(); }},
      {"one_enabling_edge",
       [](MutableStep& step) {
         if (step.enabled_by.size() > 1) step.enabled_by.resize(1);
       }},
      {"no_fences", [](MutableStep& step) { step.fence = 0; }},
      {"the_end_commutes", [](MutableStep& step) { step.ends_execution = false; }},
      {"no_touch", without(AccessKind::touch)},
      {"no_read", without(AccessKind::read)},
      {"no_write", without(AccessKind::write)},
      {"no_exclusive", without(AccessKind::exclusive)},
      {"no_attempt", without(AccessKind::attempt)},
      {"write_as_read", weakened(AccessKind::write, AccessKind::read)},
      {"exclusive_as_read", weakened(AccessKind::exclusive, AccessKind::read)},
      {"exclusive_as_write", weakened(AccessKind::exclusive, AccessKind::write)},
      {"no_program_objects", without_objects(detail::ObjectRole::shared)},
      {"no_control", without_objects(detail::ObjectRole::control)},
      {"no_completion", without_objects(detail::ObjectRole::completion)},
      {"no_followed_ends", without_objects(detail::ObjectRole::followed)},
  };
}

class Mutants : public testing::TestWithParam<Mutant> {};

TEST_P(Mutants, AreGivenAway) {
  constexpr std::uint64_t most_seeds = 300;
  for (std::uint64_t seed = 1; seed <= most_seeds; ++seed) {
    for (const NamedMix& mix : mixes()) {
      if (!is_given_away(GetParam().mutation, mix, seed)) continue;
      RecordProperty("by", std::string(mix.name) + " " + std::to_string(seed));
      return;
    }
  }
  FAIL() << "no program gives it away";
}

TEST(NoMutant, IsNotGivenAway) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    for (const NamedMix& mix : mixes())
      EXPECT_FALSE(is_given_away([](MutableStep&) {}, mix, seed)) << mix.name << ' ' << seed;
}

INSTANTIATE_TEST_SUITE_P(Log, Mutants, testing::ValuesIn(mutants()),
                         [](const auto& mutant) { return std::string(mutant.param.name); });

}  // namespace
}  // namespace coweave::test
