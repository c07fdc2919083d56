#include "coweave/strategy/reduction/source_sets.hpp"

#include <algorithm>

#include "coweave/core/error.hpp"

namespace coweave::detail {
namespace {

bool is_among(const std::vector<std::uint32_t>& tasks, std::uint32_t task) {
  return std::find(tasks.begin(), tasks.end(), task) != tasks.end();
}

}  // namespace

std::uint32_t SourceSets::decided(std::size_t steps) const {
  for (const std::uint32_t task : backtrack_[steps])
    if (!node_after(steps).is_asleep(task)) return task;  // A task that was done sleeps.
  return 0;
}

void SourceSets::taken(std::size_t steps, std::uint32_t task) { want(steps, task); }

void SourceSets::extended(std::size_t steps) {
  if (steps == backtrack_.size()) backtrack_.emplace_back();
  backtrack_[steps].clear();
}

void SourceSets::want(std::size_t steps, std::uint32_t task) {
  if (!is_among(backtrack_[steps], task)) backtrack_[steps].push_back(task);
}

void SourceSets::step_before_end(std::uint32_t task) { want(order_.size() - 1, task); }

// For the race (e, e') = (first, second): computes v = notdep(e, E).e' and I(v). notdep(e, E) has
// the steps after e' too: they may come before e' in another order, and an initial may be among
// them. Property: afterwards backtrack(E) has a task of I(v). I(v) is never empty, since the first
// step of v has nothing before it.
void SourceSets::reverse(std::uint32_t first, std::uint32_t second) {
  order_.collect_notdep(first, notdep_);
  const bool is_alone = notdep_.empty();
  v_.clear();
  for_each_step(notdep_.bits(), [this](std::uint32_t step) { v_.push_back(step); });
  v_.push_back(second);
  const std::vector<std::uint32_t>& backtrack = backtrack_[first];
  std::uint32_t choice = 0;
  for (std::size_t m = 0; m < v_.size(); ++m) {
    const std::uint32_t step = v_[m];
    // Without e, an inexact e' might do something else, and then not come first.
    if (step == second && !is_alone && !order_.is_exact(first, second)) continue;
    const bool is_initial = std::none_of(
        v_.begin(), v_.begin() + static_cast<std::ptrdiff_t>(m),
        [&](std::uint32_t other) { return other < step && order_.before(other, step); });
    if (!is_initial) continue;
    if (is_among(backtrack, order_.task(step))) return;
    if (choice == 0) choice = order_.task(step);
  }
  want(first, choice);  // If it sleeps, all that begins with it has been done.
}

void SourceSets::check_invariants() const {
  PathSearch::check_invariants();
  if (must_restart()) return;
  for (std::size_t steps = 0; steps < path_length(); ++steps) {
    const std::vector<std::uint32_t>& tasks = backtrack_[steps];
    for (std::size_t i = 0; i < tasks.size(); ++i)
      COWEAVE_INVARIANT(std::find(tasks.begin(), tasks.end(), tasks[i]) ==
                        tasks.begin() + static_cast<std::ptrdiff_t>(i));
    const std::uint32_t current = node_after(steps).current;
    COWEAVE_INVARIANT(current == 0 || is_among(tasks, current));
  }
}

}  // namespace coweave::detail
