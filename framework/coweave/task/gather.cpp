#include "coweave/task/gather.hpp"

namespace coweave::detail {

void GatherState::note_failure(TaskControl& child) {
  if (context.accesses != nullptr) context.accesses->follows(task->id, AccessKind::write);
  if (first_error_) return;
  first_error_ = *child.error ? *child.error
                              : std::make_exception_ptr(CancelledError(child.cancel_message));
}

}  // namespace coweave::detail
