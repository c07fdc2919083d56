#include "coweave/strategy/reduction/touch_reporter.hpp"

namespace coweave::detail {
namespace {

// A commuting permit is two objects: asks conflict with each other, and so do returns, but an ask
// does not conflict with a return.
void append(std::vector<Touch>& touches, const Access& access) {
  const std::uint64_t asking = std::uint64_t{access.object} * 2;
  const std::uint64_t giving = asking + 1;
  switch (access.kind) {
    case AccessKind::attempt:
      touches.push_back({asking, true});
      return;
    case AccessKind::release:
      touches.push_back({giving, true});
      return;
    case AccessKind::touch:
    case AccessKind::read:
      touches.push_back({asking, false});
      touches.push_back({giving, false});
      return;
    case AccessKind::write:
    case AccessKind::exclusive:
      touches.push_back({asking, true});
      touches.push_back({giving, true});
  }
}

}  // namespace

bool TouchReporter::begin_execution(std::uint64_t number) {
  log_.restart();
  reported_ = 0;
  is_lost_ = false;
  return strategy_.begin_execution(number);
}

std::size_t TouchReporter::pick(const SchedulingPoint& point) {
  report();
  return point.size() > 1 ? strategy_.pick(point) : 0;
}

void TouchReporter::end_execution(std::span<const Step> steps) {
  report();
  strategy_.end_execution(steps);
}

Capabilities TouchReporter::capabilities() {
  Capabilities offered = offered_;
  offered.touches = nullptr;
  offered.checkpointable = nullptr;
  offered.accesses = &log_;
  return offered;
}

void TouchReporter::report() {
  for (; reported_ < log_.size() && !is_lost_; ++reported_) {
    const StepAccesses step = log_[reported_];
    is_lost_ = step.is_untracked;
    if (is_lost_) return;
    touches_.clear();
    for (const Access& access : step.accesses) append(touches_, access);
    offered_.touches->step_ended(touches_);
  }
}

}  // namespace coweave::detail
