#include "coweave/execution/execution.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>

#include "coweave/execution/exceptions.hpp"
#include "coweave/execution/execution_loop.hpp"
#include "coweave/execution/heartbeat.hpp"
#include "coweave/execution/other_threads.hpp"
#include "coweave/execution/recorder.hpp"
#include "coweave/runtime/foreign.hpp"
#include "coweave/runtime/object.hpp"
#include "coweave/task/invariant.hpp"
#include "coweave/task/promise.hpp"

namespace coweave::detail {
namespace {

/// Makes this thread's context that of an execution, and gives the former one back: explorations
/// may nest.
class ContextScope {
 public:
  ContextScope(TaskServices& services, FrameArena& arena, AwaitPoints points, bool is_recording,
               AccessLog* accesses) {
    if (context.services != nullptr) [[unlikely]]
      outer_ = context;
    epoch_outside_ = context.epoch;
    objects_outside_ = context.root_objects;
    context.services = &services;
    if (outer_) [[unlikely]] {  // Else they are so: every execution leaves them so.
      context.current = nullptr;
      context.next = nullptr;
      context.is_tearing_down = false;
    }
    context.arena = &arena;
    context.epoch = next_epoch();
    context.root_objects = 0;
    context.unfinished_tasks = 0;
    context.disposed_tasks = 0;
    context.has_failed_task = false;
    context.await_points = points;
    context.accesses = accesses;
    context.is_recording = is_recording;
    context.is_apart = false;
    context.is_watched = accesses != nullptr;
    context.is_observed = is_recording || accesses != nullptr;
    context.needs_attention = false;
    beat();
  }
  ~ContextScope() {
    beat();
    if (outer_) [[unlikely]] {
      outer_->step_number = context.step_number;
      context = *outer_;
      return;
    }
    context.services = nullptr;
    context.current = nullptr;
    context.arena = nullptr;
    context.epoch = epoch_outside_;
    context.root_objects = objects_outside_;
    context.accesses = nullptr;
    context.is_recording = false;
    context.is_apart = context.is_watched = context.is_observed = true;
  }
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;

