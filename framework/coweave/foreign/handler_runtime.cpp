#include "coweave/foreign/handler_runtime.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "coweave/core/foreign_limits.hpp"
#include "coweave/core/words.hpp"
#include "coweave/task/spawn.hpp"

namespace coweave::detail {

ForeignRuntime::ForeignRuntime() {
  at_tear_down_.runtime = at_deadline_.runtime = at_idle_.runtime = this;
  at_tear_down_.call = [](TearDownHook& hook) noexcept {
    static_cast<Hook&>(hook).runtime->shut_down();
  };
  at_deadline_.call = [](Listener& listener) {
    ForeignRuntime& runtime = *static_cast<Call&>(listener).runtime;
    runtime.armed_.reset();
    runtime.poll_outside();
    runtime.end_run_if_done();
  };
  at_idle_.call = [](Listener& listener) { static_cast<Call&>(listener).runtime->when_idle(); };
}

void ForeignRuntime::begin(const Place& place) {
  if (context.services == nullptr || context.current == nullptr)
    no_scheduler(OperationKind::run_handlers, place);
  services_ = context.services;
  body_ = context.current;
  is_shut_down_ = false;
  was_elsewhere_ = false;
  strayed_ = strayed_told_ = 0;
  is_interference_told_ = false;
  services_->add_tear_down_hook(at_tear_down_);
}

bool ForeignRuntime::end() noexcept {
  const bool is_clean = !is_shut_down_ && handlers_ == 0 && works_ == 0 &&
                        (is_drained_ || !is_in_use()) && elsewhere_.empty();
  if (!is_shut_down_) {
    services_->remove_tear_down_hook(at_tear_down_);
    if (runner_ != nullptr) leave_run();
    if (!is_clean) shut_down();
    retire_chains();
  }
  is_shut_down_ = true;
  destroy_late();
  services_ = nullptr;
  body_ = nullptr;
  chains_in_use_ = 0;
  origins_.clear();
  error_ = nullptr;
  if (is_clean) memory_.rewind();
  return is_clean;
}

std::uint32_t ForeignRuntime::origin(std::string_view name, const Place& place) {
  for (std::size_t i = 0; i < origins_.size(); ++i) {
    const Origin& known = origins_[i];
    if (known.place.line() == place.line() && known.place.column() == place.column() &&
        known.place.file_name() == place.file_name() && known.name.view() == name)
      return static_cast<std::uint32_t>(i);
  }
  origins_.push_back({Name(name), place});
  return static_cast<std::uint32_t>(origins_.size() - 1);
}

TaskControl& ForeignRuntime::current_owner() const {
  return context.current != nullptr ? *context.current : *body_;
}

Chain* ForeignRuntime::chain_of(const TaskControl& task, std::uint32_t origin) const {
  if (task.finished() || task.waiter == nullptr ||
      task.waiter->forward_cancel != ignore_cancellation)
    return nullptr;
  auto& chain = static_cast<Chain&>(*task.waiter);
  return chain.runtime == this && chain.origin == origin ? &chain : nullptr;
}

bool ForeignRuntime::ignore_cancellation(Waiter& /*waiter*/) { return true; }

void ForeignRuntime::submit(Handler& handler, OutstandingWork* via, std::uint32_t origin,
                            OperationKind kind) {
  if (services_ == nullptr) {  // end() has been called: nobody destroys it later.
    handler.destroy(handler, *this);
    return;
  }
  if (is_elsewhere()) [[unlikely]] {
    const std::lock_guard lock(elsewhere_mutex_);
    elsewhere_.push_back(&handler);
    any_elsewhere_.store(true, std::memory_order_release);
    return;
  }
  if (is_shut_down_ || context.is_tearing_down) {
    late_.push_back(&handler);
    return;
  }
  ++handlers_;
  is_drained_ = false;
  TaskControl& owner = via != nullptr ? *via->owner : current_owner();
  const Operation operation =
      announced_operation != nullptr ? *announced_operation : Operation{kind};
  const Waiting waiting{&handler, &owner, chain_of(owner, origin), origin, operation};
  if (is_running_) {
    deliver(waiting);
  } else {
    waiting_.push_back(waiting);
  }
}

void ForeignRuntime::deliver(const Waiting& waiting) {
  if (Chain* chain = waiting.chain; chain != nullptr && chain->handler == nullptr) {
    const TaskControl& task = *chain->task;
    const bool is_own = context.current == &task && task.state == TaskState::running;
    if (task.waiter == chain && (is_own || task.state == TaskState::blocked))
      return continue_chain(*chain, *waiting.handler, waiting.operation);
  }
  begin_chain(waiting);
}

void ForeignRuntime::begin_chain(const Waiting& waiting) {
  if (chains_in_use_ == chains_.size()) {
    chains_.push_back(std::make_unique<Chain>());
    chains_.back()->runtime = this;
    chains_.back()->forward_cancel = ignore_cancellation;
  }
  Chain& chain = *chains_[chains_in_use_++];
  TaskControl* const running = std::exchange(context.current, waiting.owner);
  const Origin& origin = origins_[waiting.origin];
  TaskControl& task = services_->create_task({}, nullptr, handler_function, origin.place);
  task.error = &task.foreign_error;
  task.name = origin.name;
  name_task(task, {});
  context.current = running;
  task.hook = step;
  task.waiter = &chain;
  chain.task = &task;
  chain.state = WaiterState::woken;
  chain.handler = waiting.handler;
  chain.origin = waiting.origin;
  chain.pending = 0;
}

void ForeignRuntime::continue_chain(Chain& chain, Handler& handler, const Operation& operation) {
  TaskControl& task = *chain.task;
  chain.handler = &handler;
  task.hook = step;
  task.show(operation);
  if (operation.object == ObjectId::none) task.resumes_from.place = origins_[chain.origin].place;
  if (task.state == TaskState::blocked) return wake(chain);
  // In its own step: its entry of the step under way goes when that ends.
  task.state = TaskState::blocked;
  chain.state = WaiterState::woken;
  services_->make_ready(task);
}

void ForeignRuntime::step(TaskControl& task) {
  auto& chain = static_cast<Chain&>(*task.waiter);
  chain.runtime->run_step(task, chain);
}

void ForeignRuntime::run_step(TaskControl& task, Chain& chain) {
  Handler& handler = *std::exchange(chain.handler, nullptr);
  if (!is_running_) [[unlikely]] {  // run() has ended since it was made ready.
    waiting_.push_back({&handler, &task, &chain, chain.origin, task.resumes_from});
    block(task, chain);
    return;
  }
  is_inside_ = true;
  try {
    call(handler);
  } catch (...) {
    capture_exception();
  }
  is_inside_ = false;
  --handlers_;
  if (task.state == TaskState::running && chain.pending > 0) block(task, chain);
  // What awaits run() goes on after this handler, whichever is the last.
  if (context.accesses != nullptr && runner_ != nullptr)
    context.accesses->enables(runner_->task->id);
  poll_outside();
  end_run_if_done();
}

Operation ForeignRuntime::awaited_by(const Chain& chain) const {
  for (const OutstandingWork& work : all_work_)
    if (work.chain == &chain && work.operation.object != ObjectId::none) return work.operation;
  return {OperationKind::complete, ObjectId::none, origins_[chain.origin].place};
}

void ForeignRuntime::block(TaskControl& task, Chain& chain) {
  task.show(awaited_by(chain));
  task.state = TaskState::blocked;
  task.waiter = &chain;
  chain.state = WaiterState::pending;
}

void ForeignRuntime::capture_exception() noexcept {
  if (!error_) error_ = std::current_exception();
  is_running_ = false;
  if (runner_ != nullptr && runner_->state == WaiterState::pending) wake(*runner_);
}

OutstandingWork* ForeignRuntime::start_work(std::uint32_t origin) {
  if (is_elsewhere() || is_shut_down_) [[unlikely]] {
    // Not counted: whatever it leads to is reported when it arrives.
    const std::lock_guard lock(elsewhere_mutex_);
    OutstandingWork& work = all_work_.emplace_back();
    work.owner = body_;
    work.references.store(2, std::memory_order_relaxed);  // Never ends.
    return &work;
  }
  if (free_work_.empty()) {
    const std::lock_guard lock(elsewhere_mutex_);
    free_work_.push_back(&all_work_.emplace_back());
  }
  OutstandingWork& work = *free_work_.back();
  free_work_.pop_back();
  work.references.store(1, std::memory_order_relaxed);
  work.owner = &current_owner();
  work.chain = chain_of(*work.owner, origin);
  work.operation =
      announced_operation != nullptr ? *announced_operation : Operation{OperationKind::complete};
  if (work.chain != nullptr) ++work.chain->pending;
  ++works_;
  is_drained_ = false;
  return &work;
}

void ForeignRuntime::end_work(OutstandingWork& work) noexcept {
  if (is_elsewhere())
    return;  // works_ stays above 0: the run that this belongs to cannot end well.
  --works_;
  free_work_.push_back(&work);
  Chain* const chain = std::exchange(work.chain, nullptr);
  if (chain == nullptr || is_shut_down_ || context.is_tearing_down) return;
  if (--chain->pending > 0 || chain->handler != nullptr) return;
  TaskControl& task = *chain->task;
  if (task.waiter != chain || task.state != TaskState::blocked) return;
  // Whatever drops the work ends this task: a step of another one, or code outside of steps.
  TaskControl* const running = std::exchange(context.current, &task);
  finish(task, TaskResult::value);
  context.current = running;
}

void ForeignRuntime::poll_outside() {
  if (any_elsewhere_.load(std::memory_order_acquire)) [[unlikely]]
    report_elsewhere();
  if (!is_running_ || !is_in_use()) return;
  TaskControl* const running = std::exchange(context.current, nullptr);
  const std::size_t strayed = poll();
  context.current = running;
  if (strayed != 0) [[unlikely]]
    report_strayed(strayed);
  set_timer(next_deadline());
}

void ForeignRuntime::set_timer(std::optional<Clock::time_point> deadline) {
  if (deadline == armed_) return;
  disarm();
  if (!deadline) return;
  armed_ = deadline;
  services_->arm_timer(at_deadline_, std::max(*deadline, services_->now() + Clock::duration(1)));
}

void ForeignRuntime::disarm() noexcept {
  if (!armed_) return;
  services_->disarm_timer(at_deadline_);
  armed_.reset();
}

void ForeignRuntime::end_run_if_done() {
  if (runner_ == nullptr || runner_->state != WaiterState::pending) return;
  if (handlers_ > 0 || works_ > 0 || (is_in_use() && is_busy())) return;
  is_drained_ = true;
  wake(*runner_);
}

void ForeignRuntime::when_idle() {
  const std::size_t before = handlers_;
  poll_outside();
  end_run_if_done();
  const auto is_quiet = [this, before] {
    return runner_ != nullptr && runner_->state == WaiterState::pending && handlers_ == before;
  };
  if (!is_quiet() || armed_) return;
  report_all_strayed();
  if (!services_->has_virtual_time()) return;
  if (is_in_use() && is_busy() && has_only_timers()) return;  // They never expire.
  // Nothing in this execution can go on, but for its timers: the world outside gets a moment of
  // real time. Where nothing but handlers could come from there, only the first time for a program
  // (known by where it makes its runtime), until one has come.
  static thread_local int patience = 0;
  static thread_local bool has_come = false;
  static thread_local std::pair<const char*, std::uint32_t> program;
  const Place place = origins_.empty() ? Place() : origins_.front().place;
  if (program != std::pair(place.file_name(), place.line())) {
    program = {place.file_name(), place.line()};
    patience = 20;
    has_come = false;
  }
  has_come = has_come || was_elsewhere_;
  if (was_elsewhere_) return;
  const int milliseconds = is_in_use() && is_busy() ? 100 : patience;
  for (int waited = 0; waited < milliseconds; ++waited) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    poll_outside();
    has_come = has_come || was_elsewhere_;
    if (was_elsewhere_) return;  // Reported: nothing more is waited for.
    end_run_if_done();
    if (!is_quiet()) return;
  }
  if (!has_come) patience = 0;
  if (is_in_use() && is_busy())
    report_uncontrolled(std::string(message_of(ForeignLimit::real_wait)));
}

