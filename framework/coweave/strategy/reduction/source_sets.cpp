#include "coweave/strategy/reduction/source_sets.hpp"

#include <algorithm>

namespace coweave::detail {
namespace {

bool is_among(const std::vector<std::uint32_t>& tasks, std::uint32_t task) {
  return std::find(tasks.begin(), tasks.end(), task) != tasks.end();
}

}  // namespace

std::uint32_t SourceSets::decided(const Node& node) const {
  for (const std::uint32_t task : node.backtrack)
    if (!node.is_asleep(task)) return task;  // What has been done sleeps.
  return 0;
}

void SourceSets::taken(Node& node, std::uint32_t task) {
  if (!is_among(node.backtrack, task)) node.backtrack.push_back(task);
}

void SourceSets::step_before_end(std::uint32_t task) {
  Node& last = node_after(order_.size() - 1);
  if (!is_among(last.backtrack, task)) last.backtrack.push_back(task);
}

// [DPOR]: v is what does not happen after `first`, then `second`; one of its initials must be
// stepped instead of `first`. v has the steps that come after `second` too.
void SourceSets::reverse(std::uint32_t first, std::uint32_t second) {
  Node& node = node_after(first);
  order_.collect_notdep(first, v_);
  const bool is_alone = v_.empty();
  steps_.clear();
  for_each_step(v_.bits(), [this](std::uint32_t step) { steps_.push_back(step); });
  steps_.push_back(second);
  std::uint32_t choice = 0;
  for (std::size_t m = 0; m < steps_.size(); ++m) {
    const std::uint32_t step = steps_[m];
    // Without `first` an inexact step might do something else, and then not come first.
    if (step == second && !is_alone && !order_.is_exact(first, second)) continue;
    const bool is_initial = std::none_of(
        steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(m),
        [&](std::uint32_t other) { return other < step && order_.before(other, step); });
    if (!is_initial) continue;
    if (is_among(node.backtrack, order_.task(step))) return;
    if (choice == 0) choice = order_.task(step);
  }
  node.backtrack.push_back(choice);  // If it sleeps, all that begins with it has been done.
}

}  // namespace coweave::detail
