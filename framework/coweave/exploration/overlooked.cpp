#include "coweave/exploration/overlooked.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "coweave/execution/recorder.hpp"

namespace coweave::detail {
namespace {

std::string describe(const ProgramChecks::Overlooked& found) {
  const std::string place = to_string(found.place);
  if (found.kind == Oversight::unawaited_task)
    return "the coroutine '" + function_name(found.name) + "' (" + place +
           ") was called and never awaited, so its body did not run: co_await it, spawn it or "
           "gather it";
  return "the exception of a future " + (found.name.empty() ? "" : '"' + found.name + "\" ") +
         "(created at " + place + ") was never retrieved: nobody awaited it";
}

}  // namespace

void warn_of_oversights(const Execution& execution, Report& report) {
  for (const ProgramChecks::Overlooked& found : execution.checks().overlooked()) {
    std::string text = describe(found);
    const auto& told = report.warnings;
    if (std::find(told.begin(), told.end(), text) == told.end())
      report.warnings.push_back(std::move(text));
  }
}

}  // namespace coweave::detail