void ForeignRuntime::report_elsewhere() {
  any_elsewhere_.store(false, std::memory_order_relaxed);
  was_elsewhere_ = true;
  report_uncontrolled(std::string(message_of(ForeignLimit::other_thread)));
}

namespace {

/// "after the step of 'reader' from client.cpp:31".
std::string describe_moment(const TaskControl* task) {
  if (task == nullptr) return "when nothing was ready";
  if (task->function != handler_function) return "before the first step";
  return "after the step of " +
         (task->name.empty() ? "a handler" : "'" + std::string(task->name.view()) + "'") +
         " from " + to_string(source_line(task->resumes_from.place, {}));
}

}  // namespace

void ForeignRuntime::report_strayed(std::size_t count) {
  strayed_ += count;
  if (strayed_told_ != 0) return;
  strayed_told_ = count;
  std::string text = counted(count, "handler");
  text.append(" ").append(message_of(ForeignLimit::native_handler)).append(", ");
  text += describe_moment(context.current);
  text +=
      ": code that has an io_context& posted to it or awaited on it; give that code an executor of "
      "the context";
  report_uncontrolled(std::move(text));
}

void ForeignRuntime::report_all_strayed() {
  if (strayed_ == strayed_told_) return;
  strayed_told_ = strayed_;
  std::string text = counted(strayed_, "handler");
  text.append(" in all ").append(message_of(ForeignLimit::native_handler));
  report_uncontrolled(std::move(text));
}

