#include "coweave/execution/task_loop.hpp"

#include <utility>

namespace coweave::detail {

TaskControl& TaskLoop::create_task(const SpawnRequest& request) {
  TaskControl& task = tasks_.create(request, context.current);
  ready_.push_back(task);
  if (context.is_recording)
    coweave::detail::record(OperationKind::spawn, ObjectId::none, request.place, task.id);
  return task;
}

TaskControl& TaskLoop::fork(TaskControl& task) {
  TaskControl& strand = tasks_.create(
      {nullptr, nullptr, task.function, Name("strand"), task.resumes_from.place, task.is_daemon},
      &task);
  strand.error = &strand.foreign_error;
  if (context.is_recording)
    coweave::detail::record(OperationKind::spawn, ObjectId::none, {}, strand.id);
  forked_.push_back(&strand);
  return strand;
}

void TaskLoop::make_ready(TaskControl& task) {
  COWEAVE_INVARIANT(task.state == TaskState::blocked);
  task.state = TaskState::ready;
  ready_.push_back(task);
}

void TaskLoop::release_frame(TaskControl& task) noexcept { destroy_frame(task); }

void TaskLoop::arm_timer(Waiter& waiter, Clock::time_point deadline) {
  timers_.arm(waiter, deadline);
}

void TaskLoop::disarm_timer(Waiter& waiter) noexcept { timers_.disarm(waiter); }

void TaskLoop::wait_until_idle(Waiter& waiter) { idle_.push_back(waiter); }

void TaskLoop::stop_waiting_until_idle(Waiter& waiter) noexcept { idle_.remove(waiter); }

std::coroutine_handle<> TaskLoop::make_proxy(ForeignWaiter& waiter) { return proxies_.make(waiter); }

void TaskLoop::drop_proxy(ForeignWaiter& waiter) noexcept { proxies_.drop(waiter); }

bool TaskLoop::wake_idle() {
  bool any = false;
  for (Waiter* waiter = idle_.front(); waiter != nullptr; waiter = waiter->next) {
    if (waiter->state != WaiterState::pending) continue;
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
    waiter.state = WaiterState::woken;
    make_ready(*waiter.task);
    any = true;
  }
  return any;
}

void TaskLoop::file_unusual(TaskControl& task) {
  if (task.state == TaskState::blocked) {
    if (task.cancel_pending && task.waiter->state == WaiterState::pending)
      deliver_pending_cancellation(task);
  } else if (task.state == TaskState::running) {
    // Not a Task of ours, and it waits for nothing of ours: as far as Coweave can know it has ended.
    finish(task, task.result == TaskResult::none ? TaskResult::value : task.result);
  }
}

void TaskLoop::file_forked() {
  // Filing may not fork again; the list is moved out only so that this stands to reason.
  for (TaskControl* task : std::exchange(forked_, {})) file(*task);
}

void TaskLoop::run_hook(TaskControl& task) { std::exchange(task.hook, nullptr)(task); }

void TaskLoop::tear_down(Context& running) noexcept {
  running.is_tearing_down = true;
  tasks_.tear_down();
  ready_.clear();
  timers_.clear();
  idle_ = {};
  forked_.clear();
  running.next = nullptr;
  running.is_tearing_down = false;
}

}  // namespace coweave::detail
