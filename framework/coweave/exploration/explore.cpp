#include "coweave/exploration/explore.hpp"

#include "coweave/exploration/explorer.hpp"
#include "coweave/exploration/failures/failure_log.hpp"
#include "coweave/exploration/failures/failure_of.hpp"
#include "coweave/exploration/overlooked.hpp"
#include "coweave/exploration/process/crash_guard.hpp"
#include "coweave/replay/difference.hpp"
#include "coweave/replay/follow.hpp"
#include "coweave/replay/recorded_run.hpp"
#include "coweave/replay/replay_notice.hpp"

namespace coweave::detail {
namespace {

constexpr int further_replays = 4;  // Of a schedule that the program has left.

Options named(const Options& options) {
  Options result = options;
  if (result.name.empty() && test_environment.test_name != nullptr)
    result.name = test_environment.test_name();
  return result;
}

std::unique_ptr<ExpectationCapture> capture() {
  return test_environment.capture != nullptr ? test_environment.capture() : nullptr;
}

Failure divergence(const Difference& difference, bool is_deterministic,
                   const Versions& recorded_with) {
  Failure failure;
  failure.kind = is_deterministic ? FailureKind::diverged : FailureKind::nondeterminism;
  failure.message = "the program left the schedule at step " + std::to_string(difference.step + 1);
  failure.details = {
      "recorded: " + difference.recorded, "found:    " + difference.found,
      is_deterministic
          ? "further replays agree with this one: the file is stale, the code has changed since"
          : "replays disagree with each other: the test is nondeterministic"};
  if (std::string versions = version_differences(recorded_with, present_versions());
      !versions.empty())
    failure.details.push_back(std::move(versions));
  return failure;
}

/// For what is executed after a replay of `schedule`.
Options as_recorded(Options options, const Schedule& schedule) {
  options.await_points = schedule.await_points;
  options.tracking = Tracking::none;
  return options;
}

/// Whether the executions of a schedule of nondeterminism still differ; then `report` says so.
bool finds_nondeterminism(Execution& execution, const Body& body, const Schedule& schedule,
                          const Options& options, Report& report) {
  FailureLog log(execution, body, options, report);
  if (log.replay_nondeterminism(schedule, {})) return false;
  report.verdict = Verdict::failed;
  report.verdict_detail = "the schedule of the file is not one of a deterministic program";
  Schedule& found = report.failures.front().schedule;
  report.steps = found.trace.steps.size();
  found.test = report.test;
  found.strategy = "replay";
  found.seed = schedule.seed;
  found.injections = schedule.injections;
  found.execution = 1;
  return true;
}

}  // namespace

Report explore_body(const Body& body, const Options& options) {
  const Options chosen = named(options);
  const std::unique_ptr<ExpectationCapture> redirected = capture();
  return Explorer(body, chosen, redirected.get()).run();
}

Schedule before_crash(const Body& body, const Schedule& schedule, const Options& options) {
  give_replay_notice();
  Schedule beginning;
  beginning.test = schedule.test;
  // A limit on steps ends the execution in time. In the first step there is nothing before it.
  const std::uint64_t steps = schedule.failure ? schedule.failure->step : 0;
  if (steps == 0) return beginning;
  const std::unique_ptr<ExpectationCapture> redirected = capture();
  Execution execution({schedule.await_points, steps, options.source_root, schedule.injections});
  const CrashGuard guard(execution, schedule.test, options);
  FollowStrategy follow(schedule.picks);
  RecordedRun run = run_recorded(execution, body, follow, options.source_root);
  run.failures.clear();
  beginning = schedule_of(std::move(run), schedule.await_points);
  beginning.test = schedule.test;
  beginning.injections = schedule.injections;
  return beginning;
}

Report replay_body(const Body& body, const Schedule& schedule, const Options& options,
                   ReplayDepth depth) {
  give_replay_notice();
  const Options chosen = named(options);
  const std::unique_ptr<ExpectationCapture> redirected = capture();
  Execution execution(
      {schedule.await_points, options.max_steps, options.source_root, schedule.injections});
  FollowStrategy by_picks(schedule.picks);
  FollowTraceStrategy by_trace(schedule.trace);
  const CrashGuard guard(execution, schedule.test, options);
  Report report;
  report.test = chosen.name.empty() ? schedule.test : chosen.name;
  report.strategy = "replay";
  report.seed = schedule.seed;
  report.await_points = schedule.await_points;
  report.schedules = 1;
  if (is_of_nondeterminism(schedule) &&
      finds_nondeterminism(execution, body, schedule, as_recorded(chosen, schedule), report))
    return report;

  // A crash leaves no trace that says which tasks were ready.
  const bool has_trace =
      !schedule.trace.steps.empty() && !schedule.trace.is_excerpt && !is_of_crash(schedule);
  Strategy& strategy = has_trace ? static_cast<Strategy&>(by_trace) : by_picks;

  RecordedRun run = run_recorded(execution, body, strategy, options.source_root);
  std::optional<Difference> difference;
  if (has_trace) {
    difference = first_difference(schedule.trace, run.trace);
  } else if (!followed_picks(by_picks, schedule, execution.steps())) {
    difference = Difference{
        run.trace.steps.size(), std::to_string(schedule.picks.size()) + " picks",
        "an execution of " + std::to_string(run.picks.size()) + " picks that does not follow them"};
  }

  report.steps = run.trace.step_count();
  report.verdict = Verdict::replayed;
  report.verdict_detail = is_of_crash(schedule)
                              ? "the schedule of the file does not crash any more, and passes"
                              : "the schedule of the file passes";
  if (difference) {
    // A program that changes rarely may agree with itself once.
    Disagreement disagreement;
    disagreement.add(run);
    for (int attempt = 0; attempt < further_replays && !disagreement.has_difference(); ++attempt)
      disagreement.add(run_recorded(execution, body, strategy, options.source_root));
    const bool is_deterministic = !disagreement.has_difference();
    Failure failure = divergence(*difference, is_deterministic, schedule.recorded_with);
    if (!is_deterministic)
      for (std::string& line : disagreement.describe(run.trace).details)
        failure.details.push_back(std::move(line));
    report.failures.push_back(std::move(failure));
  }
  if (!run.failures.empty()) report.failures.push_back(failure_of(run));
  warn_of_oversights(execution, report);
  Schedule found = schedule_of(std::move(run), schedule.await_points);
  found.test = report.test;
  found.strategy = "replay";
  found.seed = schedule.seed;
  found.injections = schedule.injections;
  found.execution = 1;
  if (report.failures.empty()) {
    report.replayed = std::move(found);
    return report;
  }
  report.failing = 1;
  report.verdict = Verdict::failed;
  report.verdict_detail = difference ? "the program does not follow the schedule of the file"
                                     : "the schedule of the file fails";
  for (Failure& failure : report.failures) failure.schedule = found;
  const bool is_done = difference || depth == ReplayDepth::replay;
  const Options recorded = as_recorded(chosen, schedule);
  FailureLog log(execution, body, recorded, report);
  for (Failure& failure : report.failures) {
    if (is_done) break;
    failure.found_with = found.deviations();
    if (depth == ReplayDepth::simplify) {
      log.simplify(failure);
    } else {
      log.explain_only(failure);
    }
  }
  log.report_leaks();
  return report;
}

}  // namespace coweave::detail
