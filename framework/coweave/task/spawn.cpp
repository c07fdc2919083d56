#include "coweave/task/spawn.hpp"

#include "coweave/runtime/elsewhere.hpp"

namespace coweave {

void detail::create_one_by_one(TaskServices& services, std::span<ChildTask* const> children,
                               const Place& place) {
  for (ChildTask* const child : children) {
    PromiseBase& promise = *child->promise;
    TaskControl& task =
        services.create_task(std::exchange(child->coroutine, nullptr), &promise.error,
                             promise.created_at.function_name(), place);
    promise.control = &task;
    task.completion = child;
    child->control = &task;
    name_task(task, {});
    if (context.accesses != nullptr) context.accesses->tasks().awaits_completion(task.id);
  }
}

void detail::record_spawn(const TaskControl& task) {
  record(OperationKind::spawn, ObjectId::none, task.spawned_at, task.id);
}

bool detail::is_task_elsewhere(const TaskReference& task, std::string_view operation,
                               const Place& place) {
  if (note_use_elsewhere(task.epoch(), std::string(operation) + " of a task's handle", place))
    return true;
  throw Error("TaskHandle: expected one of the running execution, found an empty or old one");
}

bool detail::is_spawned_elsewhere(const Place& place) noexcept {
  return note_use_elsewhere("spawn", place);
}

void detail::refuse_spawn(Place place) {
  if (context.services == nullptr) no_scheduler(OperationKind::spawn, place);
  throw Error("spawn at " + to_string(source_line(place, {})) +
              ": expected a Task that has not been awaited, found an empty one");
}

void post(std::function<void()> callable, std::string_view name, Place place) {
  if (detail::context.services == nullptr) {
    if (detail::post_elsewhere(callable, name, place)) return;
    detail::no_scheduler(OperationKind::spawn, place);
  }
  detail::post_here(std::move(callable), name, place);
}

void detail::post_here(std::function<void()> callable, std::string_view name, const Place& place) {
  detail::TaskControl& task = detail::context.services->create_task({}, nullptr, "post", place);
  task.error = &task.foreign_error;
  task.has_residue = true;
  detail::name_task(task, name);
  task.callable = std::move(callable);
  task.hook = [](detail::TaskControl& posted) {
    const std::function<void()> run = std::move(posted.callable);
    posted.callable = nullptr;
    try {
      run();
    } catch (const CancelledError&) {
      posted.result = detail::TaskResult::cancelled;
    } catch (...) {
      posted.foreign_error = std::current_exception();
      posted.result = detail::TaskResult::exception;
    }
  };
}

}  // namespace coweave
