#include "coweave/exploration/failures/failure_log.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "coweave/core/words.hpp"
#include "coweave/execution/recorder.hpp"
#include "coweave/exploration/failures/explanation.hpp"
#include "coweave/exploration/failures/failure_of.hpp"
#include "coweave/exploration/failures/shrink.hpp"
#include "coweave/exploration/failures/story.hpp"
#include "coweave/replay/difference.hpp"
#include "coweave/replay/follow.hpp"
#include "coweave/schedule/file/running_program.hpp"
#include "coweave/schedule/file/schedule_file_names.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave::detail {
namespace {

constexpr std::size_t most_shrink_work = 1'000'000'000;

bool is_shorter(const std::vector<std::uint32_t>& picks, std::span<const Step> steps,
                const Schedule& kept) {
  const auto deviations = static_cast<std::size_t>(
      std::count_if(picks.begin(), picks.end(), [](std::uint32_t pick) { return pick != 0; }));
  if (deviations != kept.deviations()) return deviations < kept.deviations();
  return steps.size() < kept.trace.step_count();
}

bool is_production_order(const std::vector<std::uint32_t>& picks) {
  return std::all_of(picks.begin(), picks.end(), [](std::uint32_t pick) { return pick == 0; });
}

bool fails_alike(const RecordedRun& run, FailureKind kind, const SourceLine& place) {
  return !run.failures.empty() && run.failures.front().kind == kind &&
         run.failures.front().place == place;
}

/// Of the objects that are older than the execution, those that `is_meant` says, each in a line.
template <class IsMeant>
void add_older_objects(const Trace& trace, IsMeant is_meant, std::vector<std::string>& details) {
  for (std::uint32_t i = 0; i < trace.objects.size(); ++i) {
    const TraceObject& object = trace.objects[i];
    if (!object.path.starts_with("before/") || !is_meant(i)) continue;
    std::string line = in_words(object.kind) +
                       (object.name.empty() ? "" : " " + quote(object.name)) + ", created at " +
                       to_string(object.place) +
                       ", is older than the execution: what one execution leaves in it the next "
                       "one finds";
    if (std::find(details.begin(), details.end(), line) == details.end())
      details.push_back(std::move(line));
  }
}

/// Where somebody waited for an older object at the end, or still holds one, say.
void add_older_objects(const RecordedRun& run, std::vector<std::string>& details) {
  const auto is_waited_for = [&run](std::uint32_t object) {
    return std::any_of(run.trace.blocked.begin(), run.trace.blocked.end(),
                       [object](const auto& blocked) { return blocked.object == object; });
  };
  add_older_objects(run.trace, is_waited_for, details);
}

}  // namespace

bool FailureLog::file(std::string_view phase) {
  ++report_.failing;
  const ExecutionFailure first = execution_.failures().front();
  const auto same = std::find_if(
      report_.failures.begin(), report_.failures.end(),
      [&](const Failure& known) { return known.kind == first.kind && known.place == first.place; });
  const std::vector<std::uint32_t> picks = picks_of(execution_.steps());
  if (same != report_.failures.end()) {
    ++same->count;
    if (!is_shorter(picks, execution_.steps(), same->schedule)) return options_.keep_going;
  }
  // Executed again, with everything written down: a failure that does not come back alike is
  // nondeterminism, not a failure of this kind.
  const std::uint64_t fingerprint = execution_.fingerprint();
  FollowStrategy follow(picks);
  Disagreement disagreement;
  disagreement.add(execution_.failures());
  RecordedRun run = run_recorded(execution_, body_, follow, options_.source_root, first.step);
  disagreement.add(run.failures);
  if (run.fingerprint != fingerprint || !fails_alike(run, first.kind, first.place)) {
    if (first.kind != FailureKind::uncontrolled) {
      file_nondeterminism(picks, phase, std::move(disagreement));
      return false;
    }
    // Other threads take part in it, and need not do so twice in the same way: that is the failure.
    run.failures = {first};
  }
  Failure failure = describe(std::move(run));
  complete(failure.schedule, phase);
  if (same == report_.failures.end()) {
    report_.failures.push_back(std::move(failure));
  } else {  // In the place of the longer one: failures are listed as they were found.
    failure.count = same->count;
    *same = std::move(failure);
  }
  return options_.keep_going;
}

Failure FailureLog::describe(RecordedRun run) const {
  Failure failure = failure_of(run);
  add_older_objects(run, failure.details);
  failure.schedule = schedule_of(std::move(run), options_.await_points);
  failure.found_with = failure.schedule.deviations();
  return failure;
}

void FailureLog::complete(Schedule& schedule, std::string_view phase) const {
  schedule.test = options_.name;
  schedule.injections = injections_of(options_);
  schedule.strategy = phase;
  schedule.seed = options_.seed;
  schedule.execution = report_.schedules;
}

