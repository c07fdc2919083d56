#include "coweave/report/selection.hpp"

#include <algorithm>

namespace coweave {

std::vector<bool> select_steps(const Schedule& schedule, std::size_t most) {
  const std::size_t steps = schedule.trace.steps.size();
  if (most == 0 || steps <= most) return std::vector<bool>(steps, true);
  std::vector<bool> selected(steps, false);
  std::size_t left = most;
  const auto select = [&](std::size_t step) {
    if (left == 0 || selected[step]) return;
    selected[step] = true;
    --left;
  };
  std::size_t end = steps;
  if (schedule.failure && schedule.failure->step < steps) {
    constexpr std::size_t part_behind = 6;
    select(schedule.failure->step);
    end = std::min(steps, schedule.failure->step + 1 + most / part_behind);
  }
  std::size_t needs_left = most / 2;
  for (const ScheduleNeed& need : schedule.explanation.needs) {
    if (needs_left == 0) break;
    if (need.step >= steps) continue;
    select(need.step);
    --needs_left;
  }
  for (std::size_t step = end; step > 0; --step) select(step - 1);
  return selected;
}

}  // namespace coweave
