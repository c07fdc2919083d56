#include "coweave/task/promise.hpp"

#include <string>

#include "coweave/task/task.hpp"
#include "coweave/task/unawaited.hpp"

namespace coweave::detail {

std::exception_ptr missing_result(const Place& coroutine) noexcept {
  return std::make_exception_ptr(MisuseError(
      std::string("end of '") + coroutine.function_name() +
          "': expected co_return of a value, found the end of the coroutine without one",
      coroutine));
}

void destroy_unawaited(std::coroutine_handle<> coroutine, const PromiseBase& promise) noexcept {
  if (context.services != nullptr && !context.is_tearing_down && !destroys_failed_frame &&
      std::uncaught_exceptions() == 0)
    context.services->note_oversight(Oversight::unawaited_task, promise.created_at.function_name(),
                                     promise.created_at);
  coroutine.destroy();
}

void PromiseBase::delete_older(void* frame, std::size_t size) noexcept {
  FrameArena* arena = context.arena;
  if (arena != nullptr && arena->owns(frame)) {
    arena->deallocate(frame, size);
  } else if (!FrameArena::is_in_any(frame)) {  // What another one has goes with that.
    ::operator delete(frame, size);
  }
}

bool PromiseBase::ended_unnoticed() noexcept {
  if (control == nullptr) return false;
  TaskControl& task = *control;
  if (error || task.state != TaskState::running || task.references != 0 || context.is_observed)
      [[unlikely]]
    return false;
  finish_with_value(task);
  task.root = nullptr;
  task.error = nullptr;  // It was in the frame.
  ++context.disposed_tasks;
  return true;
}

void PromiseBase::thrown_in_tear_down() noexcept {
  continuation = nullptr;  // Whoever awaited it is being destroyed too.
  context.thrown_in_tear_down = &error;
  context.services->threw_in_tear_down();
}

void PromiseBase::end_unusually() noexcept {
  if (context.is_tearing_down) return;  // It is destroyed where it stands now.
  if (control->state != TaskState::running) context.services->fork(*control);
  finish(*control, !error          ? TaskResult::value
                   : was_cancelled ? TaskResult::cancelled
                                   : TaskResult::exception);
}

// NOLINTNEXTLINE(bugprone-exception-escape): the task that awaits is running, so it can suspend.
void PromiseBase::return_to_awaiter() noexcept {
  if (!continuation) return;
  if (context.await_points == AwaitPoints::every && context.services != nullptr &&
      started_in_step == context.step_number) {
    suspended_at_end = true;
    suspend_ready(continuation, {OperationKind::call, ObjectId::none, awaited_at},
                  TaskState::ready_head);
  } else {
    context.go_on_with(continuation);
  }
}

}  // namespace coweave::detail
