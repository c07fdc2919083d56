#include <gmock/gmock.h>

#include <memory>
#include <utility>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

// What strategies are told of the steps, where all shared state is declared.

namespace coweave {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using Touches = std::vector<std::vector<std::pair<std::uint64_t, bool>>>;

/// Follows the production order, once, and keeps what it is told.
class Listening final : public Strategy, public ObservesTouches {
 public:
  explicit Listening(Touches* told) : told_(told) {}
  [[nodiscard]] bool begin_execution(std::uint64_t number) override { return number == 1; }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& /*point*/) override { return 0; }
  [[nodiscard]] Capabilities capabilities() override {
    Capabilities offered = capabilities_of(*this);
    offered.begins_in_production_order = true;
    return offered;
  }
  void step_ended(std::span<const Touch> touches) override {
    std::vector<std::pair<std::uint64_t, bool>>& step = told_->emplace_back();
    for (const Touch& touch : touches) step.emplace_back(touch.object, touch.writes);
  }

 private:
  Touches* told_;
};

template <class Body>
Touches told(const Body& body, Tracking tracking = Tracking::declared) {
  Touches touches;
  Options options;
  options.tracking = tracking;
  options.strategy = strategy<Listening>("listening", &touches);
  options.shrink.max_executions = 0;
  static_cast<void>(explore(body, options));
  return touches;
}

Task<> reads(Shared<int>& x) {
  static_cast<void>(x.read());
  co_return;
}

Task<> writes(Shared<int>& x) {
  x.write(1);
  co_return;
}

Task<> reader_and_writer() {
  Shared<int> x;
  spawn(reads(x));
  spawn(writes(x));
  co_await wait_all_tasks_blocked();
}

TEST(Touches, AreToldStepByStep) {
  const Touches touches = told(reader_and_writer);
  ASSERT_THAT(touches, SizeIs(4));
  // The body spawns, the two tasks run, the body ends.
  EXPECT_THAT(touches[0], IsEmpty());
  ASSERT_THAT(touches[1], SizeIs(testing::Ge(2U)));
  ASSERT_THAT(touches[2], SizeIs(testing::Ge(2U)));
  EXPECT_FALSE(touches[1].front().second);
  EXPECT_TRUE(touches[2].front().second);
  EXPECT_EQ(touches[1].front().first, touches[2].front().first);
}

TEST(Touches, AreNotToldWithoutTracking) {
  EXPECT_THAT(told(reader_and_writer, Tracking::none), IsEmpty());
}

Task<> takes(Lock& lock) {
  const LockGuard guard = co_await lock.scoped();
  co_await yield();
}

Task<> two_takers() {
  Lock lock;
  co_await gather(takes(lock), takes(lock));
}

bool conflict_in(const Touches& touches, std::size_t a, std::size_t b) {
  for (const auto& [object, writes] : touches[a])
    for (const auto& [other, also_writes] : touches[b])
      if (conflict(Touch{object, writes}, Touch{other, also_writes})) return true;
  return false;
}

TEST(Touches, AskingForALockAndGivingItBackCommute) {
  // 0: the body; 1: the first asks; 2: it goes on with the lock; 3: the second asks; 4: the first
  // gives the lock back.
  const Touches touches = told(two_takers);
  ASSERT_GT(touches.size(), 4U);
  EXPECT_TRUE(conflict_in(touches, 1, 3));
  EXPECT_FALSE(conflict_in(touches, 3, 4));
}

struct ResumesAtOnce {
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> handle) { handle.resume(); }
  void await_resume() {}
};

Task<> awaits_foreign() {
  co_await yield();
  co_await ResumesAtOnce{};
  co_await yield();
}

TEST(Touches, EndWhereAStepMayHaveTouchedAnything) {
  const Touches touches = told(awaits_foreign);
  // The first step alone: in the second a foreign awaitable suspends.
  EXPECT_THAT(touches, SizeIs(1));
}

Task<> add_one(Shared<int>& counter) {
  const int seen = counter.read();
  co_await yield();
  counter.write(seen + 1);
}

Task<> private_counters() {
  Shared<int> first;
  Shared<int> second;
  co_await gather(add_one(first), add_one(second));
}

Task<> one_counter() {
  Shared<int> counter;
  co_await gather(add_one(counter), add_one(counter));
}

std::string verdict_of_portfolio(Task<> (*body)()) {
  Options options;
  options.tracking = Tracking::declared;
  options.strategy = portfolio();
  options.max_schedules = 500;
  return explore(body, options).verdict_detail;
}

TEST(Touches, MakeRandomSchedulesCountByClass) {
  EXPECT_THAT(verdict_of_portfolio(private_counters),
              HasSubstr("1 distinct of 499 random schedules"));
  // (2!)^2: the write of each before or after the read of the other, or both after, in two orders.
  EXPECT_THAT(verdict_of_portfolio(one_counter), HasSubstr("4 distinct of 499 random schedules"));
}

}  // namespace
}  // namespace coweave