void ForeignRuntime::report_interference() {
  if (std::exchange(is_interference_told_, true)) return;
  std::string text(message_of(ForeignLimit::native_run));
  text += ": co_await run() of the context instead";
  report_uncontrolled(std::move(text));
}

void ForeignRuntime::report_uncontrolled(std::string message) {
  const Place place = origins_.empty() ? Place() : origins_.front().place;
  services_->report_failure(FailureKind::uncontrolled, std::move(message), place.file_name(),
                            place.line());
}

void ForeignRuntime::begin_run(Waiter& runner) {
  runner_ = &runner;
  is_running_ = true;
  services_->wait_until_idle(at_idle_);
  delivered_.swap(waiting_);
  for (const Waiting& waiting : delivered_) deliver(waiting);
  delivered_.clear();
  poll_outside();
  end_run_if_done();
}

void ForeignRuntime::leave_run() noexcept {
  is_running_ = false;
  report_all_strayed();
  runner_ = nullptr;
  services_->stop_waiting_until_idle(at_idle_);
  disarm();
}

void ForeignRuntime::shut_down() noexcept {
  is_shut_down_ = true;
  is_running_ = false;
  for (std::size_t i = 0; i < chains_in_use_; ++i)
    if (Handler* handler = std::exchange(chains_[i]->handler, nullptr))
      handler->destroy(*handler, *this);
  for (const Waiting& waiting : std::exchange(waiting_, {}))
    waiting.handler->destroy(*waiting.handler, *this);
  abandon();
  // What those have posted may hold frames that refer to locals of tasks, which go next.
  destroy_late();
}

