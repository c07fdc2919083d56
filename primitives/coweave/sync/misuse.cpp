#include "coweave/sync/misuse.hpp"

#include "coweave/core/error.hpp"
#include "coweave/runtime/async_wait.hpp"
#include "coweave/runtime/elsewhere.hpp"

namespace coweave::detail {
namespace {

std::string message(const char* operation, const Object& object, const char* expected_found) {
  return std::string(operation) + " of " + describe(object) + ": " + expected_found;
}

/// Instead of the next step of a task that was woken by an object which is gone.
void stay_blocked(TaskControl& task) {
  task.state = TaskState::blocked;
  task.cancel_pending = false;
}

}  // namespace

void misuse(const char* operation, const Object& object, const char* expected_found,
            const Place& place) {
  throw MisuseError(message(operation, object, expected_found), place);
}

void report_misuse(const char* operation, const Object& object, const char* expected_found,
                   const Place& place) noexcept {
  if (context.services == nullptr || context.is_tearing_down) return;
  context.services->report_failure(FailureKind::misuse, message(operation, object, expected_found),
                                   place.file_name(), place.line());
}

bool abandon(WaitQueue& waiters) noexcept {
  bool any = false;
  while (Waiter* const waiter = waiters.front()) {
    waiters.remove(*waiter);
    if (waiter->is_listener) {
      auto& operation = static_cast<AsyncWaiter&>(*waiter);
      operation.drop(operation);
      any = true;
      continue;
    }
    if (context.is_tearing_down) continue;
    if (waiter->task->owner != context.services)
      note_use_elsewhere(waiter->task->owner, "destruction of what a task waits for",
                         waiter->task->resumes_from.place);
    waiter->task->waiter = nullptr;
    if (waiter->task->state != TaskState::blocked) waiter->task->hook = stay_blocked;
    any = any || !waiter->task->is_daemon;
  }
  return any;
}

}  // namespace coweave::detail
