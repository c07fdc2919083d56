#pragma once

#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coweave/execution/body.hpp"
#include "coweave/execution/elsewhere_watch.hpp"
#include "coweave/execution/end_listener.hpp"
#include "coweave/execution/execution_options.hpp"
#include "coweave/execution/intruder_log.hpp"
#include "coweave/execution/object_table.hpp"
#include "coweave/execution/program_checks.hpp"
#include "coweave/execution/task_loop.hpp"
#include "coweave/execution/torn_down_failure.hpp"
#include "coweave/execution/wait_record.hpp"
#include "coweave/strategy/strategy.hpp"

namespace coweave::detail {

/// ONE run of a program: asks a strategy at every scheduling point, runs the step, keeps the log.
/// Used for one execution after the other; allocates nothing once it has seen the largest.
class Execution final : public TaskLoop {
 public:
  explicit Execution(ExecutionOptions options);
  ~Execution() override;

  /// What picks and steps until an execution has ended.
  using Loop = decltype(RunOptions::loop);
  /// The loop under strategies of exactly the class `Known`, with their picks inlined: see
  /// execution_loop.hpp.
  template <class Known>
  [[nodiscard]] static Loop loop_under();

  /// From the creation of the root task until its end, a deadlock, the step limit; then tears
  /// down. Failures of the program are in failures(), never thrown. Throws what the strategy
  /// throws, and Error if the strategy picks what is not there.
  void run(const Body& body, Strategy& strategy, const RunOptions& options = {});

  /// Who hears of the end of executions that fail; null: nobody. Must outlive them.
  void set_end_listener(EndListener* listener) { end_listener_ = listener; }
  /// The injections of runs that note what steps access. Such a run has the steps() of the run that
  /// has the same injections without intruders.
  [[nodiscard]] Intruders& intruders() { return intruders_; }
  /// For tests, within a pick of the run's strategy, where nothing is injected: aborts if the
  /// structures that make tasks ready contradict themselves. O(n log n) for n tasks.
  void check_structures() const { TaskLoop::check_structures(clock_.now()); }

  // These describe the last run, or the one under way.
  [[nodiscard]] const std::vector<ExecutionFailure>& failures() const { return failures_.all(); }
  [[nodiscard]] std::uint64_t failures_left_out() const { return failures_.left_out(); }
  [[nodiscard]] std::span<const Step> steps() const { return log_.view(); }
  [[nodiscard]] std::uint64_t fingerprint() const { return log_.fingerprint(); }
  [[nodiscard]] std::size_t task_count() const { return task_count_; }
  [[nodiscard]] std::span<const NumberedObject> objects() const { return objects_.all(); }
  /// How many cancellations, faults, wake-ups and early timers it had.
  [[nodiscard]] std::uint32_t injections() const { return injector_.taken(); }
  /// Whether the last run reached its limit of steps while a timer was armed or the clock was read,
  /// so that the clock moved although tasks were ready.
  [[nodiscard]] bool has_let_time_pass() const { return clock_.times_let_pass() != 0; }
  /// Whether the strategy gave it up (detail::abandon_execution).
  [[nodiscard]] bool is_abandoned() const { return is_abandoned_; }
  /// While a failed execution is torn down: its failure.
  [[nodiscard]] const TornDownFailure& torn_down() const { return torn_down_; }
  /// The task that steps() call `logged`, alive or not, or null.
  [[nodiscard]] const TaskControl* task_in_steps(TaskId logged) const {
    return tasks_.known(intruder_log_.number_of(logged));
  }
  /// The task of that number, with the search's own counted, alive or not; null if there was none.
  [[nodiscard]] const TaskControl* numbered_task(TaskId id) const { return tasks_.known(id); }
  /// Whether `id` is a task of a reduced search, which makes an injection.
  [[nodiscard]] bool is_intruder(TaskId id) const { return intruders_.find(id) != nullptr; }

  // These describe all runs so far.
  /// The most combinations of values that one of them chose among (choose(), fault points, inline
  /// resumptions); at least 1.
  [[nodiscard]] double values() const { return most_values_; }
  /// How many have left frames that were leaked: code of other libraries or of other threads may
  /// refer to them.
  [[nodiscard]] std::uint64_t leaked() const { return leaked_; }
  /// Knows which injections had a target, and whether handlers of another runtime were spared.
  [[nodiscard]] const Injector& injector() const { return injector_; }
  /// Knows which objects were waited for.
  [[nodiscard]] const WaitRecord& waits() const { return waits_; }
  /// Knows which timers were armed while steps ran.
  [[nodiscard]] const TimerQueue& timers() const { return timers_; }
  /// Knows what sometimes() was given, and what was overlooked.
  [[nodiscard]] const ProgramChecks& checks() const { return checks_; }

