#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

// What a strategy of the user's own is shown, and what it may do.

namespace coweave {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}
Task<> two_tasks() { co_await gather(yields(1), yields(1)); }

/// Picks the last ready task, always; ends after three executions; writes down how it is called.
class LastFirst final : public Strategy {
 public:
  LastFirst(std::vector<std::string>* calls, std::uint64_t executions)
      : calls_(*calls), executions_(executions) {}

  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    calls_.push_back("begin " + std::to_string(number));
    return number <= executions_;
  }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    EXPECT_GE(point.size(), 2U);  // Asked only where there is something to decide.
    EXPECT_EQ(point.history().empty(), point.last() == TaskId::none);
    return point.size() - 1;
  }
  void end_execution(std::span<const Step> steps) override {
    std::string picks = "end";
    for (const Step& step : steps)
      if (step.alternatives > 1) picks += " " + std::to_string(step.pick);
    calls_.push_back(picks);
  }

 private:
  std::vector<std::string>& calls_;
  std::uint64_t executions_;
};

// Two tasks a and b of two steps. Picking the last: b starts, b ends after its yield, then a alone.
// The production order before it and the re-executions of the sentinel are not its business.
TEST(UserStrategy, IsToldOfEachOfItsExecutions) {
  std::vector<std::string> calls;
  const Report report =
      explore(two_tasks, {.strategy = strategy<LastFirst>("last first", &calls, std::uint64_t{2})});
  EXPECT_THAT(calls, ElementsAre("begin 1", "end 1 1", "begin 2", "end 1 1", "begin 3"));
  EXPECT_EQ(report.strategy, "last first");
  EXPECT_EQ(report.schedules, 3U);  // With the production order.
  EXPECT_EQ(report.verdict, Verdict::sampled);
  EXPECT_EQ(report.verdict_detail, "3 schedules: all that strategy 'last first' has");
}

TEST(UserStrategy, IsMadeAnewForEveryExploration) {
  std::vector<std::string> calls;
  const Options options{.strategy = strategy<LastFirst>("last first", &calls, std::uint64_t{1})};
  static_cast<void>(explore(two_tasks, options));
  static_cast<void>(explore(two_tasks, options));
  EXPECT_THAT(calls, ElementsAre("begin 1", "end 1 1", "begin 2", "begin 1", "end 1 1", "begin 2"));
}

Task<> order(std::string& log, char name) {
  log += name;
  co_return;
}
Task<> in_order(std::string& log) {
  log.clear();
  co_await gather(order(log, 'a'), order(log, 'b'));
  check(log == "ab", "out of order");
}

TEST(UserStrategy, FindsWhatItPicks) {
  std::vector<std::string> calls;
  std::string log;
  const Report report =
      explore([&log] { return in_order(log); },
              {.strategy = strategy<LastFirst>("last first", &calls, std::uint64_t{9})});
  ASSERT_THAT(report, FailsWith(FailureKind::check));
  EXPECT_EQ(report.failures.front().schedule.strategy, "last first");
  EXPECT_EQ(report.schedules, 2U);
  EXPECT_THAT(report.failures.front().schedule.picks, ElementsAre(1));
}

/// Picks, or chooses, what is not there.
class OutOfRange final : public Strategy {
 public:
  OutOfRange(bool picks, bool chooses) : picks_(picks), chooses_(chooses) {}
  [[nodiscard]] bool begin_execution(std::uint64_t /*number*/) override { return true; }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    return picks_ ? point.size() : 0;
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return chooses_ ? alternatives : 0;
  }
  [[nodiscard]] Capabilities capabilities() override {
    return {.begins_in_production_order = true};
  }

 private:
  bool picks_;
  bool chooses_;
};

template <class Body>
std::string error_of(Body body, const StrategyRecipe& recipe) {
  try {
    const Report report = explore(body, {.strategy = recipe, .max_schedules = 3});
    return "no error, but " + std::string(to_string(report.verdict));
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(UserStrategy, ThatPicksOutOfRangeIsAnError) {
  EXPECT_EQ(error_of(two_tasks, strategy<OutOfRange>("wild", true, false)),
            "strategy: expected a pick below 2 (ready tasks), found 2");
  EXPECT_THAT(explore(two_tasks), PassesExhaustively());  // Nothing is left behind.
}

Task<> chooses() {
  static_cast<void>(choose(3));
  co_return;
}
Task<> chooses_and_catches() {
  try {
    static_cast<void>(choose(3));
  } catch (...) {
  }
  co_return;
}

// The program is innocent: the error is no failure of it, and not for it to catch.
TEST(UserStrategy, ThatChoosesOutOfRangeIsAnError) {
  const StrategyRecipe wild = strategy<OutOfRange>("wild", false, true);
  EXPECT_THAT(error_of(chooses, wild), HasSubstr("expected a choice below 3, found 3"));
  EXPECT_THAT(error_of(chooses_and_catches, wild), HasSubstr("expected a choice below 3, found 3"));
}

class Throws final : public Strategy {
 public:
  explicit Throws(bool at_choice) : at_choice_(at_choice) {}
  [[nodiscard]] bool begin_execution(std::uint64_t /*number*/) override { return true; }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& /*point*/) override {
    if (!at_choice_) throw std::domain_error("from the strategy");
    return 0;
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t /*alternatives*/) override {
    throw std::domain_error("from the strategy");
  }

 private:
  bool at_choice_;
};

// Execution::run: "Throws what the strategy throws".
TEST(UserStrategy, WhatItThrowsLeavesTheExploration) {
  EXPECT_THROW(
      static_cast<void>(explore(two_tasks, {.strategy = strategy<Throws>("thrower", false)})),
      std::domain_error);
  EXPECT_THROW(static_cast<void>(explore(chooses, {.strategy = strategy<Throws>("thrower", true)})),
               std::domain_error);
  EXPECT_THAT(explore(two_tasks), PassesExhaustively());
}

/// Remembers the fingerprints that it was shown.
class Fingerprints final : public Strategy {
 public:
  explicit Fingerprints(std::vector<std::uint64_t>* seen) : seen_(*seen) {}
  [[nodiscard]] bool begin_execution(std::uint64_t number) override { return number <= 2; }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    seen_.push_back(point.fingerprint());
    EXPECT_EQ(point.fingerprint(), point.fingerprint());
    EXPECT_EQ(point[0].resumes_from.kind == OperationKind::start, point.history().size() <= 2);
    return 0;
  }

 private:
  std::vector<std::uint64_t>& seen_;
};

// Three decisions an execution: the start of a among a and b, that of b among b and a, the end of a
// among both; that of b is forced.
TEST(UserStrategy, SeesTheHistoryAndItsFingerprint) {
  std::vector<std::uint64_t> seen;
  static_cast<void>(
      explore(two_tasks, {.strategy = strategy<Fingerprints>("fingerprints", &seen)}));
  ASSERT_EQ(seen.size(), 6U);
  EXPECT_EQ((std::vector(seen.begin(), seen.begin() + 3)),
            (std::vector(seen.begin() + 3, seen.end())));
  EXPECT_NE(seen[0], seen[1]);
  EXPECT_NE(seen[1], seen[2]);
}

}  // namespace
}  // namespace coweave