void ForeignRuntime::destroy_late() noexcept {
  while (true) {
    std::vector<Handler*> handlers = std::exchange(late_, {});
    {
      const std::lock_guard lock(elsewhere_mutex_);
      handlers.insert(handlers.end(), elsewhere_.begin(), elsewhere_.end());
      elsewhere_.clear();
    }
    if (handlers.empty()) return;
    for (Handler* const handler : handlers) handler->destroy(*handler, *this);
  }
}

void ForeignRuntime::retire_chains() noexcept {
  // What an event loop drops when it is destroyed is not leaked.
  for (std::size_t i = 0; i < chains_in_use_; ++i) {
    Chain& chain = *chains_[i];
    TaskControl& task = *chain.task;
    if (task.waiter != &chain || task.finished()) continue;
    if (task.state == TaskState::blocked) {
      finish(task, TaskResult::value);
    } else {
      task.is_daemon = true;
      task.waiter = nullptr;
      task.hook = [](TaskControl&) {};
    }
  }
}

void ForeignRuntime::RunAwaiter::await_suspend(std::coroutine_handle<> leaf) {
  if (runtime_.runner_ != nullptr)
    throw Error("run() at " + to_string(source_line(place_, {})) +
                ": expected a context that is not running, found one that another task runs");
  suspend_blocked(leaf, {OperationKind::run_handlers, ObjectId::none, place_}, waiter_);
  runtime_.begin_run(waiter_);
}

void ForeignRuntime::RunAwaiter::await_resume() {
  runtime_.leave_run();
  resume_or_throw(*context.current);
  if (runtime_.error_) std::rethrow_exception(std::exchange(runtime_.error_, nullptr));
}

}  // namespace coweave::detail
