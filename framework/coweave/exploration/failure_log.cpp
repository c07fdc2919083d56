#include "coweave/exploration/failure_log.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "coweave/core/words.hpp"
#include "coweave/exploration/explanation.hpp"
#include "coweave/exploration/follow.hpp"
#include "coweave/exploration/schedule_files.hpp"
#include "coweave/exploration/shrink.hpp"
#include "coweave/exploration/story.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave::detail {
namespace {

bool is_shorter(const std::vector<std::uint32_t>& picks, std::span<const Step> steps,
                const Schedule& kept) {
  const auto deviations = static_cast<std::size_t>(
      std::count_if(picks.begin(), picks.end(), [](std::uint32_t pick) { return pick != 0; }));
  if (deviations != kept.deviations()) return deviations < kept.deviations();
  return steps.size() < kept.trace.steps.size();
}

bool fails_alike(const RecordedRun& run, FailureKind kind, const SourceLine& place) {
  return !run.failures.empty() && run.failures.front().kind == kind &&
         run.failures.front().place == place;
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
  RecordedRun run = run_recorded(execution_, body_, follow, options_.source_root);
  disagreement.add(run.failures);
  if (run.fingerprint != fingerprint || !fails_alike(run, first.kind, first.place)) {
    file_nondeterminism(picks, phase, std::move(disagreement));
    return false;
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
  const RecordedRun run = run_recorded(execution_, body_, follow, options_.source_root);
  if (run.fingerprint == fingerprint && run.failures.empty()) {
    coverage_.add(run.trace);
    return true;
  }
  ++report_.failing;
  Disagreement disagreement;
  disagreement.add(std::vector<ExecutionFailure>());
  disagreement.add(run.failures);
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
  failure.schedule = schedule_of(std::move(run), options_.await_points);
  complete(failure.schedule, phase);
  report_.failures.push_back(std::move(failure));
}

void FailureLog::file_replay(RecordedRun run, const std::filesystem::path& file) {
  ++report_.failing;
  Failure failure = describe(std::move(run));
  complete(failure.schedule, "corpus");
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
  explain_only(failure);
}

void FailureLog::explain_only(Failure& failure) {
  failure.explanation = explain(execution_, body_, failure, options_.shrink, options_.source_root);
}

void FailureLog::shrink_schedule(Failure& failure) {
  failure.is_minimal = failure.schedule.deviations() == 0;
  if (failure.is_minimal) return;
  const ExecutionFailure wanted{failure.kind, failure.message, failure.place, 0, TaskId::none};
  OwnTrials trials(execution_, body_, wanted);
  const Shrunk shrunk = shrink(trials, failure.schedule.picks, options_.shrink);
  failure.is_minimal = shrunk.is_minimal;
  if (shrunk.picks == failure.schedule.picks) return;
  FollowStrategy follow(shrunk.picks);
  RecordedRun run = run_recorded(execution_, body_, follow, options_.source_root);
  if (!fails_alike(run, failure.kind, failure.place))
    return;  // Nondeterministic after all: what was found first has been confirmed.
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

void FailureLog::check_claims() {
  std::string missing;
  for (const Execution::Claim& claim : execution_.claims()) {
    report_.sometimes.push_back({claim.name, claim.has_held});
    if (!claim.has_held) missing += (missing.empty() ? "" : ", ") + quote(claim.name);
  }
  // An exploration that stopped early says nothing of what it has not seen.
  if (missing.empty() || !report_.failures.empty()) return;
  const std::string text =
      "sometimes " + missing + ": never held in " + counted(report_.schedules, "schedule");
  if (!options_.require_sometimes) {
    report_.warnings.push_back(text);
    return;
  }
  Failure failure;
  failure.kind = FailureKind::check;
  failure.message = text;  // Of no schedule, but of all.
  report_.failures.push_back(std::move(failure));
}

bool FailureLog::may_replace(const std::filesystem::path& file) const {
  const auto replayed =
      std::find_if(report_.corpus.begin(), report_.corpus.end(),
                   [&file](const CorpusEntry& entry) { return entry.file == file; });
  if (replayed != report_.corpus.end()) return replayed->state == CorpusEntry::State::stale;
  if (options_.corpus != Corpus::ignore) return false;
  try {
    return Schedule::load(file).test == options_.name;
  } catch (const Error&) {  // Somebody else's.
    return false;
  }
}

void FailureLog::save(Failure& failure) {
  if (!failure.schedule_file.empty()) return;
  namespace fs = std::filesystem;
  const auto is_taken = [this](const fs::path& file) {
    const bool is_of_this_run =
        std::any_of(report_.failures.begin(), report_.failures.end(),
                    [&file](const Failure& other) { return other.schedule_file == file; });
    std::error_code ignored;
    return is_of_this_run || (fs::exists(fs::symlink_status(file, ignored)) && !may_replace(file));
  };
  std::size_t number = 1;
  fs::path file = schedule_file(options_.schedule_dir, options_.name, number);
  while (is_taken(file)) file = schedule_file(options_.schedule_dir, options_.name, ++number);
  failure.schedule.recorded_with = present_versions();
  try {
    with_explanation(failure).save(file);
    failure.schedule_file = file;
  } catch (const Error& error) {  // The report is worth more than the file.
    report_.warnings.push_back(std::string("the failing schedule was not saved: ") + error.what());
  }
}

}  // namespace coweave::detail
