#include "coweave/diagnosis/repetition.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "coweave/core/words.hpp"

namespace coweave {
namespace {

/// Steps by number from the last to the first, equal ones alike: what was ready, and which position
/// was picked, does not matter.
std::vector<std::uint32_t> backwards(const Trace& trace) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(trace.steps.size());
  // An effect's step of the first occurrence stands for its text: only equal places give equal
  // texts.
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> known;
  for (std::size_t i = trace.steps.size(); i-- > 0;) {
    const TraceStep& step = trace.steps[i];
    std::string text = trace.describe_step(i);
    for (const TraceEffect& effect : step.effects) text += '\n' + trace.describe_effect(effect);
    const auto next = static_cast<std::uint32_t>(known.size());
    numbers.push_back(known.emplace(std::pair(step.task, std::move(text)), next).first->second);
  }
  return numbers;
}

/// For each i, how far the sequence from i on agrees with its beginning (the Z function).
std::vector<std::size_t> agreement(const std::vector<std::uint32_t>& sequence) {
  std::vector<std::size_t> length(sequence.size(), 0);
  std::size_t left = 0;
  std::size_t right = 0;
  for (std::size_t i = 1; i < sequence.size(); ++i) {
    if (i < right) length[i] = std::min(right - i, length[i - left]);
    while (i + length[i] < sequence.size() && sequence[length[i]] == sequence[i + length[i]])
      ++length[i];
    if (i + length[i] > right) {
      left = i;
      right = i + length[i];
    }
  }
  return length;
}

std::vector<std::uint32_t> starved_from(const Trace& trace, std::size_t first) {
  std::vector<std::size_t> ready(trace.tasks.size(), 0);
  std::size_t points = 0;
  for (std::size_t i = first; i < trace.steps.size(); ++i) {
    const TraceStep& step = trace.steps[i];
    if (step.is_choice()) continue;
    ++points;
    for (const std::uint32_t task : step.ready) ready[task] += task == step.task ? 0 : 1;
  }
  std::vector<std::uint32_t> starved;
  for (std::uint32_t task = 0; task < ready.size(); ++task)
    if (points > 0 && ready[task] == points) starved.push_back(task);
  return starved;
}

}  // namespace

std::optional<Repetition> repetition_at_end(const Trace& trace) {
  constexpr std::size_t least_times = 3;
  const std::vector<std::size_t> agrees = agreement(backwards(trace));
  std::optional<Repetition> best;
  std::size_t longest = 0;
  for (std::size_t period = 1; period * least_times <= trace.steps.size(); ++period) {
    const std::size_t covered = agrees[period] + period;
    if (covered < period * least_times || covered <= longest) continue;
    longest = covered;
    best = Repetition{static_cast<std::uint32_t>(trace.steps.size() - covered / period * period),
                      static_cast<std::uint32_t>(period),
                      static_cast<std::uint32_t>(covered / period),
                      {}};
  }
  if (best) best->starved = starved_from(trace, best->first);
  return best;
}

std::vector<std::string> in_words(const Repetition& repetition, const Trace& trace,
                                  std::size_t most) {
  const std::size_t steps = std::size_t{repetition.period} * repetition.times;
  std::vector<std::string> lines;
  lines.push_back("repeats: the last " + counted(steps, "step") + ", from step " +
                  std::to_string(repetition.first + 1) + " on, are " +
                  (repetition.period == 1
                       ? "this one, " + std::to_string(repetition.times) + " times:"
                       : "these " + std::to_string(repetition.period) + ", " +
                             std::to_string(repetition.times) + " times:"));
  for (std::size_t i = 0; i < repetition.period; ++i) {
    if (i == most && repetition.period > most + 1) {
      lines.push_back("  and " + counted(repetition.period - most, "more step"));
      break;
    }
    const std::size_t index = repetition.first + i;
    std::string line =
        "  " + trace.tasks[trace.steps[index].task].name + ": " + trace.describe_step(index);
    for (const TraceEffect& effect : trace.steps[index].effects)
      line += "; " + trace.describe_effect(effect);
    lines.push_back(std::move(line));
  }
  for (const std::uint32_t task : repetition.starved) {
    std::size_t since = repetition.first;
    const auto is_passed_over = [&](const TraceStep& step) {
      return step.is_choice() ||
             (step.task != task &&
              std::find(step.ready.begin(), step.ready.end(), task) != step.ready.end());
    };
    while (since > 0 && is_passed_over(trace.steps[since - 1])) --since;
    lines.push_back("starved: " + trace.tasks[task].name + " is ready since step " +
                    std::to_string(since + 1) + " and never picked");
  }
  return lines;
}

}  // namespace coweave
