// How to write a strategy of one's own: derive from coweave::Strategy and say which ready task
// steps next. Shows: a strategy that runs each task as far as it gets and preempts once, after one
// step, after two, and so on. It finds a lost update that the production order does not have.

#include <cstddef>
#include <cstdint>
#include <utility>

#include "coweave/gtest.hpp"

using coweave::Task;

/// Stays with the task that has just run while that is ready. Execution n leaves it once, after n
/// steps.
class PreemptOnce final : public coweave::Strategy {
 public:
  explicit PreemptOnce(std::uint64_t steps) : steps_(steps) {}

  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    preempt_after_ = number;
    return number <= steps_;
  }

  [[nodiscard]] std::size_t pick(const coweave::SchedulingPoint& point) override {
    for (std::size_t i = 0; i < point.size(); ++i) {
      if (point[i].id != point.last()) continue;
      const bool preempts = point.history().size() == preempt_after_;
      return preempts ? (i + 1) % point.size() : i;
    }
    return 0;  // The last one waits or has ended: on with the production order.
  }

 private:
  std::uint64_t steps_;
  std::uint64_t preempt_after_ = 0;
};

Task<> increment(int& counter) {
  const int seen = counter;
  co_await coweave::yield();
  counter = seen + 1;
}

Task<> increment_later(int& counter) {
  co_await coweave::yield();
  co_await increment(counter);
}

Task<> lost_update() {
  int counter = 0;
  co_await coweave::gather(increment(counter), increment_later(counter));
  EXPECT_EQ(counter, 2);
}

coweave::Options under(coweave::StrategyRecipe recipe) {
  coweave::Options options;
  options.strategy = std::move(recipe);
  return options;
}

TEST(OwnStrategy, ProductionOrderDoesNotLoseTheUpdate) {
  EXPECT_THAT(coweave::explore(lost_update, under(coweave::production())), coweave::Passes());
}

TEST(OwnStrategy, OnePreemptionFindsTheLostUpdate) {
  const std::uint64_t steps = 10;
  const auto recipe = coweave::strategy<PreemptOnce>("preempt once", steps);
  const coweave::Report report = coweave::explore(lost_update, under(recipe));
  EXPECT_THAT(report, coweave::FailsWith(coweave::FailureKind::check));
  EXPECT_EQ(report.strategy, "preempt once");
}
