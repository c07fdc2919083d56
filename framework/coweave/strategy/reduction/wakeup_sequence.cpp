#include "coweave/strategy/reduction/wakeup_sequence.hpp"

namespace coweave::detail {

void WakeupSequence::assign(std::uint32_t prefix, StepBits notdep, std::uint32_t last,
                            bool is_exact) {
  prefix_ = prefix;
  between_ = notdep;
  notdep_.assign(notdep);
  last_ = last;
  last_task_ = order_.task(last);
  is_last_there_ = true;
  is_exact_ = is_exact;
  knowledge_ = is_exact ? Knowledge::known : Knowledge::not_asked;
  if (is_exact) last_footprint_ = order_.footprint(last);
}

void WakeupSequence::ask_for_last() {
  const bool is_known = memory_.recall(order_, prefix_, between_, last_, recalled_);
  knowledge_ = is_known ? Knowledge::known : Knowledge::unknown;
  last_footprint_ = recalled_.view();
}

std::vector<std::uint32_t> WakeupSequence::tasks() const {
  std::vector<std::uint32_t> tasks;
  for_each_step(between_, [&](std::uint32_t step) { tasks.push_back(order_.task(step)); });
  tasks.push_back(last_task_);
  return tasks;
}

void WakeupSequence::list(std::vector<std::uint32_t>& steps) const {
  steps.clear();
  for_each_step(notdep_.bits(), [&steps](std::uint32_t step) { steps.push_back(step); });
  if (is_last_there_) steps.push_back(last_);
}

// For a p that is not in v: p is in WI(v) if its next step at E is independent of all of v.
WakeupSequence::Answer WakeupSequence::is_independent_of_all(const FootprintView& footprint) {
  if (order_.any_dependent(notdep_.bits(), footprint)) return Answer::no;
  if (!is_last_there_) return Answer::yes;
  if (!is_last_known()) return Answer::unknown;
  return dependent(footprint, last_footprint_) ? Answer::no : Answer::yes;
}

}  // namespace coweave::detail
