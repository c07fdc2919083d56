#include "coweave/exploration/story.hpp"

#include <algorithm>
#include <string_view>

#include "coweave/core/words.hpp"

namespace coweave {
namespace {

std::string_view rule_of(AwaitPoints points) {
  switch (points) {
    case AwaitPoints::every:
      return "every (each co_await may suspend)";
    case AwaitPoints::operations:
      return "operations (Asio's rule)";
    case AwaitPoints::suspending:
      return "suspending (asyncio's rule)";
  }
  return "?";
}

}  // namespace

std::string in_words(const AwaitPointsEvidence& evidence) {
  const std::string schedules = counted(evidence.schedules, "schedule");
  std::string text(rule_of(evidence.await_points));
  switch (evidence.answer) {
    case AwaitPointsEvidence::Answer::found:
      return text + ": the failure exists";
    case AwaitPointsEvidence::Answer::absent:
      return text + ": it does not exist (all of " + schedules + " pass)";
    case AwaitPointsEvidence::Answer::not_found:
      return text + ": not found in " + schedules;
  }
  return text;
}

std::string deviations_in_words(const Failure& failure) {
  const std::size_t deviations = failure.schedule.deviations();
  std::string text = deviations == 0 ? "in production order"
                                     : counted(deviations, "deviation") + " from production order";
  if (failure.is_minimal && deviations > 0) text.insert(0, "needs ");
  if (failure.found_with > deviations)
    text += " (found with " + std::to_string(failure.found_with) + ")";
  return text;
}

Schedule with_explanation(const Failure& failure) {
  Schedule schedule = failure.schedule;
  ScheduleExplanation& told = schedule.explanation;
  const Explanation& known = failure.explanation;
  for (std::size_t i = 0; i < std::min(known.needs.size(), known.need_steps.size()); ++i)
    told.needs.push_back({static_cast<std::uint32_t>(known.need_steps[i]), known.needs[i]});
  told.notes.push_back(deviations_in_words(failure));
  if (known.passing && !known.passing->between.empty())
    told.notes.push_back(known.passing->between + ": it passes where " + known.passing->passing +
                         " comes first");
  for (const std::string& tried : known.tried) told.notes.push_back("tried: " + tried);
  told.notes.insert(told.notes.end(), failure.details.begin(), failure.details.end());
  for (const std::string& also : failure.also) told.notes.push_back("then " + also);
  for (const AwaitPointsEvidence& evidence : failure.evidence)
    told.notes.push_back("AwaitPoints::" + in_words(evidence));
  const std::optional<PassingNeighbour>& passing = known.passing;
  if (passing && passing->step <= schedule.trace.steps.size() &&
      passing->step <= passing->schedule.trace.steps.size()) {
    told.passing = PassingTrace{static_cast<std::uint32_t>(passing->step), passing->schedule.trace};
    told.passing->trace.blocked.clear();
  }
  return schedule;
}

}  // namespace coweave
