#include "coweave/exploration/reduction/reduced_search.hpp"

namespace coweave::detail {

void ReducedSearch::read_log() {
  for (std::size_t number = order_.size(); number < log_.size(); ++number) push(log_[number]);
}

void ReducedSearch::push(const StepAccesses& step) {
  std::uint64_t touched = 0;
  for (const Access& access : step.accesses)
    touched += mix(log_.object_key(access.object) + static_cast<std::uint64_t>(access.kind));
  std::uint64_t name = roll(log_.task_key(step.task), touched);
  for (const std::uint32_t value : step.choices) name = roll(name + 1, value);
  order_.push({step.task, name, step.accesses, step.enabled_by, step.fence, step.is_unknown,
               step.ends_execution});
}

void ReducedSearch::count_execution() {
  ++executions_;
  last_class_ = order_.class_name();
  classes_.insert(last_class_, 0);
}

void ReducedSearch::forget_executions() {
  log_.restart();
  order_.truncate(0);
  executions_ = 0;
  classes_.clear();
}

}  // namespace coweave::detail
