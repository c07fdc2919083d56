#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "coweave/core/outcome.hpp"
#include "coweave/execution/end_listener.hpp"
#include "coweave/execution/injector.hpp"
#include "coweave/execution/intruders.hpp"
#include "coweave/execution/task_loop.hpp"
#include "coweave/execution/wait_record.hpp"
#include "coweave/schedule/trace.hpp"
#include "coweave/strategy/strategy.hpp"

namespace coweave::detail {

class Recorder;

/// Creates the root task of the program under test, once for every execution.
using Body = std::function<void()>;

/// A failure as an execution sees it; the first one classifies.
struct ExecutionFailure {
  FailureKind kind = FailureKind::check;
  std::string message;
  SourceLine place;
  std::uint32_t step = 0;  ///< Index of the step under way.
  TaskId task = TaskId::none;
  bool is_deadline_passed = false;  ///< An exception that says so, and that nothing caught.
  bool is_consequence = false;      ///< Reported by a destructor while an exception passed by.
};

/// What one execution needs to know besides its body and its strategy.
struct ExecutionOptions {
  AwaitPoints await_points = AwaitPoints::every;
  std::uint64_t max_steps = 10'000;
  std::string source_root;
  Injections injections = {};
  /// Real time that an execution in which nothing can go on gives to other threads of the process,
  /// if there are any; at most.
  std::chrono::nanoseconds patience = std::chrono::seconds(10);
};

class Execution;

/// What one run may have besides a body and a strategy.
struct RunOptions {
  Recorder* recorder = nullptr;  ///< Where to write the trace, if anywhere.
  /// Where the steps note what they access, if anywhere; see Capabilities::accesses. Not with a
  /// recorder.
  AccessLog* accesses = nullptr;
  /// The loop where no trace is written, no access noted and nothing injected; null: the loop under
  /// any strategy.
  void (Execution::*loop)(Strategy&, Context&) = nullptr;
};

/// ONE run of a program: asks a strategy at every scheduling point, runs the step, keeps the log.
/// Used for one execution after the other; allocates nothing once it has seen the largest.
class Execution final : public TaskLoop {
 public:
  explicit Execution(ExecutionOptions options);
  ~Execution() override;

  /// What picks and steps until an execution has ended.
  using Loop = void (Execution::*)(Strategy&, Context&);
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
  /// While a failed execution is torn down, for a signal handler: "deadlock: ... at bank.cpp:14",
  /// on one line, and where its schedule is saved, if it is. Empty else.
  [[nodiscard]] const std::string& failure_torn_down() const { return failure_torn_down_; }
  [[nodiscard]] const std::string& schedule_torn_down() const { return schedule_torn_down_; }
  /// How many executions so far have left frames that were leaked: code of other libraries or of
  /// other threads may refer to them.
  [[nodiscard]] std::uint64_t leaked() const { return leaked_; }

  /// Who makes the injections in runs that note what steps touch. Such a run has the steps() of the
  /// run that has the same injections without them.
  [[nodiscard]] Intruders& intruders() { return intruders_; }

  /// For tests, within a pick of the run's strategy, where nothing is injected: aborts if the
  /// structures that make tasks ready contradict themselves. O(n log n) for n tasks.
  void check_structures() const { TaskLoop::check_structures(now_); }

  /// The failures of the last run: the first ones of very many, with long messages cut.
  [[nodiscard]] const std::vector<ExecutionFailure>& failures() const { return failures_; }
  /// How many more there were.
  [[nodiscard]] std::uint64_t failures_left_out() const { return failures_left_out_; }
  [[nodiscard]] std::span<const Step> steps() const { return log_.view(); }
  [[nodiscard]] std::uint64_t fingerprint() const { return log_.fingerprint(); }
  [[nodiscard]] std::size_t task_count() const { return task_count_; }
  /// How many cancellations, faults, wake-ups and early timers it had.
  [[nodiscard]] std::uint32_t injections() const { return injector_.taken(); }
  /// Whether the last run reached its limit of steps while a timer was armed or the clock was read,
  /// so that the clock moved although tasks were ready.
  [[nodiscard]] bool has_let_time_pass() const { return times_let_pass_ != 0; }
  /// Whether handlers of another runtime were not cancelled where tasks would have been.
  [[nodiscard]] bool has_spared_handlers() const { return injector_.has_spared_handlers(); }
  /// Whether the strategy gave it up (detail::abandon_execution).
  [[nodiscard]] bool is_abandoned() const { return is_abandoned_; }