bool FailureLog::confirm(std::string_view phase) {
  const std::uint64_t fingerprint = execution_.fingerprint();
  const std::vector<std::uint32_t> picks = picks_of(execution_.steps());
  FollowStrategy follow(picks);
  bool is_alike = false;
  std::vector<ExecutionFailure> found;
  if (execution_.steps().size() > Recorder::window) {
    // Too long to be looked at for what it exercises.
    static_cast<void>(follow.begin_execution(1));
    execution_.run(body_, follow);
    found = execution_.failures();
    is_alike = execution_.fingerprint() == fingerprint && found.empty();
    coverage_.leave_out();
  } else {
    RecordedRun run = run_recorded(execution_, body_, follow, options_.source_root);
    found = std::move(run.failures);
    is_alike = run.fingerprint == fingerprint && found.empty();
    coverage_.add(run.trace);
  }
  if (is_alike) return true;
  ++report_.failing;
  Disagreement disagreement;
  disagreement.add(std::vector<ExecutionFailure>());
  disagreement.add(found);
  file_nondeterminism(picks, phase, std::move(disagreement));
  return false;
}

void FailureLog::file_nondeterminism(std::string_view phase) {
  ++report_.failing;
  Disagreement disagreement;
  disagreement.add(execution_.failures());
  file_nondeterminism(picks_of(execution_.steps()), phase, std::move(disagreement));
}

void FailureLog::file_nondeterminism(const std::vector<std::uint32_t>& picks,
                                     std::string_view phase, Disagreement disagreement) {
  constexpr int most_attempts = 9;
  FollowStrategy follow(picks);
  std::optional<RecordedRun> shown;  // One that fails, if any does.
  for (int attempt = 0; attempt < most_attempts && !disagreement.has_difference(); ++attempt) {
    RecordedRun run = run_recorded(execution_, body_, follow, options_.source_root);
    disagreement.add(run);
    if (!shown || (shown->failures.empty() && !run.failures.empty())) shown = std::move(run);
  }
  report_.failures.push_back(describe(disagreement, std::move(*shown)));
  complete(report_.failures.back().schedule, phase);
}

Failure FailureLog::describe(const Disagreement& disagreement, RecordedRun run) const {
  Failure failure = disagreement.describe(run.trace);
  if (options_.tracking == Tracking::declared)
    failure.details.emplace_back(
        "the tracking is declared: state that tasks share outside primitives and Shared<T> has the "
        "same effect");
  failure.details.push_back(likely_causes());
  const std::uint32_t step = disagreement.step(run.trace);
  failure.schedule = schedule_of(std::move(run), options_.await_points);
  failure.schedule.failure = {failure.kind, failure.message, failure.place, step};
  return failure;
}

std::optional<RecordedRun> FailureLog::replay_nondeterminism(const Schedule& schedule,
                                                             const std::filesystem::path& file) {
  constexpr int most_replays = 10;
  FollowStrategy follow(schedule.picks);
  Disagreement disagreement;
  std::optional<RecordedRun> shown;
  for (int replay = 0; replay < most_replays && !disagreement.is_found(); ++replay) {
    RecordedRun run = run_recorded(execution_, body_, follow, options_.source_root);
    disagreement.add(run);
    if (!shown || (shown->failures.empty() && !run.failures.empty())) shown = std::move(run);
  }
  if (!disagreement.is_found()) return shown;
  ++report_.failing;
  Failure failure = describe(disagreement, std::move(*shown));
  complete(failure.schedule, "corpus");
  failure.schedule_file = file;
  report_.failures.push_back(std::move(failure));
  return std::nullopt;
}

void FailureLog::file_failure_of_search(Failure failure, RecordedRun run, std::string_view phase) {
  ++report_.failing;
  failure.is_of_search = true;
  failure.details.insert(
      failure.details.begin(),
      "no schedule leads to it alone, so none is saved: the same exploration finds it again");
  failure.schedule = schedule_of(std::move(run), options_.await_points);
  complete(failure.schedule, phase);
  report_.failures.push_back(std::move(failure));
}

void FailureLog::file_replay(RecordedRun run, const std::filesystem::path& file,
                             const Injections& injections) {
  ++report_.failing;
  Failure failure = describe(std::move(run));
  complete(failure.schedule, "corpus");
  failure.schedule.injections = injections;
  failure.schedule_file = file;
  const auto same = std::find_if(
      report_.failures.begin(), report_.failures.end(), [&failure](const Failure& known) {
        return known.kind == failure.kind && known.place == failure.place;
      });
  if (same == report_.failures.end()) {
    report_.failures.push_back(std::move(failure));
  } else {
    ++same->count;
  }
}

void FailureLog::simplify(Failure& failure) {
  if (options_.shrink.max_executions == 0) return;
  // One from a file was simplified when it was saved.
  if (failure.schedule_file.empty()) shrink_schedule(failure);
  if (failure.kind != FailureKind::nondeterminism) explain_only(failure);
}

void FailureLog::explain_only(Failure& failure) {
  if (failure.schedule.trace.is_excerpt) return;  // Its steps are not those of the execution.
  failure.explanation = explain(execution_, body_, failure, options_.shrink, options_.source_root,
                                nullptr, early_.is_accepted());
}

