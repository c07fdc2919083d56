#pragma once

#include <cstddef>

#include "coweave/execution/execution_clock.hpp"
#include "coweave/execution/injector.hpp"
#include "coweave/execution/intruders.hpp"
#include "coweave/execution/ready_queue.hpp"
#include "coweave/schedule/step_log.hpp"

namespace coweave::detail {

/// Writes the decisions of a run with intruders as a run would that has the same injections without
/// them: tasks have other numbers there, and scheduling points other entries.
class IntruderLog {
 public:
  /// What a scheduling point is made of. All must outlive it.
  struct Point {
    const ReadyQueue& ready;
    const TaskTable& tasks;
    const TimerQueue& timers;
    const ExecutionClock& clock;
  };
  IntruderLog(StepLog& log, Injector& injector, const Intruders& intruders, const Point& point)
      : log_(log), injector_(injector), intruders_(intruders), point_(point) {}

  /// `task`, a task of the program at `position` in the ready queue, steps next. O(tasks).
  void add_step(const TaskControl& task, std::size_t position);
  /// `intruder` acts next. Adds nothing where it has nothing to do any more. O(tasks).
  void add_injection(const Intruders::Intruder& intruder);
  /// Nothing is ready: time passes, where a run without intruders would choose that. O(tasks).
  void add_idle();
  /// An entry of a scheduling point of `alternatives` entries, at `pick`. O(intruders).
  void add_entry(const Injector::Entry& entry, std::size_t alternatives, std::size_t pick);

  /// The number of the task that the log calls `logged`. O(intruders^2).
  [[nodiscard]] TaskId number_of(TaskId logged) const;

 private:
  /// How many tasks of the program are ready.
  [[nodiscard]] std::size_t ready() const {
    return point_.ready.size() - intruders_.count(point_.ready.view(), point_.ready.size());
  }
  /// What a run without intruders could inject where so many tasks are ready.
  [[nodiscard]] std::span<Injector::Entry> offer(std::size_t tasks) {
    return injector_.offer(point_.tasks, tasks > 0, point_.clock.may_fire_early(point_.timers));
  }

  StepLog& log_;
  Injector& injector_;
  const Intruders& intruders_;
  Point point_;
};

}  // namespace coweave::detail