  /// What is known of an object that the last run, or the one under way, has numbered.
  struct NumberedObject {
    ObjectKind kind = ObjectKind::none;
    bool is_older = false;  ///< Than the run.
    TaskId creator = TaskId::none;
    std::uint32_t ordinal = 0;
    Name name;
    Place created_at;
  };
  /// The objects of the run by ObjectId. A signal handler may read them.
  [[nodiscard]] std::span<const NumberedObject> objects() const { return objects_; }
  /// The task that steps() call `logged`, alive or not, or null.
  [[nodiscard]] const TaskControl* task_in_steps(TaskId logged) const;
  /// The task of that number, with the search's own counted, alive or not; null if there was none.
  [[nodiscard]] const TaskControl* numbered_task(TaskId id) const { return tasks_.known(id); }
  /// Whether `id` is a task of a reduced search, which makes an injection.
  [[nodiscard]] bool is_intruder(TaskId id) const { return intruders_.find(id) != nullptr; }

  /// Of all runs so far: the most combinations of values that one of them chose among (choose(),
  /// fault points, inline resumptions); at least 1.
  [[nodiscard]] double values() const { return most_values_; }
  /// Know which injections had a target and which objects were waited for, in all runs so far.
  [[nodiscard]] const Injector& injector() const { return injector_; }
  [[nodiscard]] const WaitRecord& waits() const { return waits_; }
  /// Knows which timers were armed while steps ran, in all runs so far.
  [[nodiscard]] const TimerQueue& timers() const { return timers_; }

  /// A name given to sometimes(), and whether it has ever held.
  struct Claim {
    std::string name;
    bool has_held = false;
  };
  /// Of all runs so far, in the order first reached.
  [[nodiscard]] const std::vector<Claim>& claims() const { return claims_; }

  /// What the program has overlooked in all runs so far: see detail::Oversight.
  struct Overlooked {
    Oversight kind = Oversight::unawaited_task;
    std::string name;  ///< Of the coroutine function, as compilers write it, or of the object.
    SourceLine place;
  };
  /// None twice, in the order first met.
  [[nodiscard]] const std::vector<Overlooked>& overlooked() const { return overlooked_; }

  void create_tasks(std::span<ChildTask* const> children, const Place& place) override;
  std::uint32_t choose(std::uint32_t alternatives, const Place& place) override;
  bool inject_fault(ObjectId object, const Place& place) override;
  bool count_immediate_await() override;
  bool resume_inline(ForeignWaiter& waiter) noexcept override;
  void add_invariant(InvariantBase& invariant) override;
  void remove_invariant(InvariantBase& invariant) noexcept override;
  void note_sometimes(std::string_view name, bool holds) override;
  void note_oversight(Oversight kind, std::string_view name, const Place& place) noexcept override;
  Clock::time_point now() override {
    is_clock_read_ = true;
    return now_;
  }
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

  template <bool is_recording, class Known>
  void loop(Strategy& strategy, Context& running);
  /// The same, where scheduling points have more entries than the ready tasks.
  template <bool is_recording>
  void loop_with_injections(Strategy& strategy, Context& running);
  /// The same under a strategy that is told what steps touch: asked also where one task is ready,
  /// and it may give the execution up.
  void loop_noting_accesses(Strategy& strategy, Context& running);
  /// The same where intruders make the injections.
  void loop_with_intruders(Strategy& strategy, Context& running);
  /// A step of the program comes next, or an injection by `intruder`, or time passes: as a run
  /// without intruders would write it down.
  void log_task(const TaskControl& task, std::size_t position);
  void log_injection(const Intruders::Intruder& intruder);
  void log_quiet();
  void log_entry(const Injector::Entry& entry, std::size_t alternatives, std::size_t pick);
  /// For intruders: what might happen to `task` now; to every task.
  void look_for_chances(TaskControl& task);
  void look_for_chances();
  void admit(const Intrusion& intrusion, TaskControl& target);
  /// The step of an intruder.
  void intrude(TaskControl& task);
  /// Steps the ready task at `pick`, and logs it. False: the execution has ended.
  template <bool is_recording>
  bool step_picked(std::size_t pick, std::size_t alternatives, std::size_t injections,
                   Context& running);
  template <bool is_recording>
  bool step_picked(TaskControl& task, std::size_t pick, std::size_t alternatives,
                   std::size_t injections, Context& running);
  /// The same where more tasks are ready than the loop is made for, for the one that `strategy`
  /// picks.
  template <bool is_recording, class Known>
  bool step_of_many(Known& strategy, const SchedulingPoint& point, Context& running);
  /// The same for one that is logged.
  bool step_logged(TaskControl& task, std::size_t position, Context& running);
  /// What `strategy` picks among the `ready` tasks of `point`, where nothing is injected.
  template <class Known>
  static std::size_t pick_ready(Known& strategy, const SchedulingPoint& point, std::size_t ready);
  void record_pick(const TaskControl& task, std::size_t pick, std::size_t injections);
  /// False: the execution has ended.
  bool inject(Injector::Entry entry);
  /// A branch within a step: asks the strategy, and writes the answer down.
  std::uint32_t decide(OperationKind kind, ObjectId object, std::uint32_t alternatives,
                       const Place& place);
  /// There is nothing to step, or no room to log it: lets time pass, or ends the execution. False:
  /// it has ended.
  bool go_on();
  /// What other threads have done since: failures, and tasks that go on. Whether any task is ready
  /// now.
  bool hear_elsewhere();
  /// Adds failures for `news`; in an order that does not depend on the threads.
  void report_elsewhere(NewsFromElsewhere& news);
  /// Nothing in the execution can go on: whether another thread makes a task ready meanwhile.
  bool wait_for_elsewhere();
  /// Whether the process has threads that it had not before the first execution.
  [[nodiscard]] bool has_new_threads() const;
  /// The execution has ended: tells the listener, before anything is destroyed.
  void announce_failure();
  void end() noexcept;

