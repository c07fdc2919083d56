#include "coweave/exploration/reduction/reduced_search.hpp"

namespace coweave::detail {

void ReducedSearch::read_log() {
  for (std::size_t number = order_.size(); number < log_.size(); ++number) {
    const StepAccesses step = log_[number];
    std::uint64_t name = log_.task_key(step.task);
    for (const std::uint32_t value : step.choices) name = roll(name + 1, value);
    order_.push({step.task, name, step.accesses,
                 step.enabled_by, step.fence, step.is_unknown, step.ends_execution});
  }
}

void ReducedSearch::count_execution() {
  ++executions_;
  last_class_ = order_.class_name([this](std::uint32_t object) { return log_.object_key(object); });
  classes_.insert(last_class_);
}

std::uint64_t ReducedSearch::name_of(std::size_t step) const {
  return order_.name(step, [this](std::uint32_t object) { return log_.object_key(object); });
}

void ReducedSearch::forget_executions() {
  log_.restart();
  order_.truncate(0);
  executions_ = 0;
  classes_.clear();
}

}  // namespace coweave::detail
