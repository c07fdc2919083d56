#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "coweave/coweave.hpp"

/// Programs without coroutines, that drive a strategy as an execution does and say what each step
/// touches: what distributions are tested on.
namespace coweave::test {

/// Steps of one task in order.
struct SimulatedStep {
  std::vector<Touch> touches = {};
  int spawns = -1;  // A task that becomes ready with this step.
};
struct SimulatedTask {
  std::vector<SimulatedStep> steps;
  bool is_spawned = false;  // By a step; the others are ready from the start.
};

inline SimulatedTask steps_of_its_own(std::size_t count) {
  return {std::vector<SimulatedStep>(count)};
}

class SimulatedProgram {
 public:
  explicit SimulatedProgram(std::vector<SimulatedTask> tasks, bool reports_touches = true)
      : tasks_(std::move(tasks)), reports_touches_(reports_touches) {}

  /// Who ran, step by step: "abba".
  std::string run(Strategy& strategy, std::uint64_t number) {
    ObservesTouches* const observer = reports_touches_ ? strategy.capabilities().touches : nullptr;
    EXPECT_TRUE(strategy.begin_execution(number));
    entries_.assign(tasks_.size(), {});
    done_.assign(tasks_.size(), 0);
    ready_.clear();
    log_.restart(10'000);
    created_ = 0;
    for (std::size_t task = 0; task < tasks_.size(); ++task)
      if (!tasks_[task].is_spawned) create(task);
    std::string order;
    while (!ready_.empty()) {
      ReadyView view{ready_.data(), ready_.size()};
      const SchedulingPoint point(view, log_);
      const std::size_t pick = ready_.size() > 1 ? strategy.pick(point) : 0;
      EXPECT_LT(pick, ready_.size());
      ReadyTask* const entry = ready_.at(pick);
      log_.append(entry->id, static_cast<std::uint32_t>(ready_.size()),
                  static_cast<std::uint32_t>(pick), OperationKind::yield, ObjectId::none, {});
      ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(pick));
      const auto task = static_cast<std::size_t>(entry - entries_.data());
      const SimulatedStep& step = tasks_[task].steps.at(done_[task]++);
      if (step.spawns >= 0) create(static_cast<std::size_t>(step.spawns));
      if (done_[task] < tasks_[task].steps.size()) ready_.push_back(entry);
      if (observer != nullptr) observer->step_ended(step.touches);
      order += static_cast<char>('a' + task);
    }
    strategy.end_execution(log_.view());
    return order;
  }

 private:
  void create(std::size_t task) {
    entries_[task].id = static_cast<TaskId>(created_++);  // Differs between schedules; the key not.
    entries_[task].key = mix(task + 1);
    ready_.push_back(&entries_[task]);
  }

  std::vector<SimulatedTask> tasks_;
  bool reports_touches_;
  std::vector<ReadyTask> entries_;
  std::vector<std::size_t> done_;
  std::vector<ReadyTask*> ready_;
  std::uint32_t created_ = 0;
  StepLog log_;
};

}  // namespace coweave::test