  void create_tasks(std::span<ChildTask* const> children, const Place& place) override;
  std::uint32_t choose(std::uint32_t alternatives, const Place& place) override;
  bool inject_fault(ObjectId object, const Place& place) override;
  bool count_immediate_await() override;
  bool resume_inline(ForeignWaiter& waiter) noexcept override;
  void add_invariant(InvariantBase& invariant) override;
  void remove_invariant(InvariantBase& invariant) noexcept override;
  void note_sometimes(std::string_view name, bool holds) override;
  void note_oversight(Oversight kind, std::string_view name, const Place& place) noexcept override;
  Clock::time_point now() override { return clock_.read(); }
  [[nodiscard]] bool has_virtual_time() const override { return true; }
  ObjectId register_object(const Object& object) override;
  void note_wait(const Object& object) override;
  void record(Effect effect) override;
  void threw_in_tear_down() noexcept override;
  void record_access(OperationKind kind, const Object& object, const Place& place) override;
  void report_failure(FailureKind kind, std::string message, const char* file,
                      std::uint32_t line) override;

 private:
  /// Leaves the user's code when the execution must stop in the middle of a step.
  struct StopExecution {};

  // The loops: see execution_loop.hpp.
  template <bool is_recording, class Known>
  void loop(Strategy& strategy, Context& running);
  template <bool is_recording>
  void loop_with_injections(Strategy& strategy, Context& running);
  template <bool has_intruders>
  void loop_noting_accesses(Strategy& strategy, Context& running);
  template <bool is_recording, class Known>
  bool step_of_many(Known& strategy, const SchedulingPoint& point, Context& running);
  template <bool is_recording>
  bool step_picked(TaskControl& task, std::size_t pick, std::size_t alternatives,
                   std::size_t injections, Context& running);
  bool step_logged(TaskControl& task, std::size_t position, Context& running);
  [[nodiscard]] Loop loop_for(const RunOptions& options) const;

  void begin(Strategy& strategy, const RunOptions& options);
  void run_loop(const Body& body, const RunOptions& options);
  /// Adds to the failures how the execution ended.
  void report_end();
  /// Tells the listener of the failure, before anything is destroyed.
  void announce_failure();
  void end() noexcept;

  /// Carries out an injection; false: the execution has ended.
  bool inject(Injector::Entry entry);
  /// A branch within a step: asks the strategy, and writes the answer down.
  std::uint32_t decide(OperationKind kind, ObjectId object, std::uint32_t alternatives,
                       const Place& place);
  /// There is nothing to step, or no room to log it: lets time pass, or ends the execution. False:
  /// it has ended.
  bool go_on();
  /// Moves the clock to the earliest timer, which fires; false if there is none.
  bool advance_clock();
  /// At the limit of steps: moves the clock, and lets as many steps follow. Not where accesses are
  /// noted, since which steps come before would follow from no dependence.
  bool let_time_pass();
  /// Does what other threads have asked for since; whether any task is ready now.
  bool hear_elsewhere();
  /// After a step, where there are invariants.
  void check_invariants();
  /// Leaves the user's code; the loop then ends the execution.
  [[noreturn]] void stop();

  // For intruders: see execution_intruders.cpp.
  void look_for_chances_after(TaskControl& task, std::size_t tasks_before);
  void look_for_chances(TaskControl& task);
  void look_for_chances();
  void admit(const Intrusion& intrusion, TaskControl& target);
  void intrude(TaskControl& task);

  ExecutionOptions options_;
  FrameArena arena_;
  StepLog log_;
  ExecutionClock clock_{options_.injections.timers};
  Injector injector_{options_.injections};
  Intruders intruders_;
  IntruderLog intruder_log_{log_, injector_, intruders_, {ready_, tasks_, timers_, clock_}};
  FailureCollector failures_{log_, tasks_, options_.source_root};
  EndReport end_report_{failures_, log_, tasks_};
  ProgramChecks checks_{options_.source_root};
  ObjectTable objects_;
  WaitRecord waits_;
  ElsewhereWatch elsewhere_{options_.patience};
  TornDownFailure torn_down_;
  EndListener* end_listener_ = nullptr;
  Strategy* strategy_ = nullptr;
  Recorder* recorder_ = nullptr;
  double values_ = 1;  // Of this run, and the most of all.
  double most_values_ = 1;
  std::size_t task_count_ = 0;
  std::uint32_t quiets_ = 0;  // Moments at which nothing was ready.
  bool stopped_ = false;      // In the middle of a step.
  bool is_abandoned_ = false;
  std::exception_ptr strategy_error_;  // Thrown within a step: waits for the end of the execution.
  std::uint64_t leaked_ = 0;
};

}  // namespace coweave::detail
