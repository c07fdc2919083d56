#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"
#include "framework/execution/counted_allocations.hpp"

// After warm-up a passing execution makes no heap allocation (architecture.md, "The hot
// path"). The programs allocate nothing themselves.

namespace coweave {
namespace {

using test::allocations;

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}
Task<> gathers() { co_await gather(yields(3), yields(3), yields(3)); }

Task<> with_lock(Lock& lock) {
  for (int i = 0; i < 3; ++i) {
    co_await yield();
    const LockGuard guard = co_await lock.scoped();
    co_await yield();
  }
}
Task<> locks() {
  Lock lock("shared");
  co_await gather(with_lock(lock), with_lock(lock), with_lock(lock));
}

Task<> with_permit(Semaphore& semaphore) {
  for (int i = 0; i < 3; ++i) {
    const SemaphoreGuard permit = co_await semaphore.scoped();
    co_await yield();
  }
}
Task<> semaphores() {
  BoundedSemaphore semaphore(2, "pool");
  co_await gather(with_permit(semaphore), with_permit(semaphore), with_permit(semaphore));
}

Task<> waits(Event& event) {
  co_await event.wait();
  co_await yield();
}
Task<> sets(Event& event) {
  co_await yields(2);
  event.set();
}
Task<> events() {
  Event event("started");
  co_await gather(waits(event), waits(event), waits(event), sets(event));
}

Task<> waits_until(Condition& condition, int& value, int least) {
  const LockGuard guard = co_await condition.scoped();
  co_await condition.wait_for([&value, least] { return value >= least; });
}
Task<> raises(Condition& condition, int& value) {
  for (int i = 0; i < 2; ++i) {
    const LockGuard guard = co_await condition.scoped();
    ++value;
    condition.notify_all();
  }
}
Task<> conditions() {
  Condition condition("changed");
  int value = 0;
  co_await gather(waits_until(condition, value, 1), waits_until(condition, value, 2),
                  raises(condition, value), yields(2));
}

Task<int> number(int value) {
  co_await yield();
  co_return value;
}
Task<> spawns_and_joins() {
  const TaskHandle<int> first = spawn(number(1), "first");
  const TaskHandle<int> second = spawn(number(2));
  const TaskHandle<int> third = spawn(number(3));
  const TaskHandle<> fourth = spawn(yields(2));
  const int sum = co_await first + co_await second + co_await third;
  co_await fourth;
  check(sum == 6);
}

Task<> sleeps(int times) {
  for (int i = 0; i < times; ++i) co_await sleep_for(std::chrono::milliseconds(1));
}
Task<> sleepers() { co_await gather(sleeps(3), sleeps(3), sleeps(3), yields(1)); }

Task<> chooses(int times) {
  for (int i = 0; i < times; ++i) {
    static_cast<void>(choose(3));
    co_await yield();
  }
}
Task<> choosers() { co_await gather(chooses(2), chooses(2), chooses(2)); }

Task<> posts() {
  Event event;
  post([&event] { event.set(); }, "setter");
  co_await gather(waits(event), waits(event), yields(3));
}

Task<> calls_children(int depth) {
  if (depth > 0) co_await calls_children(depth - 1);
}
Task<> calls_often() {
  for (int i = 0; i < 3; ++i) co_await calls_children(3);
}
Task<> children() { co_await gather(calls_often(), calls_often(), yields(3)); }

Task<> awaits_foreign() {
  for (int i = 0; i < 4; ++i) co_await std::suspend_never();
}
Task<> foreign() { co_await gather(awaits_foreign(), awaits_foreign(), awaits_foreign()); }

Task<> daemons() {
  spawn_daemon(yields(100), "daemon");
  co_await gather(yields(3), yields(3));
}

struct Program {
  const char* name;
  Task<> (*body)();
};

constexpr std::array<Program, 12> programs{{
    {"yield and gather", gathers},
    {"lock", locks},
    {"semaphore", semaphores},
    {"event", events},
    {"condition", conditions},
    {"spawn and join", spawns_and_joins},
    {"sleep", sleepers},
    {"choose", choosers},
    {"post", posts},
    {"inline children", children},
    {"foreign awaitables", foreign},
    {"daemon", daemons},
}};

/// All allocations of one exploration.
std::uint64_t allocations_of(const Program& program, const StrategyRecipe& recipe,
                             std::uint64_t schedules) {
  Options options;
  options.strategy = recipe;
  options.seed = 1;
  options.max_schedules = schedules;
  options.max_time = std::chrono::minutes(5);
  options.name = "allocation";
  const std::uint64_t before = allocations;
  const Report report = explore(program.body, options);
  const std::uint64_t after = allocations;
  EXPECT_FALSE(report.failed()) << program.name << '\n' << report;
  EXPECT_EQ(report.schedules, schedules) << program.name;
  return after - before;
}

// Both have the same warm-up, and the same re-executions by the nondeterminism sentinel, which
// looks at the executions 1, 2, 4, ..., 4096: the 4,000 executions between them are all that
// differs.
TEST(Allocation, OfTwiceAsManyExecutionsIsTheSame) {
  for (const StrategyRecipe& recipe : {exhaustive(), random_walk()}) {
    for (const Program& program : programs) {
      static_cast<void>(allocations_of(program, recipe, 100));  // Interns names, and the like.
      const std::uint64_t few = allocations_of(program, recipe, 4'100);
      const std::uint64_t many = allocations_of(program, recipe, 8'100);
      EXPECT_EQ(many, few) << program.name << " under " << recipe.name();
    }
  }
}

/// Passes everything on, and counts what is allocated between begin and end of an execution.
class CountsAllocations final : public Strategy {
 public:
  CountsAllocations(std::unique_ptr<Strategy> strategy, std::uint64_t warm_up, std::uint64_t& found)
      : strategy_(std::move(strategy)), warm_up_(warm_up), found_(found) {}

  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    number_ = number;
    before_ = allocations;
    return strategy_->begin_execution(number);
  }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    return strategy_->pick(point);
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return strategy_->choose(alternatives);
  }
  void end_execution(std::span<const Step> /*steps*/) override {
    if (number_ > warm_up_) found_ += allocations - before_;
  }
  [[nodiscard]] Capabilities capabilities() override {
    return {.begins_in_production_order = true};
  }

 private:
  std::unique_ptr<Strategy> strategy_;
  std::uint64_t warm_up_;
  std::uint64_t& found_;
  std::uint64_t number_ = 0;
  std::uint64_t before_ = 0;
};

// 200 executions see the largest of each of these programs, whatever the strategy.
TEST(Allocation, IsZeroInEachExecutionAfterWarmUp) {
  for (const StrategyRecipe& recipe : {exhaustive(), random_walk()}) {
    for (const Program& program : programs) {
      std::uint64_t found = 0;
      const StrategyRecipe counting(recipe.name(), [&](std::uint64_t seed) {
        return std::make_unique<CountsAllocations>(recipe.make(seed), 200, found);
      });
      static_cast<void>(allocations_of(program, counting, 2'000));
      EXPECT_EQ(found, 0U) << program.name << " under " << recipe.name();
    }
  }
}

/// An allocation that nothing sees may be left out by the compiler.
std::byte* volatile last_allocated = nullptr;

// The counter counts: a program that allocates in every execution is seen to do so.
TEST(Allocation, IsSeenWhereThereIsOne) {
  static volatile std::size_t size = 100;
  const auto allocates = []() -> Task<> {
    const auto memory = std::make_unique<std::byte[]>(size);
    last_allocated = memory.get();
    co_await gather(yields(3), yields(3), yields(3));
  };
  const Program program{"allocates", +allocates};
  static_cast<void>(allocations_of(program, random_walk(), 100));
  const std::uint64_t few = allocations_of(program, random_walk(), 4'100);
  const std::uint64_t many = allocations_of(program, random_walk(), 8'100);
  EXPECT_EQ(many - few, 4'000U);
}

}  // namespace
}  // namespace coweave
