#include <gtest/gtest.h>

#include <algorithm>

#include "coweave/strategy/reduction/source_sets.hpp"
#include "coweave/strategy/reduction/wakeup_trees.hpp"
#include "framework/strategy/reduction/search_rig.hpp"

// Textbook source sets assume that a step does the same wherever it is moved to. Steps of
// coroutines make many accesses, and which ones depends on what they find: then classes are lost.
// These tests show that comparing with the plain enumeration notices.

namespace coweave::test {
namespace {

using detail::PlainSearch;
using detail::SourceSets;
using detail::WakeupTrees;

/// As published: races as soon as their second step is there, and that step taken as it was seen.
/// Picks the oldest task first, not the one that has waited longest.
class TextbookSourceSets final : public SourceSets {
 public:
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    ready_.clear();
    for (std::size_t i = 0; i < point.size(); ++i) ready_.push_back(log_.number_of(point[i].id));
    return SourceSets::pick(point);
  }

 protected:
  [[nodiscard]] std::uint32_t decided(std::size_t steps) const override {
    std::uint32_t task = SourceSets::decided(steps);
    if (task != 0 || !backtrack(steps).empty()) return task;
    for (const std::uint32_t other : ready_)
      if (!node_after(steps).is_asleep(other) && (task == 0 || other < task)) task = other;
    return task;
  }
  void reverse(std::uint32_t first, std::uint32_t second) override {
    std::vector<std::uint32_t> between;
    for (std::uint32_t k = first + 1; k < second; ++k)
      if (!order_.before(first, k)) between.push_back(k);
    between.push_back(second);
    std::uint32_t choice = 0;
    for (const std::uint32_t step : between) {
      const bool is_initial = std::none_of(
          between.begin(), between.end(),
          [&](std::uint32_t other) { return other < step && order_.before(other, step); });
      if (!is_initial) continue;
      const std::vector<std::uint32_t>& wanted = backtrack(first);
      if (std::find(wanted.begin(), wanted.end(), order_.task(step)) != wanted.end()) return;
      if (choice == 0) choice = order_.task(step);
    }
    want(first, choice);
  }

 private:
  std::vector<std::uint32_t> ready_;  // At the scheduling point.
};

template <class Body>
std::size_t classes(detail::ReducedSearch&& search, const Body& body) {
  const FinalState none;
  const Found found = run_search(search, body, none, 100'000);
  EXPECT_TRUE(found.is_complete);
  return found.classes.size();
}

struct Variables {
  Shared<int> x;
  Shared<int> y;
  Shared<int> z;
};

Task<> writes_x_if_y_is_zero(Variables& v) {
  if (v.y.read() == 0) v.x.write(3);
  v.y.write(2);
  co_await yield();
  static_cast<void>(v.y.read() + v.z.read());
}

Task<> writes_y_later(Variables& v) {
  co_await yield();
  v.y.write(3);
}

Task<> does_nothing() { co_return; }

Task<> reads_x(Variables& v) {
  static_cast<void>(v.x.read());
  co_await yield();
  v.x.write(2);
  static_cast<void>(v.z.read());
}

Task<> smallest_program() {
  Variables v;
  spawn(writes_x_if_y_is_zero(v));
  spawn(writes_y_later(v));
  spawn(does_nothing());
  spawn(reads_x(v));
  co_await wait_all_tasks_blocked();
}

TEST(Textbook, SourceSetsLoseClassesOfASmallProgram) {
  // y = 2 before or after y = 3; after it x is not written and the first task's other reads and
  // steps commute with the last task's.
  EXPECT_EQ(classes(PlainSearch(), smallest_program), 7U);
  EXPECT_EQ(classes(SourceSets(), smallest_program), 7U);
  EXPECT_LT(classes(TextbookSourceSets(), smallest_program), 7U);
}

TEST(Textbook, SourceSetsLoseClassesOfGeneratedPrograms) {
  const Mix mix{4,
                4,
                8,
                {Action::yield, Action::yield, Action::read, Action::read, Action::write,
                 Action::write_if_odd, Action::write_if_odd, Action::read_if_odd},
                {Ending::quiet},
                3,
                4};
  std::uint64_t lost = 0;
  for (std::uint64_t seed = 1; seed <= 1'500; ++seed) {
    const RandomProgram program = random_program(mix, seed);
    FinalState final;
    const auto body = [&] { return run_program(program, final); };
    const std::size_t all = classes(SourceSets(), body);
    const std::size_t found = classes(TextbookSourceSets(), body);
    EXPECT_LE(found, all) << to_text(program);
    if (found == all) continue;
    ++lost;
    EXPECT_EQ(all, classes(WakeupTrees(), body)) << to_text(program);
  }
  EXPECT_GT(lost, 0U);
  RecordProperty("programs_with_lost_classes", std::to_string(lost));
}

}  // namespace
}  // namespace coweave::test
