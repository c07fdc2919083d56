#include "coweave/execution/task_loop.hpp"

#include <algorithm>
#include <utility>

#include "coweave/runtime/foreign.hpp"
#include "coweave/task/spawn.hpp"

namespace coweave::detail {

TaskControl& TaskLoop::create_task(std::coroutine_handle<> root, std::exception_ptr* error,
                                   const char* function, Place spawned_at) {
  if (tasks_.is_full()) [[unlikely]]
    return grow_and_create_task(root, error, function, spawned_at);
  TaskControl& task = tasks_.create_in_place(context.current);
  task.begin(root, error, function, spawned_at);
  ++context.unfinished_tasks;
  ready_.push_back_in_place(task);
  if (context.accesses != nullptr) [[unlikely]]
    context.accesses->task_created(task.id, task.key);
  return task;
}

TaskControl& TaskLoop::grow_and_create_task(std::coroutine_handle<> root, std::exception_ptr* error,
                                            const char* function, Place spawned_at) {
  make_room_for_task();
  return TaskLoop::create_task(root, error, function, spawned_at);
}

void TaskLoop::create_tasks(std::span<ChildTask* const> children, const Place& place) {
  create_one_by_one(*this, children, place);
}

void TaskLoop::make_room_for_task() {
  tasks_.grow();
  ready_.reserve(tasks_.capacity() + 1);
}

void TaskLoop::fork(TaskControl& task) {
  if (tasks_.is_full()) make_room_for_task();
  TaskControl& strand = tasks_.create_in_place(&task);
  ++context.unfinished_tasks;
  strand.begin({}, nullptr, task.function, task.resumes_from.place);
  if (context.accesses != nullptr) {
    context.accesses->task_created(strand.id, strand.key);
    context.accesses->tasks().touches_untracked();
  }
  strand.error = &strand.foreign_error;
  strand.is_daemon = task.is_daemon;
  name_task(strand, "strand");
  strand.leaf = task.leaf;
  strand.hook = std::exchange(task.hook, nullptr);
  strand.show(task.resumes_from);
  strand.state = std::exchange(task.state, TaskState::running);
  if (strand.state == TaskState::blocked || strand.state == TaskState::ready) {
    strand.waiter = std::exchange(task.waiter, nullptr);
    if (strand.waiter != nullptr) strand.waiter->task = &strand;
  }
  if (strand.state == TaskState::ready) {
    ready_.replace_last(task, strand);  // Woken in this very step.
  } else {
    forked_.push_back(&strand);
    context.needs_attention = true;
  }
}

void TaskLoop::make_ready(TaskControl& task) {
  COWEAVE_INVARIANT(task.state == TaskState::blocked);
  if (context.accesses != nullptr) context.accesses->enables(task.id);
  task.state = TaskState::ready;
  ready_.push_back(task);
}

void TaskLoop::arm_timer(Waiter& waiter, Clock::time_point deadline) {
  if (context.is_tearing_down) return;
  // A listener may be used again after it was called; the waiter of a task is pending already.
  if (waiter.is_listener) waiter.state = WaiterState::pending;
  if (waiter.is_listener && deadline <= now()) {
    overdue_.push_back(&static_cast<Listener&>(waiter));
    context.needs_attention = true;
  } else {
    has_leftovers_ = true;
    timers_.arm(waiter, deadline);
  }
}

void TaskLoop::disarm_timer(Waiter& waiter) noexcept {
  if (std::erase(overdue_, &waiter) == 0) timers_.disarm(waiter);
}

void TaskLoop::wait_until_idle(Waiter& waiter) {
  has_leftovers_ = true;
  idle_.push_back(waiter);
}

void TaskLoop::stop_waiting_until_idle(Waiter& waiter) noexcept { idle_.remove(waiter); }

void TaskLoop::add_tear_down_hook(TearDownHook& hook) {
  has_leftovers_ = true;
  hook.previous = nullptr;
  hook.next = tear_down_hooks_;
  if (hook.next != nullptr) hook.next->previous = &hook;
  tear_down_hooks_ = &hook;
}

void TaskLoop::remove_tear_down_hook(TearDownHook& hook) noexcept {
  (hook.previous != nullptr ? hook.previous->next : tear_down_hooks_) = hook.next;
  if (hook.next != nullptr) hook.next->previous = hook.previous;
}

std::coroutine_handle<> TaskLoop::make_proxy(ForeignWaiter& waiter) {
  return proxies_.make(waiter);
}

void TaskLoop::drop_proxy(ForeignWaiter& waiter) noexcept { proxies_.drop(waiter); }

void TaskLoop::used_elsewhere(std::string_view what, const Place& place) noexcept {
  proxies_.note_use(what, place);
}

void TaskLoop::posted_elsewhere(std::function<void()> callable, std::string_view name,
                                const Place& place) {
  proxies_.note_post(std::move(callable), name, place);
}

bool TaskLoop::wake_idle() {
  for (Waiter* waiter = idle_.front(); waiter != nullptr; waiter = waiter->next)
    if (waiter->is_listener) static_cast<Listener&>(*waiter).call(static_cast<Listener&>(*waiter));
  if (!ready_.empty()) return true;
  bool any = false;
  for (Waiter* waiter = idle_.front(); waiter != nullptr; waiter = waiter->next) {
    if (waiter->state != WaiterState::pending || waiter->is_listener) continue;
    waiter->state = WaiterState::woken;
    make_ready(*waiter->task);
    any = true;
  }
  return any;
}

bool TaskLoop::fire_timers(Clock::time_point now) {
  bool any = false;
  while (!timers_.empty() && timers_.earliest() <= now) {
    Waiter& waiter = timers_.fire();
    any = true;
    if (waiter.state != WaiterState::pending || call_if_listener(waiter)) continue;
    waiter.state = WaiterState::woken;
    make_ready(*waiter.task);
  }
  return any;
}

void TaskLoop::file_unusual(TaskControl& task) {
  if (task.state == TaskState::running && task.foreign != nullptr) wait_for_proxy(task);
  if (task.state == TaskState::blocked) {
    // Without a waiter, what it waited for is gone: it stays blocked.
    if (task.cancel_pending && task.waiter != nullptr && task.waiter->state == WaiterState::pending)
      deliver_pending_cancellation(task);
  } else if (task.state == TaskState::running) {
    // Not a Task of ours, and it waits for nothing of ours: as far as Coweave can know it has
    // ended.
    finish(task, task.result == TaskResult::none ? TaskResult::value : task.result);
  }
}

bool TaskLoop::is_within_step_of(const TaskControl& task) const {
  return context.current == &task || std::find(outer_.begin(), outer_.end(), &task) != outer_.end();
}

void TaskLoop::run_within_step(TaskControl& task) {
  outer_.push_back(std::exchange(context.current, &task));
  const std::coroutine_handle<> next = std::exchange(context.next, nullptr);
  task.state = TaskState::running;
  try {
    if (task.hook != nullptr) {
      run_hook(task);
    } else {
      task.leaf.resume();
    }
    resume_next(context);
  } catch (...) {
    end_by_exception(task);
  }
  context.current = outer_.back();
  outer_.pop_back();
  context.next = next;
}

void TaskLoop::start_eagerly(TaskControl& task) {
  const std::size_t last = ready_.size() - 1;
  COWEAVE_INVARIANT(&ready_.at(last) == &task);
  ready_.remove(last);
  if (context.is_recording)
    record(
        {context.current->id, OperationKind::resume, ObjectId::none, task.id, 0, task.spawned_at});
  AccessLog* const accesses = context.accesses;
  const std::uint32_t before = accesses != nullptr ? accesses->act_as(task.id) : 0;
  run_within_step(task);
  if (accesses != nullptr) accesses->act_again_as(before);
  if (task.state == TaskState::ready_head) {
    // The running task's own position must not change before it is filed.
    forked_.push_back(&task);
    context.needs_attention = true;
  } else {
    const std::size_t position = ready_.size();
    ready_.push_back(task);
    file(task, position, context);
  }
}

void TaskLoop::step_inline(TaskControl& task) {
  run_within_step(task);
  const bool is_ready = task.state == TaskState::ready_head || task.state == TaskState::ready_tail;
  if (is_ready && context.accesses != nullptr) context.accesses->enables(task.id);
  if (std::find(forked_.begin(), forked_.end(), &task) == forked_.end()) forked_.push_back(&task);
  context.needs_attention = true;
}

void TaskLoop::settle() {
  for (TaskControl* task : forked_) {
    const std::size_t position = ready_.size();
    ready_.push_back(*task);
    file(*task, position, context);
  }
  forked_.clear();
  while (!overdue_.empty()) {
    Listener& listener = *overdue_.front();
    overdue_.erase(overdue_.begin());
    call_if_listener(listener);
  }
}

void TaskLoop::end_by_exception(TaskControl& task) {
  context.next = nullptr;
  task.foreign_error = std::current_exception();
  task.error = &task.foreign_error;
  task.has_residue = true;
  task.foreign = nullptr;
  task.state = TaskState::running;
  task.result = TaskResult::exception;
}

void TaskLoop::run_hook(TaskControl& task) { std::exchange(task.hook, nullptr)(task); }

void TaskLoop::resume_next(Context& running) {
  while (running.next) std::exchange(running.next, nullptr).resume();
}

bool TaskLoop::finish_step(TaskControl& task, std::size_t position, Context& running) {
  try {
    resume_next(running);
  } catch (...) {
    end_by_exception(task);
  }
  file(task, position, running);
  return true;
}

void TaskLoop::tear_down(Context& running, Leftovers leftovers) noexcept {
  running.is_tearing_down = running.is_apart = true;
  running.accesses = nullptr;
  running.current = nullptr;
  tasks_.leave_queues();
  timers_.clear();  // Before the hooks and the frames that hold the waiters.
  if (leftovers == Leftovers::leaked) proxies_.forget_pending();
  while (tear_down_hooks_ != nullptr) {
    TearDownHook& hook = *tear_down_hooks_;
    remove_tear_down_hook(hook);
    hook.call(hook);
  }
  if (leftovers == Leftovers::leaked) {
    tasks_.leak();
  } else {
    tasks_.tear_down(*this);
  }
  idle_ = {};
  forked_.clear();
  overdue_.clear();
  forget_queues();
  running.next = nullptr;
  running.is_tearing_down = running.is_apart = false;
}

}  // namespace coweave::detail
