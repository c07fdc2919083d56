#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "coweave/execution/execution.hpp"
#include "coweave/exploration/coverage.hpp"
#include "coweave/exploration/explore.hpp"
#include "coweave/exploration/failures/early_save.hpp"
#include "coweave/exploration/failures/nondeterminism.hpp"
#include "coweave/replay/recorded_run.hpp"

namespace coweave::detail {

/// The failures of an exploration, grouped by kind and place. A failure that does not come back
/// when it is executed again is filed as nondeterminism, unless it is uncontrolled.
class FailureLog {
 public:
  /// All must outlive it.
  FailureLog(Execution& execution, const Body& body, const Options& options, Report& report)
      : execution_(execution),
        body_(body),
        options_(options),
        report_(report),
        early_(options, report) {
    execution_.set_end_listener(&early_);
  }
  ~FailureLog() { execution_.set_end_listener(nullptr); }
  FailureLog(const FailureLog&) = delete;
  FailureLog& operator=(const FailureLog&) = delete;

  /// Called before and after each execution of the search called `phase`. If the execution fails,
  /// its schedule is saved before the tear-down.
  void begin_execution(std::string_view phase) { early_.set_phase(phase); }
  void end_execution() { early_.set_phase({}); }
  /// From now on an execution for which `is_accepted` returns true is no failure: it is not saved.
  void accept(EarlySave::IsAccepted is_accepted) { early_.accept(is_accepted); }
  /// Removes what executions saved that count no more.
  void forget_early() noexcept { early_.remove_rest(); }

  /// The last execution, found by `phase`, has failed. False: the exploration has to stop.
  bool file(std::string_view phase);
  /// Executes the picks of the last execution, which has passed, again. If they lead to another
  /// execution, reports nondeterminism and returns false.
  bool confirm(std::string_view phase);
  /// Executes the picks of the last execution again, to report where these executions part.
  void file_nondeterminism(std::string_view phase);
  /// Files `failure` with the schedule of `run`, which recorded the picks of the last execution.
  void file_failure_of_search(Failure failure, RecordedRun run, std::string_view phase);

  /// Files the failure of `run`, which replayed a schedule of an earlier exploration under
  /// `injections`. `file` holds that schedule; if it is empty, save_all() saves the schedule.
  void file_replay(RecordedRun run, const std::filesystem::path& file,
                   const Injections& injections);

  /// Executes the picks of a schedule of nondeterminism several times. If two executions differ,
  /// files nondeterminism with `file` and returns nothing; if all agree, returns one of them.
  [[nodiscard]] std::optional<RecordedRun> replay_nondeterminism(const Schedule& schedule,
                                                                 const std::filesystem::path& file);
  /// At the end of the search: reports the sometimes() claims of its executions and `others`. A
  /// claim that never held is a warning or a failure; see Options::require_sometimes.
  void check_claims(const std::vector<ProgramChecks::Claim>& others);

  /// What passing executions were seen to exercise: those that confirm() wrote down.
  [[nodiscard]] const Coverage& coverage() const { return coverage_; }

  /// At the end: the simplest schedule that fails like `failure`, and why it does.
  void simplify(Failure& failure);
  /// Only why.
  void explain_only(Failure& failure);
  /// Saves the schedule of each failure of the report: over the file that was saved when it was
  /// found, else in the first file that is free or may be replaced. Needs Options::schedule_dir.
  void save_all();
  /// Says in the report what was leaked.
  void report_leaks();

 private:
  void file_nondeterminism(const std::vector<std::uint32_t>& picks, std::string_view phase,
                           Disagreement disagreement);
  /// With `run`, an execution of the picks, as its schedule.
  [[nodiscard]] Failure describe(const Disagreement& disagreement, RecordedRun run) const;
  /// What a recorded run that fails says of its failure.
  [[nodiscard]] Failure describe(RecordedRun run) const;
  /// Says in `schedule` how it was found.
  void complete(Schedule& schedule, std::string_view phase) const;
  void shrink_schedule(Failure& failure);
  /// Makes `failure` a nondeterminism: `run`, in production order, fails now but passed at first.
  void call_nondeterministic(Failure& failure, RecordedRun run) const;
  void save(Failure& failure, const std::filesystem::path& file);

  Execution& execution_;
  const Body& body_;
  const Options& options_;
  Report& report_;
  Coverage coverage_;
  EarlySave early_;
};

}  // namespace coweave::detail
