#include "coweave/exploration/verdict.hpp"

#include <utility>

#include "coweave/exploration/process/interrupt.hpp"

namespace coweave::detail {
namespace {

using Kind = Completion::Kind;

/// Of a search that has nothing left.
Kind kind_of_end(const Completion& achieved) {
  if (achieved.is_exhausted) return achieved.is_truncated ? Kind::every_so_far : Kind::every;
  return achieved.bound ? Kind::bounded : Kind::all_of_strategy;
}

/// Of a search that a limit has cut short.
Kind kind_of_cut(const Completion& achieved) {
  if (achieved.is_enumeration || achieved.reduction) return Kind::cut_enumeration;
  if (achieved.bound) return achieved.bound->is_unlimited ? Kind::bounded : Kind::cut_enumeration;
  return Kind::sampled;
}

Kind kind_of(const Completion& achieved) {
  switch (achieved.end) {
    case SearchEnd::none:
    case SearchEnd::exhausted:
    case SearchEnd::unfair:  // The search was begun anew.
      return kind_of_end(achieved);
    case SearchEnd::schedules:
    case SearchEnd::time:
    case SearchEnd::memory:
      return kind_of_cut(achieved);
    case SearchEnd::failure:
      return Kind::stopped;
    case SearchEnd::skipped:
      return Kind::skipped;
    case SearchEnd::interrupted:
      return Kind::interrupted;
  }
  return Kind::none;
}

Verdict verdict_of(const Completion& completion) {
  switch (completion.kind) {
    case Kind::every:
    case Kind::every_so_far:
      return completion.fairness == 0 ? Verdict::exhaustive : Verdict::bounded;
    case Kind::bounded:
      return Verdict::bounded;
    case Kind::all_of_strategy:
    case Kind::sampled:
    case Kind::skipped:
      return Verdict::sampled;
    case Kind::cut_enumeration:
      return Verdict::limit_hit;
    case Kind::interrupted:
      return Verdict::interrupted;
    case Kind::none:
    case Kind::stopped:
      break;
  }
  return Verdict::failed;
}

/// Removes from `achieved` what its kind does not leave open.
void keep_what_counts(Completion& achieved) {
  const std::uint64_t uncontrolled = achieved.not_explored.uncontrolled;
  if (achieved.makes_no_claim()) achieved.not_explored = {};
  achieved.not_explored.uncontrolled = uncontrolled;
  const bool is_cut = is_limit(achieved.end);
  const bool leaves_values =
      achieved.kind == Kind::sampled || achieved.kind == Kind::all_of_strategy ||
      achieved.kind == Kind::interrupted || (achieved.kind == Kind::bounded && is_cut);
  if (!leaves_values) achieved.not_explored.sampled_values = 1;
}

void warn_of_one_schedule(Report& report) {
  const Completion& completion = report.completion;
  // A fair scheduler leaves out picks of ready tasks, and so does the step limit.
  const bool is_whole = completion.covers_every_interleaving();
  const bool has_more = completion.early_timeouts && completion.early_timeouts->schedules != 0;
  if (!is_whole || completion.schedules != 1 || has_more) return;
  if (!completion.reduction) {
    report.warnings.emplace_back(
        "there was only one schedule: no two tasks were ever ready together, so nothing was tested "
        "that a plain run does not test");
  } else if (report.pruned == 0) {
    report.warnings.emplace_back(
        "all interleavings are equivalent: no two tasks ever touched the same object in an order "
        "that matters");
  }
}

}  // namespace

void state_verdict(Report& report, Completion achieved, Stop stop, const Options& options) {
  achieved.end = stop;
  achieved.kind = kind_of(achieved);
  keep_what_counts(achieved);
  achieved.schedules = report.schedules;
  achieved.injected = report.injected;
  achieved.injections = injections_of(options);
  achieved.max_schedules = options.max_schedules;
  achieved.max_time = options.max_time;
  achieved.max_memory = max_memory_of(options);
  if (stop == Stop::interrupted) achieved.interrupted_by = interrupting_signal_name();
  report.verdict = report.failures.empty() ? verdict_of(achieved) : Verdict::failed;
  report.completion = std::move(achieved);
}

void state_sentence(Report& report) {
  for (const Failure& failure : report.failures)
    if (failure.kind == FailureKind::nondeterminism)
      report.completion.not_explored.is_nondeterministic = true;
  report.verdict_detail = describe(report.completion);
  if (!report.failures.empty()) report.verdict = Verdict::failed;
  warn_of_one_schedule(report);
}

}  // namespace coweave::detail
