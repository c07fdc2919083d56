#include "coweave/replay/difference.hpp"

#include <algorithm>

namespace coweave::detail {
namespace {

bool is_same_step(const Trace& a, const TraceStep& x, const Trace& b, const TraceStep& y) {
  if (x.operation != y.operation || a.tasks[x.task].path != b.tasks[y.task].path) return false;
  if (x.object.has_value() != y.object.has_value()) return false;
  if (x.object && a.objects[*x.object].path != b.objects[*y.object].path) return false;
  return !x.is_choice() || (x.alternatives == y.alternatives && x.pick == y.pick);
}

std::string describe(const Trace& trace, std::size_t step) {
  if (step >= trace.steps.size()) return "the end of the execution";
  const TraceStep& at = trace.steps[step];
  std::string text = "task " + trace.tasks[at.task].path + " (" + trace.tasks[at.task].name +
                     "): " + trace.describe_step(step);
  if (at.ready.size() > 1) {
    text += "; ready:";
    for (const std::uint32_t task : at.ready) text += " " + trace.tasks[task].path;
  }
  return text;
}

}  // namespace

std::optional<Difference> first_difference(const Trace& recorded, const Trace& found) {
  const std::size_t common = std::min(recorded.steps.size(), found.steps.size());
  std::size_t step = 0;
  while (step < common && is_same_step(recorded, recorded.steps[step], found, found.steps[step]))
    ++step;
  if (step == recorded.steps.size() && step == found.steps.size()) return std::nullopt;
  return Difference{step, describe(recorded, step), describe(found, step)};
}

}  // namespace coweave::detail
