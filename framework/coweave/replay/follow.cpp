#include "coweave/replay/follow.hpp"

#include <charconv>
#include <string_view>

#include "coweave/execution/task_table.hpp"

namespace coweave::detail {
std::uint64_t key_of_path(std::string_view path) {
  std::uint64_t key = root_key;  // Of "0".
  for (std::size_t dot = path.find('.'); dot != path.npos; dot = path.find('.', dot + 1)) {
    std::uint32_t nth = 0;
    std::from_chars(path.data() + dot + 1, path.data() + path.size(), nth);
    key = child_key(key, nth);
  }
  return key;
}

std::vector<std::uint32_t> picks_of(std::span<const Step> steps) {
  std::vector<std::uint32_t> picks;
  for (const Step& step : steps)
    if (step.alternatives > 1) picks.push_back(step.pick);
  return picks;
}

bool is_of_crash(const Schedule& schedule) {
  return schedule.failure && schedule.failure->kind == FailureKind::crash;
}

bool is_of_nondeterminism(const Schedule& schedule) {
  return schedule.failure && schedule.failure->kind == FailureKind::nondeterminism;
}

bool followed_picks(const FollowStrategy& strategy, const Schedule& schedule,
                    std::span<const Step> steps) {
  if (!is_of_crash(schedule))
    return strategy.followed() &&
           (schedule.fingerprint == 0 || schedule.fingerprint == fingerprint_of(steps));
  const std::size_t recorded = std::size_t{schedule.failure->step} + 1;
  return strategy.followed_beginning() && recorded <= steps.size() &&
         (schedule.fingerprint == 0 ||
          schedule.fingerprint == fingerprint_of(steps.first(recorded)));
}

FollowTraceStrategy::FollowTraceStrategy(const Trace& trace) : trace_(trace) {
  for (const TraceTask& task : trace.tasks) keys_.push_back(key_of_path(task.path));
  for (const TraceStep& step : trace.steps)
    if (step.is_choice() && step.alternatives > 1) choices_.push_back(step.pick);
}

bool FollowTraceStrategy::begin_execution(std::uint64_t number) {
  choices_done_ = 0;
  return number == 1;
}

std::size_t FollowTraceStrategy::pick(const SchedulingPoint& point) {
  const std::size_t step = point.history().size();
  if (step >= trace_.steps.size()) return 0;
  const TraceStep& recorded = trace_.steps[step];
  const auto is_recorded = [&](const ReadyTask& task) {
    return task.key == keys_[recorded.task] && task.resumes_from.kind == recorded.operation;
  };
  // Mostly where it was recorded, if the program has not changed: no need to look at all.
  if (recorded.pick < point.size() && is_recorded(point[recorded.pick])) return recorded.pick;
  for (std::size_t i = 0; i < point.size(); ++i) {
    if (is_recorded(point[i])) return i;
  }
  return 0;
}

std::uint32_t FollowTraceStrategy::choose(std::uint32_t alternatives) {
  if (choices_done_ == choices_.size() || choices_[choices_done_] >= alternatives) return 0;
  return choices_[choices_done_++];
}

}  // namespace coweave::detail
