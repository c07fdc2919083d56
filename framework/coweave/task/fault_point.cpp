#include "coweave/task/fault_point.hpp"

#include <string>

#include "coweave/runtime/elsewhere.hpp"

namespace coweave {

InjectedFault::InjectedFault(std::string_view fault_point)
    : std::runtime_error("fault point \"" + std::string(fault_point) + "\"") {}

void detail::FaultPoint::decide() const {
  if (context.accesses != nullptr) context.accesses->tasks().may_fail();
  if (context.services->inject_fault(id(), created_at())) throw InjectedFault(name().view());
}

void detail::FaultPointAwaiter::await_resume() {
  if (is_suspended_) resume_or_throw(*context.current);
  if (context.services == nullptr) no_scheduler(OperationKind::fault_point, created_at());
  decide();
}

void may_fail(std::string_view name, Place place) {
  if (detail::context.services == nullptr) detail::note_use_elsewhere("may_fail", place);
  if (detail::context.services == nullptr || detail::context.is_tearing_down) return;
  detail::FaultPoint(name, place).decide();
}

}  // namespace coweave
