#include "coweave/exploration/stored/corpus.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "coweave/core/words.hpp"
#include "coweave/exploration/process/crash_guard.hpp"
#include "coweave/exploration/timeout_race.hpp"
#include "coweave/replay/difference.hpp"
#include "coweave/replay/fairness.hpp"
#include "coweave/replay/follow.hpp"
#include "coweave/schedule/file/schedule_file_names.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave::detail {
namespace {

using State = CorpusEntry::State;

/// Where the program left the schedule, or nothing.
std::optional<std::string> departure(const Schedule& schedule, const RecordedRun& run,
                                     const FollowStrategy& by_picks, std::span<const Step> steps) {
  if (schedule.trace.steps.empty() || is_of_crash(schedule)) {
    if (followed_picks(by_picks, schedule, steps)) return std::nullopt;
    return "the program does not follow its " + counted(schedule.picks.size(), "pick");
  }
  const std::optional<Difference> difference = first_difference(schedule.trace, run.trace);
  if (!difference) return std::nullopt;
  return "the program leaves it at step " + std::to_string(difference->step + 1) + ": recorded " +
         difference->recorded + "; found " + difference->found;
}

}  // namespace

bool CorpusReplay::run() {
  for (const std::filesystem::path& file : files_of_test(options_.schedule_dir, options_.name)) {
    CorpusEntry entry;
    entry.file = file;
    try {
      replay(file, entry);
    } catch (const Error& error) {
      entry.state = State::unreadable;
      entry.detail = error.what();
    }
    if (entry.file.empty()) continue;  // Another test's, or another program's.
    warn(entry);
    report_.corpus.push_back(std::move(entry));
  }
  if (report_.failures.empty() || options_.keep_going) return true;
  report_.schedules = report_.corpus.size();
  return false;
}

void CorpusReplay::replay(const std::filesystem::path& file, CorpusEntry& entry) {
  const Schedule schedule = Schedule::load(file);
  if (schedule.test != options_.name || !is_of_this_program(schedule)) {
    entry.file.clear();
    return;
  }
  replay(schedule, entry);
  if (entry.state != State::fixed || options_.corpus != Corpus::prune) return;
  std::error_code error;
  entry.is_deleted = std::filesystem::remove(file, error);
}

void CorpusReplay::replay(const Schedule& schedule, CorpusEntry& entry) {
  entry.state = State::stale;
  if (schedule.await_points != options_.await_points) {
    entry.detail =
        "it was recorded under AwaitPoints::" + std::string(to_string(schedule.await_points)) +
        ", and the test is explored under " + std::string(to_string(options_.await_points));
    return;
  }
  const bool has_trace = !schedule.trace.steps.empty() && !schedule.trace.is_excerpt &&
                         !is_of_crash(schedule) && !is_of_nondeterminism(schedule);
  const bool is_of_race = is_of_timeout_race(schedule, options_);
  if (!has_trace && !is_of_race && schedule.injections != injections_of(options_)) {
    entry.detail = "it was recorded with other injections, and has no trace to follow";
    return;
  }
  std::optional<Execution> racing;
  if (is_of_race)
    racing.emplace(ExecutionOptions{options_.await_points, options_.max_steps, options_.source_root,
                                    schedule.injections});
  Execution& execution = racing ? *racing : execution_;
  // A crash that comes back has its file already.
  std::optional<CrashGuard> guard;
  if (is_of_crash(schedule)) {
    guard.emplace(execution, options_.name + " from " + entry.file.string(), options_);
  } else {
    guard.emplace(execution, options_);
  }
  if (is_of_nondeterminism(schedule)) {
    if (racing) {
      FailureLog log(*racing, body_, options_, report_);
      replay_several_times(schedule, entry, log, schedule.injections);
    } else {
      replay_several_times(schedule, entry, failures_, injections_of(options_));
    }
    return;
  }
  FollowStrategy by_picks(schedule.picks);
  FollowTraceStrategy by_trace(schedule.trace);
  Strategy& strategy = has_trace ? static_cast<Strategy&>(by_trace) : by_picks;
  RecordedRun run = run_recorded(execution, body_, strategy, options_.source_root);
  if (const auto left = departure(schedule, run, by_picks, execution.steps())) {
    entry.detail = *left;
    if (const std::string versions =
            version_differences(schedule.recorded_with, present_versions());
        !versions.empty())
      entry.detail += " (" + versions + ")";
  } else {
    if (is_unfair_livelock(execution, run)) {
      entry.detail = "it does not end, but would under a fair scheduler: see Options::fairness";
      run.failures.clear();
    }
    entry.state = run.failures.empty() ? State::fixed : State::open;
  }
  if (run.failures.empty()) return;
  if (entry.state == State::open) entry.detail = run.failures.front().message;
  failures_.file_replay(std::move(run),
                        entry.state == State::open ? entry.file : std::filesystem::path(),
                        is_of_race ? schedule.injections : injections_of(options_));
}

bool CorpusReplay::is_unfair_livelock(Execution& execution, const RecordedRun& run) {
  return options_.fairness != 0 && run.failures.size() == 1 &&
         run.failures.front().kind == FailureKind::livelock &&
         ends_if_fair(execution, body_, options_.fairness);
}

void CorpusReplay::replay_several_times(const Schedule& schedule, CorpusEntry& entry,
                                        FailureLog& log, const Injections& injections) {
  std::optional<RecordedRun> agreed = log.replay_nondeterminism(schedule, entry.file);
  entry.state = agreed && agreed->failures.empty() ? State::fixed : State::open;
  if (!agreed) {
    report_.failures.back().schedule.injections = injections;
    entry.detail = report_.failures.back().message;
  } else if (!agreed->failures.empty()) {
    entry.detail = agreed->failures.front().message;
    log.file_replay(std::move(*agreed), entry.file, injections);
  }
}

void CorpusReplay::warn(const CorpusEntry& entry) {
  const std::string file = printable(entry.file.string());
  if (entry.state == State::stale)
    report_.warnings.push_back("the saved schedule " + file + " is stale: " + entry.detail);
  if (entry.state == State::unreadable) report_.warnings.push_back("not replayed: " + entry.detail);
}

}  // namespace coweave::detail