void FailureLog::shrink_schedule(Failure& failure) {
  failure.is_minimal = failure.schedule.deviations() == 0;
  if (failure.is_minimal) return;
  // A trial looks for each deviation at each decision; one of this many would not end in time.
  if (failure.schedule.deviations() > most_shrink_work / failure.schedule.picks.size()) return;
  const ExecutionFailure wanted{failure.kind, failure.message, failure.place, 0, TaskId::none};
  OwnTrials trials(execution_, body_, wanted, options_.fairness);
  const Shrunk shrunk = shrink(trials, failure.schedule.picks, options_.shrink);
  failure.is_minimal = shrunk.is_minimal;
  if (shrunk.picks == failure.schedule.picks) return;
  FollowStrategy follow(shrunk.picks);
  RecordedRun run = run_recorded(execution_, body_, follow, options_.source_root);
  if (!fails_alike(run, failure.kind, failure.place))
    return;  // Nondeterministic after all: what was found first has been confirmed.
  // Every exploration begins in production order, and this failure was found only later.
  if (is_production_order(shrunk.picks) && options_.checkpoint.empty())
    return call_nondeterministic(failure, std::move(run));
  Failure simpler = describe(std::move(run));
  simpler.count = failure.count;
  simpler.found_with = failure.found_with;
  simpler.is_minimal = shrunk.is_minimal;
  const Schedule& found = failure.schedule;
  simpler.schedule.test = found.test;
  simpler.schedule.injections = found.injections;
  simpler.schedule.strategy = found.strategy;
  simpler.schedule.seed = found.seed;
  simpler.schedule.execution = found.execution;
  failure = std::move(simpler);
}

void FailureLog::call_nondeterministic(Failure& failure, RecordedRun run) const {
  Disagreement disagreement;
  disagreement.add(std::vector<ExecutionFailure>());
  disagreement.add(run.failures);
  Failure changed = describe(disagreement, std::move(run));
  changed.count = failure.count;
  complete(changed.schedule, failure.schedule.strategy);
  changed.schedule.execution = failure.schedule.execution;
  failure = std::move(changed);
}

void FailureLog::check_claims(const std::vector<ProgramChecks::Claim>& others) {
  for (const std::vector<ProgramChecks::Claim>* claims : {&execution_.checks().claims(), &others}) {
    for (const ProgramChecks::Claim& claim : *claims) {
      const auto same =
          std::find_if(report_.sometimes.begin(), report_.sometimes.end(),
                       [&claim](const SometimesClaim& known) { return known.name == claim.name; });
      if (same == report_.sometimes.end()) {
        report_.sometimes.push_back({claim.name, claim.has_held});
      } else {
        same->has_held = same->has_held || claim.has_held;
      }
    }
  }
  std::string missing;
  for (const SometimesClaim& claim : report_.sometimes)
    if (!claim.has_held) missing += (missing.empty() ? "" : ", ") + quote(claim.name);
  // An exploration that stopped early says nothing of what it has not seen.
  if (missing.empty() || !report_.failures.empty()) return;
  // What held before the checkpoint is not known.
  const std::uint64_t resumed = report_.completion.resumed;
  const std::string text = "sometimes " + missing + ": never held in " +
                           counted(report_.schedules - resumed, "schedule") +
                           (resumed > 0 ? " since the checkpoint" : "");
  if (!options_.require_sometimes || resumed > 0) {
    report_.warnings.push_back(text);
    return;
  }
  Failure failure;
  failure.kind = FailureKind::check;
  failure.message = text;  // Of no schedule, but of all.
  report_.failures.push_back(std::move(failure));
}

void FailureLog::save_all() {
  std::vector<std::filesystem::path> files;
  files.reserve(report_.failures.size());
  for (const Failure& failure : report_.failures)
    files.push_back(failure.schedule_file.empty() ? early_.take(failure) : std::filesystem::path());
  early_.remove_rest();  // What turned out to be something else, and is saved as that.
  for (std::size_t i = 0; i < files.size(); ++i) {
    Failure& failure = report_.failures[i];
    if (failure.schedule == Schedule{} || failure.is_of_search || !failure.schedule_file.empty())
      continue;
    save(failure, files[i].empty() ? free_schedule_file(options_, report_, files) : files[i]);
  }
}

void FailureLog::save(Failure& failure, const std::filesystem::path& file) {
  failure.schedule.recorded_with = present_versions();
  failure.schedule.program = program_name();
  try {
    with_explanation(failure).save(file);
    failure.schedule_file = file;
  } catch (const Error& error) {  // The report is worth more than the file.
    report_.warnings.push_back(std::string("the failing schedule was not saved: ") + error.what());
  }
}

void FailureLog::report_leaks() {
  if (execution_.leaked() == 0) return;
  report_.warnings.push_back(
      "what " + counted(execution_.leaked(), "execution") +
      " left was leaked, not destroyed: code of other libraries or of other threads may refer to "
      "it");
}

}  // namespace coweave::detail
