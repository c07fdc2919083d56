#include "coweave/task/gather.hpp"

namespace coweave::detail {

void GatherState::start(std::span<ChildTask* const> children) {
  if (context.current == nullptr) [[unlikely]]
    no_scheduler(OperationKind::gather, place_);
  if (has_empty_child_) [[unlikely]]
    refuse_spawn(place_);
  context.services->create_tasks(children, place_);
}

void GatherState::note_failure(TaskControl& child) {
  child.is_retrieved = true;
  if (context.accesses != nullptr) context.accesses->tasks().follows(task->id, AccessKind::write);
  if (first_error_) return;
  first_error_ =
      *child.error ? *child.error : std::make_exception_ptr(CancelledError(child.cancel_message));
}

}  // namespace coweave::detail
