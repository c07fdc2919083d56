#include "coweave/exploration/failures/story.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

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
      return text + ": it does not exist (in none of all " + schedules + ")";
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

std::string_view passing_claim(bool is_last) {
  return is_last ? "the last moment at which it could still pass"
                 : "the latest moment found at which it could still pass";
}

std::string search_in_words(const Explanation& explanation) {
  if (!explanation.search) return {};
  const auto& [failing, is_complete] = *explanation.search;
  if (!explanation.passing) {
    if (!is_complete)
      return "no passing order was found: " + counted(failing, "execution") +
             " of other orders fail too, and there are more";
    if (failing == 0) return "no order passes: it fails before there is anything to decide";
    return failing == 1 ? "no order passes: the only one that parts from it before it fails was "
                          "executed, and fails too"
                        : "no order passes: all " + std::to_string(failing) +
                              " that part from it before it fails were executed, and fail too";
  }
  if (is_complete) return {};
  return failing == 0 ? "orders that part from it later were not executed"
                      : counted(failing, "execution") +
                            " of orders that part from it later fail, and there are more";
}

Schedule with_explanation(const Failure& failure) {
  Schedule schedule = failure.schedule;
  ScheduleExplanation& told = schedule.explanation;
  const Explanation& known = failure.explanation;
  for (std::size_t i = 0; i < std::min(known.needs.size(), known.need_steps.size()); ++i)
    told.needs.push_back({static_cast<std::uint32_t>(known.need_steps[i]), known.needs[i]});
  for (std::size_t i = 0; i < std::min(told.needs.size(), known.need_last_steps.size()); ++i)
    if (known.need_last_steps[i] > known.need_steps[i])
      told.needs[i].last_step = static_cast<std::uint32_t>(known.need_last_steps[i]);
  told.notes.push_back(deviations_in_words(failure));
  if (known.passing && !known.passing->between.empty())
    told.notes.push_back(known.passing->between + ": it passes where " + known.passing->passing +
                         " comes first");
  if (std::string search = search_in_words(known); !search.empty())
    told.notes.push_back(std::move(search));
  for (const std::string& tried : known.tried) told.notes.push_back("tried: " + tried);
  told.notes.insert(told.notes.end(), failure.details.begin(), failure.details.end());
  for (const std::string& also : failure.also) told.notes.push_back("then " + also);
  for (const AwaitPointsEvidence& evidence : failure.evidence)
    told.notes.push_back("AwaitPoints::" + in_words(evidence));
  const std::optional<PassingNeighbour>& passing = known.passing;
  if (passing && passing->step <= schedule.trace.steps.size() &&
      passing->step <= passing->schedule.trace.steps.size()) {
    told.passing = PassingTrace{static_cast<std::uint32_t>(passing->step), passing->schedule.trace,
                                known.search && known.search->is_complete};
    told.passing->trace.blocked.clear();
  }
  return schedule;
}

}  // namespace coweave
