#include "coweave/execution/execution.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

#include "coweave/execution/context_scope.hpp"
#include "coweave/execution/exceptions.hpp"
#include "coweave/execution/execution_loop.hpp"
#include "coweave/execution/recorder.hpp"
#include "coweave/runtime/foreign.hpp"
#include "coweave/runtime/object.hpp"
#include "coweave/task/promise.hpp"
#include "coweave/task/spawn.hpp"

namespace coweave::detail {
namespace {

void print_schedule(const void* execution) noexcept {
  std::fputs("schedule so far (task:pick/alternatives):", stderr);
  for (const Step& step : static_cast<const Execution*>(execution)->steps())
    std::fprintf(stderr, " %u:%u/%u", index_of(step.task), step.pick, step.alternatives);
  std::fputs("\n", stderr);
}

}  // namespace

void refuse_pick(std::size_t pick, std::size_t ready) {
  throw Error("strategy: expected a pick below " + std::to_string(ready) +
              " (ready tasks), found " + std::to_string(pick));
}

Execution::Execution(ExecutionOptions options) : options_(std::move(options)) {}

Execution::~Execution() { describe_fault_with(nullptr, nullptr); }

void Execution::begin(Strategy& strategy, const RunOptions& options) {
  COWEAVE_INVARIANT(options.recorder == nullptr || options.accesses == nullptr);
  strategy_ = &strategy;
  recorder_ = options.recorder;
  log_.restart(options_.max_steps);
  failures_.begin_execution(options.recorder);
  end_report_.begin_execution(options.recorder);
  checks_.begin_execution();
  objects_.begin_execution();
  injector_.restart();
  intruders_.begin_execution();
  clock_.begin_execution();
  elsewhere_.begin_execution();
  quiets_ = 0;
  values_ = 1;
  stopped_ = false;
  is_abandoned_ = false;
  if (strategy_error_) strategy_error_ = nullptr;
  if (proxies_.has_news()) [[unlikely]]
    static_cast<void>(proxies_.take_news());  // Of an execution that had ended.
  describe_fault_with(print_schedule, this);
  if (options.accesses != nullptr) options.accesses->begin_execution();
}

void Execution::run(const Body& body, Strategy& strategy, const RunOptions& options) {
  begin(strategy, options);
  const ContextScope scope(*this, arena_, options_.await_points, options);
  live_.begin(context.epoch);
  struct TearDown {
    Execution& execution;
    ~TearDown() { execution.end(); }
  };
  {
    const TearDown at_the_end{*this};
    run_loop(body, options);
  }
  if (strategy_error_) std::rethrow_exception(std::exchange(strategy_error_, nullptr));
}

void Execution::run_loop(const Body& body, const RunOptions& options) {
  try {
    body();
  } catch (const StopExecution&) {
    report_end();
  } catch (...) {
    end_report_.add_exception_of_call();
    failures_.move_consequences_back();
  }
  if (failures_.empty() || tasks_.size() != 0) {
    (this->*loop_for(options))(*strategy_, context);
    live_.end();
    if (proxies_.has_news()) [[unlikely]] {
      NewsFromElsewhere news = proxies_.take_news();
      elsewhere_.report(news, failures_, end_report_);
    }
    const bool has_passed = context.unfinished_tasks == 0 && !context.has_failed_task && !stopped_;
    if (is_abandoned_) {
      failures_.clear();  // Another execution, equivalent to this one so far, has them.
    } else if (!has_passed) [[unlikely]] {
      report_end();
    }
  }
  if (!failures_.empty()) [[unlikely]]
    announce_failure();
}

Execution::Loop Execution::loop_for(const RunOptions& options) const {
  if (injector_.is_active()) {
    if (options.accesses != nullptr) return &Execution::loop_noting_accesses<true>;
    return options.recorder != nullptr ? &Execution::loop_with_injections<true>
                                       : &Execution::loop_with_injections<false>;
  }
  if (options.accesses != nullptr) return &Execution::loop_noting_accesses<false>;
  if (options.recorder != nullptr) return &Execution::loop<true, Strategy>;
  return options.loop != nullptr ? options.loop : &Execution::loop<false, Strategy>;
}

void Execution::report_end() {
  if (!stopped_) return end_report_.add_results();
  if (!strategy_error_) end_report_.add_livelock(options_.max_steps, clock_.times_let_pass());
  failures_.move_consequences_back();
}

void Execution::announce_failure() {
  torn_down_.begin(failures_.all().front());
  if (end_listener_ != nullptr) torn_down_.set_schedule(end_listener_->execution_failed(*this));
}

void Execution::end() noexcept {
  task_count_ = tasks_.size();
  live_.end();
  if (leaves_nothing(context)) [[likely]] {
    forget_tasks();
    arena_.rewind();
  } else {
    const bool leaks = proxies_.any_pending() || elsewhere_.was_used() ||
                       (!failures_.empty() && elsewhere_.has_new_threads());
    tear_down(context, leaks ? Leftovers::leaked : Leftovers::destroyed);
    if (leaks) {
      ++leaked_;
      arena_.keep();
    }
    arena_.rewind();
  }
  if (!failures_.empty()) torn_down_.end();
}

void Execution::threw_in_tear_down() noexcept {
  end_report_.add_exception_of_tear_down(tasks_.dying());
}

bool Execution::inject(Injector::Entry entry) {
  injector_.use(entry);
  switch (entry.resumes_from.kind) {
    case OperationKind::inject_cancel:
      cancel(*entry.target, "injected by the exploration", entry.resumes_from.place);
      if (std::exchange(context.needs_attention, checks_.any_invariants())) settle();
      return true;
    case OperationKind::inject_wake:
      wake(*entry.target->waiter);
      return true;
    default:
      return ready_.empty() ? go_on() : advance_clock();
  }
}

bool Execution::go_on() {
  context.current = nullptr;
  if (!ready_.empty()) {
    if (log_.make_room() || let_time_pass()) return true;
    end_report_.add_livelock(options_.max_steps, clock_.times_let_pass());
    return false;
  }
  if (context.accesses != nullptr) context.accesses->fence();
  const auto hear = [this] { return hear_elsewhere(); };
  if (proxies_.has_news() && hear()) return true;
  if (wake_idle() || advance_clock()) {
    ++quiets_;
    check_between_steps(clock_.now());
    if (context.accesses != nullptr && injector_.is_active()) look_for_chances();
    return true;
  }
  if (elsewhere_.wait(proxies_, hear)) return true;
  end_report_.add_blocked(elsewhere_.was_used());
  return false;
}

bool Execution::advance_clock() {
  return clock_.move_to_earliest(timers_) && fire_timers(clock_.now());
}

bool Execution::let_time_pass() {
  if (context.accesses != nullptr || !clock_.lets_time_pass(timers_)) return false;
  log_.raise_limit(options_.max_steps);
  if (!timers_.empty()) return advance_clock();
  clock_.move_for_polling();
  return true;
}

bool Execution::hear_elsewhere() {
  NewsFromElsewhere news = proxies_.take_news();
  elsewhere_.report(news, failures_, end_report_);
  for (ForeignWaiter* const waiter : news.resumed) proxy_resumed(*waiter);
  for (NewsFromElsewhere::Post& post : news.posts) {
    context.current = &tasks_[TaskId::root];  // The tasks are children of the body.
    post_here(std::move(post.callable), post.name, post.place);
    context.current = nullptr;
  }
  return !ready_.empty();
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
  checks_.add(invariant);
  context.needs_attention = true;
}

void Execution::remove_invariant(InvariantBase& invariant) noexcept { checks_.remove(invariant); }

void Execution::check_invariants() {
  // They see the state after every step, so that no two steps commute.
  if (context.accesses != nullptr) context.accesses->tasks().touches_untracked();
  checks_.check_invariants(failures_,
                           context.current != nullptr ? context.current->id : TaskId::none);
  if (checks_.any_invariants()) context.needs_attention = true;  // After the next step too.
}

void Execution::note_sometimes(std::string_view name, bool holds) {
  checks_.note_sometimes(name, holds);
}

void Execution::note_oversight(Oversight kind, std::string_view name, const Place& place) noexcept {
  checks_.note_oversight(kind, name, place);
}

ObjectId Execution::register_object(const Object& object) {
  const ObjectId id = objects_.add(object);
  if (recorder_ != nullptr) recorder_->object_registered(object, tasks_);
  if (context.accesses != nullptr) context.accesses->registered(id, object.access_number());
  return id;
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
  const SourceLine place = failures_.place_in_user_code(file, line, context.current);
  if (failures_.add_reported(kind, std::move(message), place, task) == nullptr) return;
  if (recorder_ != nullptr)
    recorder_->effect({task, OperationKind::check, ObjectId::none, TaskId::none, 0, {}});
}

}  // namespace coweave::detail