  /// Whether the clock may move now although tasks are ready; see TimerOrder.
  [[nodiscard]] bool may_fire_early() const;
  /// To the earliest timer, which fires; false if there is none.
  bool advance_clock();
  /// At the limit of steps: tasks that poll may wait for what a timer brings, or for a time that
  /// the clock shows. Moves the clock to the earliest timer, and lets as many steps follow; a few
  /// times in a run. Without a timer, if the clock was read since the last limit, moves it by 1 ms
  /// the first time, and by ten times as much at each limit after that. Not where accesses are
  /// noted, since which steps come before would follow from no dependence.
  bool let_time_pass();
  [[noreturn]] static void refuse_pick(std::size_t pick, std::size_t ready);
  /// After a step: those that do not hold fail the execution, once.
  void check_invariants();
  void report_blocked();
  void record_blocked();
  void report_results();
  /// What a check says and how often is up to the program; a report has to stay readable. How the
  /// execution ended is added to what its steps reported.
  static constexpr std::size_t most_reported = 16;
  static constexpr std::size_t most_failures = 32;
  /// False: there are `most` already, and it is only counted.
  bool add_failure(FailureKind kind, std::string message, SourceLine place, TaskId task,
                   std::size_t most = most_failures);
  /// Whether another failure is described while there are fewer than `most`; counts it if not.
  [[nodiscard]] bool has_room_for_failure(std::size_t most = most_failures);
  /// An exception that leaves a task comes before what destructors reported on its way.
  void move_consequences_back();
  /// `place`, or, where that is in a header of the system, the last await of `task` or of one of
  /// its ancestors that is not.
  [[nodiscard]] SourceLine place_in_user_code(const char* file, std::uint32_t line,
                                              const TaskControl* task) const;
  void add_exception(const TaskControl& reached);
  /// Within a handler: the call of the body threw before there was a task.
  void add_exception_of_call();
  /// The task that threw the exception which reached `task`, through a gather or a join.
  [[nodiscard]] const TaskControl& origin_of(const TaskControl& task) const;
  /// The index in the log of the step in which `task` ended by an exception.
  [[nodiscard]] std::uint32_t last_step_of(const TaskControl& task) const;
  void add_livelock();
  /// Leaves the user's code; the loop then ends the execution.
  [[noreturn]] void stop();
  [[nodiscard]] std::string task_label(const TaskControl& task) const;

  ExecutionOptions options_;
  FrameArena arena_;
  StepLog log_;
  Injector injector_;
  Intruders intruders_;
  Strategy* strategy_ = nullptr;
  Recorder* recorder_ = nullptr;
  std::vector<ExecutionFailure> failures_;
  std::uint64_t failures_left_out_ = 0;
  int exceptions_outside_ = 0;  // Under way when the execution began.
  std::vector<InvariantBase*> invariants_;
  std::vector<Claim> claims_;
  WaitRecord waits_;
  double values_ = 1;  // Of this run, and the most of all.
  double most_values_ = 1;
  std::vector<Overlooked> overlooked_;
  std::vector<NumberedObject> objects_;
  std::size_t task_count_ = 0;
  std::uint32_t quiets_ = 0;
  std::uint32_t times_let_pass_ = 0;
  bool is_clock_read_ = false;  // Since the last limit of steps.
  Clock::time_point now_;
  std::uint64_t steps_before_ = 0;   // Context::step_number when the execution began.
  bool stopped_ = false;             // In the middle of a step.
  bool was_used_elsewhere_ = false;  // By another thread.
  bool is_abandoned_ = false;
  std::exception_ptr strategy_error_;  // Thrown within a step: waits for the end of the execution.
  EndListener* end_listener_ = nullptr;
  std::string failure_torn_down_;
  std::string schedule_torn_down_;
  std::optional<std::size_t> threads_before_;  // The execution was made.
  std::uint64_t leaked_ = 0;
};

}  // namespace coweave::detail
