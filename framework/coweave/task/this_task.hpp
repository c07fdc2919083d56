#pragma once

#include "coweave/task/spawn.hpp"

namespace coweave {

/// The running task as it sees itself, and as others may cancel it; no handle, since it cannot be
/// awaited. Copies refer to the same task. Not usable after its execution.
class ThisTask {
 public:
  explicit ThisTask(detail::TaskControl& task) : task_(task) {}

  /// As TaskHandle::cancel: called by the task itself, CancelledError is thrown at its next
  /// suspension.
  // NOLINTNEXTLINE(modernize-use-nodiscard): as that one.
  bool cancel(std::string message = {}, Place place = Place::current()) const {
    detail::TaskControl* const task = control("cancel", place);
    return task != nullptr && detail::cancel(*task, std::move(message), place);
  }
  /// As TaskHandle::uncancel.
  // NOLINTNEXTLINE(modernize-use-nodiscard): the same.
  std::uint32_t uncancel(Place place = Place::current()) const {
    detail::TaskControl* const task = control("uncancel", place);
    return task != nullptr ? detail::uncancel(*task) : 0;
  }
  /// As TaskHandle::cancelling.
  [[nodiscard]] std::uint32_t cancelling(Place place = Place::current()) const {
    const detail::TaskControl* const task = control("cancelling", place);
    return task != nullptr ? detail::cancel_requests(*task) : 0;
  }
  /// What was given to spawn(); empty if nothing was.
  [[nodiscard]] std::string_view name(Place place = Place::current()) const {
    const detail::TaskControl* const task = control("name", place);
    return task != nullptr ? task->name.view() : std::string_view{};
  }

 private:
  /// Null: another thread runs the execution of the task.
  [[nodiscard]] detail::TaskControl* control(std::string_view operation, const Place& place) const {
    detail::TaskControl* const task = task_.live();
    if (task == nullptr) [[unlikely]]
      detail::is_task_elsewhere(task_, operation, place);
    return task;
  }
  detail::TaskReference task_;
};

/// The task whose step is under way. Throws Error if there is none.
[[nodiscard]] inline ThisTask this_task(Place place = Place::current()) {
  if (detail::context.current == nullptr) [[unlikely]]
    detail::no_running_task("this_task()", place);
  return ThisTask(*detail::context.current);
}

}  // namespace coweave
