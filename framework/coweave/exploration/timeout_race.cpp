#include "coweave/exploration/timeout_race.hpp"

#include <algorithm>

#include "coweave/exploration/process/crash_guard.hpp"
#include "coweave/strategy/bounded.hpp"
#include "coweave/strategy/random_walk.hpp"

namespace coweave::detail {
namespace {

// After so many executions without a deadline that could have come early there is none.
constexpr std::uint64_t most_probes = 64;

constexpr const char* proven_label =
    "only if the timer fires early: a deadline passes while a task is ready, as on a busy or "
    "suspended machine";
constexpr const char* found_label =
    "found with a timer that fires early: a deadline passes while a task is ready, as on a busy or "
    "suspended machine";

Options racing(const Options& options, std::chrono::nanoseconds time) {
  Options result = options;
  result.timers = TimerOrder::timeouts;
  result.max_early_timers = TimeoutRace::most_early;
  result.tracking = Tracking::none;
  result.max_time = time;
  return result;
}

/// Whether the clock moved in this step although a task was ready.
bool is_early_move(const TraceStep& step) {
  return step.operation == OperationKind::advance && !step.ready.empty();
}

}  // namespace

TimeoutRace::TimeoutRace(const Body& body, const Options& options,
                         const ExpectationCapture* capture, Report& report,
                         std::chrono::nanoseconds time)
    : options_(racing(options, time)), report_(report), runner_(body, options_, capture, report) {
  runner_.accept_timeouts();
}

Stop TimeoutRace::search(std::uint64_t before, std::uint64_t most) {
  BoundedStrategy bounded;
  RandomWalkStrategy walk(options_.seed);
  Search bounds(bounded, "early timeouts");
  Search samples(walk, "early timeouts");
  Stop stop = Stop::none;
  while (stop == Stop::none) {
    if (report_.schedules - before >= most_probes && !had_a_target()) break;
    stop = runner_.advance(bounds, most);
    if (stop == Stop::none) stop = runner_.advance(samples, most);
  }
  is_exhausted_ = bounded.is_exhausted();
  return stop;
}

void TimeoutRace::run(std::uint64_t budget) {
  const CrashGuard guard(runner_.execution(), options_, {&report_.schedules, &runner_.under_way()});
  const std::uint64_t schedules = report_.schedules;
  const std::uint64_t steps = report_.steps;
  const std::uint64_t most = runner_.executions() + budget;
  Stop stop = search(schedules, most);
  if (stop == Stop::unfair) {
    runner_.be_fair();
    stop = search(schedules, most);
  }
  if (runner_.completion().not_explored.clock_moved_at_step_limit)
    report_.completion.not_explored.clock_moved_at_step_limit = true;
  EarlyTimeouts& early = report_.completion.early_timeouts.emplace();
  early.at_most = most_early;
  if (!had_a_target() && stop != Stop::failure) {
    report_.schedules = schedules;
    report_.steps = steps;
    return;
  }
  early.schedules = report_.schedules - schedules;
  early.is_complete = is_exhausted_ && report_.failures.empty() && !runner_.is_fair();
  early.has_failed = stop == Stop::failure;
  early.ended_by_timeout = runner_.ended_by_timeout();
  if (stop == Stop::interrupted) report_.verdict = Verdict::interrupted;
}

void TimeoutRace::label(Failure& failure) const {
  const std::vector<TraceStep>& steps = failure.schedule.trace.steps;
  if (std::none_of(steps.begin(), steps.end(), is_early_move)) return;
  const bool is_proven = report_.completion.covers_every_interleaving();
  failure.details.emplace(failure.details.begin(), is_proven ? proven_label : found_label);
}

}  // namespace coweave::detail
