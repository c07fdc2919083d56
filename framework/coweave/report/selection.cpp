#include "coweave/report/selection.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "coweave/diagnosis/diagnosis.hpp"

namespace coweave {
namespace {

/// Takes `prefix` off the beginning of `text`.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Takes the number of a step off the beginning of `text`.
bool take_step(std::string_view& text, std::vector<std::size_t>& steps) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number == 0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  steps.push_back(number - 1);
  return true;
}

/// All that is said about the failure, apart from what the program itself says.
std::vector<std::string> sentences_about(const Schedule& schedule) {
  std::vector<std::string> sentences = diagnose(schedule);
  const ScheduleExplanation& explanation = schedule.explanation;
  for (const ScheduleNeed& need : explanation.needs) sentences.push_back(need.text);
  sentences.insert(sentences.end(), explanation.notes.begin(), explanation.notes.end());
  return sentences;
}

}  // namespace

std::vector<std::size_t> steps_named_in(std::string_view sentence) {
  std::vector<std::size_t> steps;
  while (true) {
    const std::size_t word = sentence.find("step");
    if (word == sentence.npos) return steps;
    sentence.remove_prefix(word);
    static_cast<void>(take(sentence, "step"));
    static_cast<void>(take(sentence, "s"));
    if (!take(sentence, " ") || !take_step(sentence, steps)) continue;
    while ((take(sentence, ", ") || take(sentence, " and ") || take(sentence, " to ")) &&
           take_step(sentence, steps)) {
    }
  }
}

std::vector<std::size_t> steps_of(const Trace& trace, const ScheduleNeed& need) {
  std::vector<std::size_t> steps{need.step};
  if (need.step >= trace.steps.size() || need.last_step <= need.step) return steps;
  const TraceStep& first = trace.steps[need.step];
  const std::size_t end =
      std::min<std::size_t>(need.last_step + std::size_t{1}, trace.steps.size());
  for (std::size_t i = need.step + std::size_t{1}; i < end; ++i) {
    const TraceStep& step = trace.steps[i];
    if (step.pick != 0 && !step.ready.empty() && !first.ready.empty() &&
        step.ready.front() == first.ready.front())
      steps.push_back(i);
  }
  return steps;
}

std::vector<bool> select_steps(const Schedule& schedule, std::size_t most) {
  const std::size_t steps = schedule.trace.steps.size();
  if (most == 0 || steps <= most) return std::vector<bool>(steps, true);
  std::vector<bool> selected(steps, false);
  std::size_t left = most;
  const auto select = [&](std::size_t step) {
    if (step >= steps || selected[step]) return;
    selected[step] = true;
    left -= std::min<std::size_t>(left, 1);
  };
  std::size_t end = steps;
  if (schedule.failure && schedule.failure->step < steps) {
    constexpr std::size_t part_behind = 6;
    select(schedule.failure->step);
    end = std::min(steps, schedule.failure->step + 1 + most / part_behind);
  }
  for (const ScheduleNeed& need : schedule.explanation.needs) select(need.step);
  if (schedule.explanation.passing) select(schedule.explanation.passing->step);
  for (const std::string& sentence : sentences_about(schedule))
    for (const std::size_t step : steps_named_in(sentence)) select(step);
  for (std::size_t step = end; step > 0 && left > 0; --step) select(step - 1);
  return selected;
}

}  // namespace coweave
