#include "coweave/replay/fairness.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace coweave {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Task<> polls(const bool& stop) {
  while (!stop) co_await yield();
}
Task<> works(bool& stop, int yields) {
  for (int i = 0; i < yields; ++i) co_await yield();
  stop = true;
}
Task<> polls_beside_work(int yields) {
  bool stop = false;
  co_await gather(polls(stop), works(stop, yields));
}

Task<> works_a_little() { co_await yield(); }

constexpr std::uint64_t power(std::uint64_t base, int exponent) {
  return exponent == 0 ? 1 : base * power(base, exponent - 1);
}

Options enumerated(std::uint32_t fairness) {
  return {.strategy = exhaustive(), .max_steps = 500, .fairness = fairness};
}

// The worker has k + 1 steps. The poller makes 0 to N before each of them; after the last it ends.
// With k < N the poller itself is never passed over too often.
TEST(Fairness, EnumeratesEveryFairInterleavingOfAPollerOnce) {
  for (const std::uint32_t bound : {3U, 8U}) {
    for (const int yields : {0, 1, 2}) {
      const Report report =
          explore([yields] { return polls_beside_work(yields); }, enumerated(bound));
      EXPECT_EQ(report.verdict, Verdict::bounded) << report;
      EXPECT_EQ(report.schedules, power(bound + 1, yields + 1));
      EXPECT_THAT(report.verdict_detail,
                  StartsWith("every fair interleaving (a ready task that has "
                             "been passed over " +
                             std::to_string(bound) + " times"));
    }
  }
}

// Three steps of the worker in a row would pass the poller over three times: of the 3^3 = 27, the
// three that begin with 0, 1 or 2 steps of the poller and go on with none are not fair.
TEST(Fairness, BoundsTheWorkerToo) {
  EXPECT_EQ(explore([] { return polls_beside_work(2); }, enumerated(2)).schedules, 24U);
}

TEST(Fairness, PassesAPollerByDefault) {
  const Report report = explore([] { return polls_beside_work(2); });
  EXPECT_THAT(report, Passes());
  EXPECT_EQ(report.schedules, power(17, 3));
  EXPECT_THAT(report.verdict_detail, StartsWith("every fair interleaving"));
}

TEST(Fairness, IsNotClaimedWhereEveryInterleavingEnds) {
  const Report report =
      explore([]() -> Task<> { co_await gather(works_a_little(), works_a_little()); });
  EXPECT_THAT(report, PassesExhaustively());
  EXPECT_THAT(report.verdict_detail, Not(HasSubstr("fair")));
}

TEST(Fairness, CanBeSwitchedOff) {
  EXPECT_THAT(explore([] { return polls_beside_work(2); }, enumerated(0)),
              FailsWith(FailureKind::livelock));
}

Task<> increments(int& count) {
  const int seen = count;
  co_await yield();
  count = seen + 1;
}
Task<> loses_an_update_beside_a_poller() {
  bool stop = false;
  int count = 0;
  const auto both = [](int& shared, bool& done) -> Task<> {
    co_await gather(increments(shared), increments(shared));
    done = true;
  };
  co_await gather(polls(stop), both(count, stop));
  check(count == 2, "an increment was lost");
}

TEST(Fairness, FindsALostUpdateBesideAPoller) {
  EXPECT_THAT(explore(loses_an_update_beside_a_poller), FailsWith(FailureKind::check));
}

// The poller stops only if it began after the worker had ended: a scheduler that is fair from then
// on does not help.
Task<> waits_for_what_was_missed(bool& began, bool& stop) {
  began = true;
  while (!stop) co_await yield();
}
Task<> stops_what_has_not_begun(bool& began, bool& stop) {
  co_await yield();
  co_await yield();
  co_await yield();
  stop = !began;
  while (!began) co_await yield();
}
Task<> misses_the_stop() {
  bool began = false;
  bool stop = false;
  co_await gather(stops_what_has_not_begun(began, stop), waits_for_what_was_missed(began, stop));
}

TEST(Fairness, FailsALivelockThatAFairSchedulerDoesNotEnd) {
  const Report report = explore(misses_the_stop, {.max_steps = 500});
  EXPECT_THAT(report, FailsWith(FailureKind::livelock));
}

// Under AwaitPoints::every the wait for a set event goes on first, so that production order starves
// the task that clears it; the livelock is another one, and no shorter schedule may take its place.
Task<> waits_while_set(Event& busy) {
  while (busy.is_set()) co_await busy.wait();
}
Task<> clears_unless_late(Event& busy, const bool& late) {
  if (!late) busy.clear();
  co_await yield();
}
Task<> comes_late(bool& late) {
  late = true;
  co_return;
}
Task<> stays_set_if_late() {
  Event busy("busy");
  busy.set();
  bool late = false;
  co_await gather(waits_while_set(busy), clears_unless_late(busy, late), comes_late(late));
}