 private:
  std::optional<Context> outer_;  // Of the step that explores, if one does.
  std::uint32_t epoch_outside_;
  std::uint32_t objects_outside_;
};

void print_schedule(const void* execution) noexcept {
  std::fputs("schedule so far (task:pick/alternatives):", stderr);
  for (const Step& step : static_cast<const Execution*>(execution)->steps())
    std::fprintf(stderr, " %u:%u/%u", index_of(step.task), step.pick, step.alternatives);
  std::fputs("\n", stderr);
}

}  // namespace

Execution::Execution(ExecutionOptions options)
    : options_(std::move(options)),
      injector_(options_.injections),
      threads_before_(count_other_threads()) {}

Execution::~Execution() { describe_fault_with(nullptr, nullptr); }

void Execution::loop_noting_accesses(Strategy& strategy, Context& running) {
  const SchedulingPoint point(ready_.view(), log_);
  while (true) {
    const std::size_t ready = ready_.size();
    if (ready == 0 || log_.is_full()) {
      if (!go_on()) return;
      continue;
    }
    const std::size_t pick = strategy.pick(point);
    if (pick >= ready) {
      if (pick != abandon_execution) refuse_pick(pick, ready);
      is_abandoned_ = true;
      return;
    }
    running.accesses->begin_step(ready_.at(pick).id);
    if (!step_picked<false>(pick, ready, 0, running)) return;
  }
}

template <bool is_recording>
void Execution::loop_with_injections(Strategy& strategy, Context& running) {
  const SchedulingPoint point(ready_.view(), log_);
  while (true) {
    running.current = nullptr;
    const std::size_t ready = ready_.size();
    const std::span<Injector::Entry> entries = injector_.offer(tasks_, ready > 0, may_fire_early());
    if (ready + entries.size() == 0 || log_.is_full()) {
      if (!go_on()) return;
      continue;
    }
    for (Injector::Entry& entry : entries) ready_.show_injection(entry);
    const std::size_t alternatives = ready_.size();
    const std::size_t pick = alternatives > 1 ? strategy.pick(point) : 0;
    ready_.hide_injections();
    if (pick >= alternatives) refuse_pick(pick, alternatives);
    if (pick < ready) {
      if (!step_picked<is_recording>(pick, alternatives, entries.size(), running)) return;
      continue;
    }
    const Injector::Entry entry = entries[pick - ready];
    if constexpr (is_recording)
      recorder_->injected(entry, static_cast<std::uint32_t>(pick), ready_.view(),
                          static_cast<std::uint32_t>(entries.size()));
    log_entry(entry, alternatives, pick);
    if (!inject(entry)) return;
  }
}

bool Execution::inject(Injector::Entry entry) {
  injector_.use(entry);
  switch (entry.resumes_from.kind) {
    case OperationKind::inject_cancel:
      cancel(*entry.target, "injected by the exploration", entry.resumes_from.place);
      if (std::exchange(context.needs_attention, !invariants_.empty())) settle();
      return true;
    case OperationKind::inject_wake:
      wake(*entry.target->waiter);
      return true;
    default:
      return ready_.empty() ? go_on() : advance_clock();
  }
}

void Execution::run(const Body& body, Strategy& strategy, const RunOptions& options) {
  COWEAVE_INVARIANT(options.recorder == nullptr || options.accesses == nullptr);
  Recorder* const recorder = options.recorder;
  AccessLog* const accesses = options.accesses;
  strategy_ = &strategy;
  recorder_ = recorder;
  log_.restart(options_.max_steps);
  failures_.clear();
  failures_left_out_ = 0;
  exceptions_outside_ = std::uncaught_exceptions();
  invariants_.clear();
  objects_.clear();
  quiets_ = 0;
  times_let_pass_ = 0;
  is_clock_read_ = false;
  values_ = 1;
  injector_.restart();
  intruders_.begin_execution();
  now_ = {};
  stopped_ = false;
  if (strategy_error_) strategy_error_ = nullptr;
  is_abandoned_ = false;
  was_used_elsewhere_ = false;
  if (proxies_.has_news()) [[unlikely]]
    static_cast<void>(proxies_.take_news());  // Of an execution that had ended.
  describe_fault_with(print_schedule, this);
  steps_before_ = context.step_number;
  if (accesses != nullptr) accesses->begin_execution();
  const ContextScope scope(*this, arena_, options_.await_points, recorder != nullptr, accesses);
  live_.begin(context.epoch);
  struct TearDown {
    Execution& execution;
    ~TearDown() { execution.end(); }
  };
  {
    const TearDown at_the_end{*this};
    try {
      body();
    } catch (...) {
      add_exception_of_call();
    }
    if (!failures_.empty() && tasks_.size() == 0) return announce_failure();
    if (injector_.is_active() && accesses == nullptr) {
      recorder == nullptr ? loop_with_injections<false>(strategy, context)
                          : loop_with_injections<true>(strategy, context);
    } else {
      Loop search = options.loop;
      if (recorder != nullptr) {
        search = &Execution::loop<true, Strategy>;
      } else if (accesses != nullptr) {
        search = injector_.is_active() ? &Execution::loop_with_intruders
                                       : &Execution::loop_noting_accesses;
      } else if (search == nullptr) {
        search = &Execution::loop<false, Strategy>;
      }
      (this->*search)(strategy, context);
    }
    live_.end();
    if (proxies_.has_news()) [[unlikely]] {
      NewsFromElsewhere news = proxies_.take_news();
      report_elsewhere(news);
    }
    const bool has_passed = context.unfinished_tasks == 0 && !context.has_failed_task && !stopped_;
    if (is_abandoned_) {
      failures_.clear();  // Another execution, equivalent to this one so far, has them.
    } else if (!has_passed) [[unlikely]] {
      report_results();
    }
    if (!failures_.empty()) [[unlikely]]
      announce_failure();
  }
  if (strategy_error_) std::rethrow_exception(std::exchange(strategy_error_, nullptr));
}

void Execution::record_pick(const TaskControl& task, std::size_t pick, std::size_t injections) {
  recorder_->step_picked(task, static_cast<std::uint32_t>(pick), ready_.view(),
                         static_cast<std::uint32_t>(injections));
}

void Execution::refuse_pick(std::size_t pick, std::size_t ready) {
  throw Error("strategy: expected a pick below " + std::to_string(ready) +
              " (ready tasks), found " + std::to_string(pick));
}

bool Execution::go_on() {
  context.current = nullptr;
  if (!ready_.empty()) {
    if (log_.make_room() || let_time_pass()) return true;
    add_livelock();
    return false;
  }
  if (context.accesses != nullptr) context.accesses->fence();
  if (proxies_.has_news() && hear_elsewhere()) return true;
  if (wake_idle() || advance_clock()) {
    ++quiets_;
    check_between_steps(now_);
    if (context.accesses != nullptr && injector_.is_active()) look_for_chances();
    return true;
  }
  if (wait_for_elsewhere()) return true;
  report_blocked();
  return false;
}

bool Execution::may_fire_early() const {
  return options_.injections.timers == TimerOrder::timeouts ? timers_.deadlines_may_come_early()
                                                            : !timers_.empty();
}

bool Execution::advance_clock() {
  if (timers_.empty()) return false;
  now_ = std::max(now_, timers_.earliest());
  return fire_timers(now_);
}

bool Execution::let_time_pass() {
  constexpr std::uint32_t most = 8;
  if (times_let_pass_ == most || context.accesses != nullptr) return false;
  const bool is_clock_polled = std::exchange(is_clock_read_, false);
  if (timers_.empty() && !is_clock_polled) return false;
  ++times_let_pass_;
  log_.raise_limit(options_.max_steps);
  if (!timers_.empty()) return advance_clock();
  Clock::duration pause = std::chrono::milliseconds(1);
  for (std::uint32_t i = 1; i < times_let_pass_; ++i) pause *= 10;
  now_ += pause;
  return true;
}

void Execution::create_tasks(std::span<ChildTask* const> children, const Place& place) {
  if (context.is_observed || tasks_.size() + children.size() > tasks_.capacity()) [[unlikely]]
    return TaskLoop::create_tasks(children, place);
  const Place spawned_at = place;
  ReadyTask** const entries = ready_.push_back_in_place(children.size());
  tasks_.create_in_place(*context.current, children.size(), [&](TaskControl& task, std::size_t i) {
    ChildTask& child = *children[i];
    PromiseBase& promise = *child.promise;
    task.begin(std::exchange(child.coroutine, nullptr), &promise.error,
               promise.created_at.function_name(), spawned_at);
    promise.control = &task;
    task.completion = &child;
    child.control = &task;
    entries[i] = &task;
  });
  context.unfinished_tasks += static_cast<std::uint32_t>(children.size());
}

void Execution::stop() {
  stopped_ = context.needs_attention = true;
  throw StopExecution{};
}

std::uint32_t Execution::choose(std::uint32_t alternatives, const Place& place) {
  if (context.is_tearing_down) return 0;
  return decide(OperationKind::choose, ObjectId::none, alternatives, place);
}

bool Execution::inject_fault(ObjectId object, const Place& place) {
  if (context.is_tearing_down || !injector_.may_fault()) return false;
  if (decide(OperationKind::inject_fault, object, 2, place) == 0) return false;
  injector_.use_fault();
  return true;
}

std::uint32_t Execution::decide(OperationKind kind, ObjectId object, std::uint32_t alternatives,
                                const Place& place) {
  if (log_.is_full() && !log_.make_room()) [[unlikely]]
    stop();
  std::uint32_t value = 0;
  if (alternatives > 1) {
    values_ *= alternatives;
    most_values_ = std::max(most_values_, values_);
    try {
      value = strategy_->choose(alternatives);
      if (value >= alternatives)
        throw Error("strategy: expected a choice below " + std::to_string(alternatives) +
                    ", found " + std::to_string(value));
    } catch (...) {  // Not for the user's code to catch.
      strategy_error_ = std::current_exception();
      stop();
    }
  }
  const TaskId task =
      context.current != nullptr ? intruders_.id_without(context.current->id) : TaskId::root;
  log_.append(task, alternatives, value, kind, object, place);
  if (context.accesses != nullptr) context.accesses->chosen(value);
  if (recorder_ != nullptr)
    recorder_->value_chosen(task, {kind, object, place}, alternatives, value);
  return value;
}

bool Execution::resume_inline(ForeignWaiter& waiter) noexcept {
  const InlineResumption resumption = options_.injections.inline_resumption;
  if (context.is_tearing_down || stopped_ || resumption == InlineResumption::never) return false;
  if (is_within_step_of(*waiter.task)) return false;
  if (resumption == InlineResumption::explored) {
    try {
      if (decide(OperationKind::resume_inline, ObjectId::none, 2, waiter.place) != 0) return false;
    } catch (const StopExecution&) {
      return false;  // The execution ends with this step.
    }
  }
  TaskControl& task = *waiter.task;
  if (context.is_recording)
    detail::record(OperationKind::resume, ObjectId::none, waiter.place, task.id);
  waiter.state = WaiterState::woken;
  AccessLog* const accesses = context.accesses;
  const std::uint32_t before = accesses != nullptr ? accesses->act_as(task.id) : 0;
  step_inline(task);
  if (accesses != nullptr) accesses->act_again_as(before);
  return true;
}

bool Execution::count_immediate_await() {
  log_.lower_limit();
  return !log_.is_full() || log_.make_room();
}

void Execution::add_invariant(InvariantBase& invariant) {
  invariants_.push_back(&invariant);
  context.needs_attention = true;
}

void Execution::remove_invariant(InvariantBase& invariant) noexcept {
  std::erase(invariants_, &invariant);
}

void Execution::check_invariants() {
  // They see the state after every step, so that no two steps commute.
  if (context.accesses != nullptr) context.accesses->tasks().touches_untracked();
  std::size_t kept = 0;
  for (InvariantBase* const invariant : invariants_) {
    std::string complaint;
    try {
      if (!invariant->holds()) complaint = "does not hold";
    } catch (const std::exception& thrown) {
      complaint = "threw " + type_name(thrown) + ": " + thrown.what();
    } catch (...) {
      complaint = "threw " + type_name_of_current();
    }
    if (complaint.empty()) {
      invariants_[kept++] = invariant;
      continue;
    }
    const TaskId task = context.current != nullptr ? context.current->id : TaskId::none;
    add_failure(FailureKind::invariant, "\"" + invariant->name() + "\" " + complaint,
                source_line(invariant->place(), options_.source_root), task);
  }
  invariants_.resize(kept);
  if (kept != 0) context.needs_attention = true;  // After the next step too.
}

void Execution::note_sometimes(std::string_view name, bool holds) {
  for (Claim& claim : claims_) {
    if (claim.name != name) continue;
    claim.has_held = claim.has_held || holds;
    return;
  }
  claims_.push_back({std::string(name), holds});
}

void Execution::note_oversight(Oversight kind, std::string_view name, const Place& place) noexcept {
  const std::string_view file = shown_file(place.file_name(), options_.source_root);
  for (const Overlooked& known : overlooked_)
    if (known.kind == kind && known.place.line == place.line() && known.place.file == file &&
        known.name == name)
      return;
  overlooked_.push_back({kind, std::string(name), source_line(place, options_.source_root)});
}

ObjectId Execution::register_object(const Object& object) {
  const auto id = static_cast<ObjectId>(objects_.size());
  objects_.push_back({object.kind(), object.is_older(), object.creator(), object.ordinal(),
                      object.name(), object.created_at()});
  if (recorder_ != nullptr) recorder_->object_registered(object, tasks_);
  if (context.accesses != nullptr) context.accesses->registered(id, object.access_number());
  return id;
}

const TaskControl* Execution::task_in_steps(TaskId logged) const {
  // Steps are logged as in a run without intruders, whose numbers lie between those of the others.
  TaskId id = logged;
  while (true) {
    const auto moved = static_cast<TaskId>(index_of(logged) +
                                           static_cast<std::uint32_t>(intruders_.count_up_to(id)));
    if (moved == id) return tasks_.known(id);
    id = moved;
  }
}

void Execution::note_wait(const Object& object) {
  if (object.is_older()) return waits_.note_older();
  waits_.note(object.creator() != TaskId::none ? tasks_[object.creator()].key : 0,
              object.ordinal());
}

void Execution::record(Effect effect) {
  if (recorder_ == nullptr || context.is_tearing_down) return;
  if (effect.kind == OperationKind::spawn) recorder_->task_created(tasks_[effect.other]);
  recorder_->effect(effect, effect.kind == OperationKind::finish
                                ? exception_type(tasks_[effect.task])
                                : std::string());
}

void Execution::record_access(OperationKind kind, const Object& object, const Place& place) {
  if (recorder_ == nullptr || context.is_tearing_down || context.current == nullptr) return;
  recorder_->value_accessed(kind, object, place, tasks_);
}

void Execution::report_failure(FailureKind kind, std::string message, const char* file,
                               std::uint32_t line) {
  if (context.is_tearing_down) return;
  if (context.accesses != nullptr) context.accesses->tasks().reports_failure();
  const TaskId task = context.current != nullptr ? context.current->id : TaskId::none;
  if (!add_failure(kind, std::move(message), place_in_user_code(file, line, context.current), task,
                   most_reported))
    return;
  failures_.back().is_consequence = std::uncaught_exceptions() > exceptions_outside_;
  if (recorder_ != nullptr)
    recorder_->effect({task, OperationKind::check, ObjectId::none, TaskId::none, 0, {}});
}

}  // namespace coweave::detail
