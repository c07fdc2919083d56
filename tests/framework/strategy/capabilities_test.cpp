#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "coweave/coweave.hpp"
#include "coweave/strategy/reduction/plain_search.hpp"
#include "coweave/strategy/reduction/touch_reporter.hpp"

// What strategies offer besides their picks, and that those which pass on to others pass that on.

namespace coweave {
namespace {

class Plain : public Strategy {
 public:
  [[nodiscard]] bool begin_execution(std::uint64_t number) override { return number == 1; }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& /*point*/) override { return 0; }
};

/// Offers everything that a strategy of a user's own may offer.
class Everything final : public Plain,
                         public Exhaustible,
                         public Bounded,
                         public Assured,
                         public ObservesTouches,
                         public Checkpointable,
                         public GrowsInMemory,
                         public Probing {
 public:
  [[nodiscard]] bool is_exhausted() const override { return true; }
  [[nodiscard]] std::optional<CompletedBound> completed_bound() const override {
    return CompletedBound{3, 7, false, "production order"};
  }
  [[nodiscard]] std::optional<Assurance> assurance() const override { return Assurance(); }
  void step_ended(std::span<const Touch> /*touches*/) override { ++steps; }
  [[nodiscard]] std::vector<std::uint64_t> checkpoint() const override { return {1}; }
  [[nodiscard]] bool restore(std::span<const std::uint64_t> numbers) override {
    return numbers.size() == 1;
  }
  [[nodiscard]] std::size_t memory() const override { return 99; }
  [[nodiscard]] bool was_probe() const override { return true; }
  [[nodiscard]] Capabilities capabilities() override { return capabilities_of(*this); }

  int steps = 0;
};

class Forgetful final : public Plain, public Exhaustible {
 public:
  [[nodiscard]] bool is_exhausted() const override { return true; }
};

static_assert(detail::states_capabilities<Plain>);
static_assert(detail::states_capabilities<Everything>);
static_assert(!detail::states_capabilities<Forgetful>);

/// The names of what is offered, and nothing of what is not.
std::string names_of(const Capabilities& offered) {
  std::string names;
  const auto add = [&names](bool is_offered, const char* name) {
    if (is_offered) names += (names.empty() ? "" : " ") + std::string(name);
  };
  add(offered.begins_in_production_order, "production");
  add(offered.exhaustible != nullptr, "exhaustible");
  add(offered.bounded != nullptr, "bounded");
  add(offered.assured != nullptr, "assured");
  add(offered.touches != nullptr, "touches");
  add(offered.checkpointable != nullptr, "checkpointable");
  add(offered.growing != nullptr, "growing");
  add(offered.probing != nullptr, "probing");
  add(offered.accesses != nullptr, "accesses");
  add(offered.reduction != nullptr, "reduction");
  return names;
}

TEST(Capabilities, OfAStrategyThatOnlyPicksAreNone) {
  Plain strategy;
  const Capabilities offered = strategy.capabilities();
  EXPECT_EQ(names_of(offered), "");
  EXPECT_FALSE(offered.is_exhausted());
  EXPECT_FALSE(offered.completed_bound().has_value());
  EXPECT_FALSE(offered.assurance().has_value());
  EXPECT_EQ(offered.memory(), 0U);
  EXPECT_FALSE(offered.was_probe());
}

TEST(Capabilities, AreTheInterfacesThatAClassDerivesFrom) {
  Everything strategy;
  const Capabilities offered = strategy.capabilities();
  EXPECT_EQ(names_of(offered),
            "exhaustible bounded assured touches checkpointable growing probing");
  EXPECT_TRUE(offered.is_exhausted());
  EXPECT_EQ(offered.completed_bound().value().deviations, 3U);
  EXPECT_TRUE(offered.assurance().has_value());
  EXPECT_EQ(offered.memory(), 99U);
  EXPECT_TRUE(offered.was_probe());
}

TEST(Capabilities, OfTheShippedStrategiesAreWhatTheyPromise) {
  struct Row {
    const char* strategy;
    const char* names;
  };
  constexpr const char* reduces =
      "production exhaustible checkpointable growing probing accesses reduction";
  for (const Row& row :
       {Row{"exhaustive", "production exhaustible checkpointable"},
        {"bounded", "production exhaustible bounded checkpointable growing probing"},
        {"bounded:base=completion", "exhaustible bounded checkpointable growing probing"},
        {"dpor", reduces},
        {"source_sets", "production exhaustible growing probing accesses reduction"},
        {"production", "production"},
        {"random", ""},
        {"pct", "production assured touches"},
        {"pos", "production touches"},
        {"surw", "production touches"},
        {"urw", "production touches"},
        {"swarm", "production touches"},
        {"portfolio", "production assured touches"}})
    EXPECT_EQ(names_of(strategy_named(row.strategy).make(1)->capabilities()), row.names)
        << row.strategy;
}

TEST(Capabilities, OfAnAuditAreNotThoseOfAReduction) {
  detail::PlainSearch search;
  EXPECT_EQ(names_of(search.capabilities()), "production exhaustible growing probing accesses");
}

// The reporter is the one that tells the strategy of touches, and has a log of its own for that.
// The numbers of a checkpoint would not be those of the reporter.
TEST(Capabilities, ArePassedOnByTheReporterOfTouches) {
  Everything strategy;
  detail::TouchReporter reporter(strategy, strategy.capabilities());
  const Capabilities offered = reporter.capabilities();
  EXPECT_EQ(names_of(offered), "exhaustible bounded assured growing probing accesses");
  EXPECT_EQ(offered.memory(), 99U);
}

}  // namespace
}  // namespace coweave
