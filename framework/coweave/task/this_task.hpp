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
    return detail::cancel(control(), std::move(message), place);
  }
  /// As TaskHandle::uncancel.
  // NOLINTNEXTLINE(modernize-use-nodiscard): the same.
  std::uint32_t uncancel() const { return detail::uncancel(control()); }
  /// As TaskHandle::cancelling.
  [[nodiscard]] std::uint32_t cancelling() const { return detail::cancel_requests(control()); }
  /// What was given to spawn(); empty if nothing was.
  [[nodiscard]] std::string_view name() const { return control().name.view(); }

 private:
  [[nodiscard]] detail::TaskControl& control() const {
    detail::TaskControl* task = task_.live();
    if (task == nullptr)
      throw Error("ThisTask: expected a task of the running execution, found an old one");
    return *task;
  }
  detail::TaskReference task_;
};

/// The task whose step is under way. Throws Error if there is none.
[[nodiscard]] inline ThisTask this_task() {
  if (detail::context.current == nullptr)
    throw Error("this_task(): expected to be inside explore() or run(), found no running task");
  return ThisTask(*detail::context.current);
}

}  // namespace coweave
