#include "coweave/exploration/failures/nondeterminism.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "coweave/core/words.hpp"

namespace coweave::detail {
namespace {

constexpr std::size_t most_objects = 6;         // That are named.
constexpr std::size_t most_message_lines = 12;  // Of what a check says.

bool is_alike(const std::vector<ExecutionFailure>& a, const std::vector<ExecutionFailure>& b) {
  if (a.empty() || b.empty()) return a.empty() == b.empty();
  return a.front().kind == b.front().kind && a.front().place == b.front().place &&
         a.front().message == b.front().message;
}

/// "check failed at bank.cpp:14", and beneath it what it says.
void describe_outcome(const std::string& label, const std::vector<ExecutionFailure>& outcome,
                      std::vector<std::string>& lines) {
  if (outcome.empty()) {
    lines.push_back(label + "no failure");
    return;
  }
  const ExecutionFailure& failure = outcome.front();
  lines.push_back(label + in_words(failure.kind) + at_place(failure.place));
  std::string_view rest = failure.message;
  for (std::size_t i = 0; !rest.empty(); ++i) {
    if (i == most_message_lines) {
      lines.emplace_back("  ...");
      return;
    }
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines.push_back("  " + std::string(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

bool uses(const TraceStep& step, std::uint32_t object) {
  return step.object == object ||
         std::any_of(step.effects.begin(), step.effects.end(),
                     [object](const TraceEffect& effect) { return effect.object == object; });
}

}  // namespace

std::vector<std::string> older_objects(const Trace& trace) {
  std::vector<std::string> lines;
  for (std::uint32_t object = 0; object < trace.objects.size(); ++object) {
    if (!trace.objects[object].path.starts_with("before/")) continue;
    const auto step = std::find_if(trace.steps.begin(), trace.steps.end(),
                                   [object](const TraceStep& each) { return uses(each, object); });
    const auto blocked =
        std::find_if(trace.blocked.begin(), trace.blocked.end(),
                     [object](const TraceBlocked& each) { return each.object == object; });
    const SourceLine& place = trace.objects[object].place;
    lines.push_back(trace.describe_object(object) +
                    (trace.objects[object].name.empty() || !place.known()
                         ? std::string()
                         : " (created at " + to_string(place) + ")") +
                    (step != trace.steps.end() ? ": " + trace.tasks[step->task].name + " in step " +
                                                     std::to_string(step - trace.steps.begin() + 1)
                     : blocked != trace.blocked.end()
                         ? ": " + trace.tasks[blocked->task].name + " waits for it at the end"
                         : ""));
  }
  return lines;
}

std::string likely_causes() {
  return "likely causes: a clock or random_device, addresses used as keys, static or global state "
         "that outlives an execution, iteration over an unordered container, another thread";
}

void Disagreement::add(const std::vector<ExecutionFailure>& outcome) {
  if (!one_)
    one_ = outcome;
  else if (!other_ && !is_alike(*one_, outcome))
    other_ = outcome;
}

void Disagreement::add(const RecordedRun& run) {
  add(run.failures);
  is_other_fingerprint_ =
      is_other_fingerprint_ || fingerprint_.value_or(run.fingerprint) != run.fingerprint;
  fingerprint_ = run.fingerprint;
  if (!trace_)
    trace_ = run.trace;
  else if (!difference_)
    difference_ = first_difference(*trace_, run.trace);
}

Failure Disagreement::describe(const Trace& trace) const {
  Failure failure;
  failure.kind = FailureKind::nondeterminism;
  failure.message = "the same picks gave two different executions";
  std::vector<std::string>& lines = failure.details;
  for (const std::optional<Outcome>* outcome : {&other_, &one_})
    if (*outcome && !(*outcome)->empty()) failure.place = (*outcome)->front().place;
  if (other_) {
    describe_outcome("one ends with:     ", *one_, lines);
    describe_outcome("another ends with: ", *other_, lines);
  } else if (one_ && !one_->empty()) {
    describe_outcome("both end with: ", *one_, lines);
  }
  if (difference_) {
    lines.push_back("first difference at step " + std::to_string(difference_->step + 1));
    lines.push_back("one execution:     " + difference_->recorded);
    lines.push_back("another execution: " + difference_->found);
  } else {
    lines.emplace_back(
        "the steps agree in later executions: what differed was seen only once, or only in the "
        "outcome");
  }
  std::vector<std::string> older = older_objects(trace);
  if (older.empty() && trace_) older = older_objects(*trace_);
  if (!older.empty())
    lines.emplace_back(
        "used, and older than the execution, so that they keep what earlier executions left in "
        "them:");
  for (std::size_t i = 0; i < std::min(older.size(), most_objects); ++i)
    lines.push_back("  " + older[i]);
  if (older.size() > most_objects)
    lines.push_back("  and " + counted(older.size() - most_objects, "more object"));
  return failure;
}

std::uint32_t Disagreement::step(const Trace& trace) const {
  if (trace.steps.empty()) return 0;
  const auto last = static_cast<std::uint32_t>(trace.steps.size() - 1);
  if (difference_) return std::min(static_cast<std::uint32_t>(difference_->step), last);
  for (const std::optional<Outcome>* outcome : {&one_, &other_})
    if (*outcome && !(*outcome)->empty()) return std::min((*outcome)->front().step, last);
  return last;
}

}  // namespace coweave::detail