TEST(Fairness, ShrinksALivelockToAFairOne) {
  const Report report =
      explore(stays_set_if_late, {.max_steps = 400, .compare_await_points = false});
  ASSERT_THAT(report, FailsWith(FailureKind::livelock));
  detail::Execution execution({AwaitPoints::every, 400, "", {}});
  const auto body = [] { detail::spawn_root(stays_set_if_late(), {}, false, {}); };
  EXPECT_TRUE(detail::is_fair(execution, body, report.failures.front().schedule.picks, 16));
  EXPECT_GT(report.failures.front().schedule.deviations(), 0U);
}

// Nothing else is ready: a scheduler has no choice to be unfair by.
TEST(Fairness, FailsALoopThatNobodyStops) {
  const auto loops = []() -> Task<> {
    while (true) co_await yield();
  };
  EXPECT_THAT(explore(loops, {.max_steps = 100}), FailsWith(FailureKind::livelock));
}

TEST(Fairness, HoldsUnderEveryStrategy) {
  for (const StrategyRecipe& strategy :
       {bounded({.deviations = 2}), pct({.depth = 3}), random_walk(), pos(), portfolio()}) {
    const Report report = explore([] { return polls_beside_work(3); },
                                  {.strategy = strategy, .max_schedules = 2'000, .max_steps = 500});
    EXPECT_THAT(report, Passes()) << strategy.name() << report;
  }
}

// 12 tasks in turn pass each other over 11 times: more than the bound, and fair all the same.
TEST(Fairness, AllowsATaskToBePassedOverTwiceByEachOther) {
  EXPECT_EQ(detail::fair_limit(16, 2), 16U);
  EXPECT_EQ(detail::fair_limit(16, 12), 22U);
  EXPECT_EQ(detail::fair_limit(3, 0), 3U);
}

Task<> polls_shared(Shared<bool>& stop) {
  while (!stop.read()) co_await yield();
}
Task<> sets_shared(Shared<bool>& stop) {
  co_await yield();
  stop.write(true);
}
Task<> polls_what_is_declared() {
  Shared<bool> stop(false);
  co_await gather(polls_shared(stop), sets_shared(stop));
}

TEST(Fairness, EnumeratesInsteadOfReducing) {
  for (const StrategyRecipe& strategy : {StrategyRecipe(), dpor()}) {
    const Report report = explore(
        polls_what_is_declared,
        {.strategy = strategy, .max_steps = 500, .fairness = 4, .tracking = Tracking::declared});
    EXPECT_THAT(report, Passes());
    EXPECT_THAT(report.verdict_detail, StartsWith("every fair interleaving")) << report;
    EXPECT_EQ(report.schedules, power(5, 2));
  }
}

// A clock that moves before ready work passes that work over, too.
Task<> ticks(int& count) {
  while (true) {
    co_await sleep_for(1s);
    ++count;
  }
}
TEST(Fairness, HoldsBackTheClock) {
  const Report report = explore(
      []() -> Task<> {
        int count = 0;
        spawn_daemon(ticks(count));
        co_await yield();
      },
      {.strategy = exhaustive(), .max_steps = 200, .fairness = 2, .timers = TimerOrder::any});
  EXPECT_THAT(report, Passes()) << report;
  EXPECT_THAT(report.verdict_detail, StartsWith("every fair interleaving")) << report;
}

TEST(Fairness, GoesOnFromACheckpoint) {
  const std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / "coweave_fairness_checkpoint.json";
  std::filesystem::remove(file);
  std::uint64_t parts = 0;
  Report report;
  do {
    report = explore([] { return polls_beside_work(2); }, {.strategy = exhaustive(),
                                                           .max_schedules = 100,
                                                           .max_steps = 500,
                                                           .fairness = 6,
                                                           .checkpoint = file});
    ASSERT_FALSE(report.failed()) << report;
    ++parts;
  } while (std::filesystem::exists(file));
  // Four parts come before the first livelock that is not fair; 7^3 = 343 fair ones follow, from
  // anew.
  EXPECT_EQ(parts, 8U);
  EXPECT_EQ(report.schedules, power(7, 3));
  EXPECT_THAT(report.verdict_detail, StartsWith("every fair interleaving"));
}

TEST(Fairness, TakesASavedUnfairLivelockForFixed) {
  const std::filesystem::path directory =
      std::filesystem::path(testing::TempDir()) / "coweave_fairness_corpus";
  std::filesystem::remove_all(directory);
  Options options{.max_steps = 500,
                  .fairness = 0,
                  .max_time = std::chrono::minutes(1),  // For loaded machines.
                  .name = "Polls",
                  .schedule_dir = directory};
  const auto body = [] { return polls_beside_work(1); };
  ASSERT_THAT(explore(body, options), FailsWith(FailureKind::livelock));
  options.fairness = 16;
  options.corpus = Corpus::replay;
  const Report report = explore(body, options);
  EXPECT_THAT(report, Passes());
  ASSERT_EQ(report.corpus.size(), 1U);
  EXPECT_EQ(report.corpus.front().state, CorpusEntry::State::fixed);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace coweave
