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

/// The failures of an exploration, grouped by kind and place. Believes none that does not come back
/// when it is executed again.
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

  /// Around an execution of the search called `phase`: one that fails is saved before it is torn
  /// down.
  void begin_execution(std::string_view phase) { early_.set_phase(phase); }
  void end_execution() { early_.set_phase({}); }
  /// Executions that fail so are no failures after all: they are not saved.
  void accept(EarlySave::IsAccepted is_accepted) { early_.accept(is_accepted); }
  /// Removes what executions saved that count no more.
  void forget_early() noexcept { early_.remove_rest(); }

  /// The last execution, found by `phase`, has failed. False: the exploration has to stop.
  bool file(std::string_view phase);
  /// It has passed; executes its picks again: false, and nondeterminism reported, if that gives
  /// another execution.
  bool confirm(std::string_view phase);
  /// Two more executions of the picks of the last one, written down, show where they part.
  void file_nondeterminism(std::string_view phase);
  /// The picks of the last execution once more, written down; `failure` has it as its schedule.
  void file_failure_of_search(Failure failure, RecordedRun run, std::string_view phase);

  /// A recorded run that fails, of a schedule of an earlier exploration; `file`: where that one is;
  /// `injections`: under which it was run.
  void file_replay(RecordedRun run, const std::filesystem::path& file,
                   const Injections& injections);

  /// Executes the picks of a schedule of nondeterminism several times. Files what they show of each
  /// other, as read from `file`, and returns nothing; if they all agree, returns the last one.
  [[nodiscard]] std::optional<RecordedRun> replay_nondeterminism(const Schedule& schedule,
                                                                 const std::filesystem::path& file);
  /// At the end of the search: what was said of sometimes(), here or in the executions that made
  /// `others`, and what never held; see Options::require_sometimes.
  void check_claims(const std::vector<ProgramChecks::Claim>& others);

  /// What passing executions were seen to exercise: those that confirm() wrote down.
  [[nodiscard]] const Coverage& coverage() const { return coverage_; }

  /// At the end: the simplest schedule that fails like `failure`, and why it does.
  void simplify(Failure& failure);
  /// Only why.
  void explain_only(Failure& failure);
  /// Saves the schedules of the report's failures, each in the place of what was saved when it was
  /// found, else under the first name that is free or holds what it replaces. With a schedule_dir.
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
  /// `run`, in production order, fails like `failure`, and did not when the exploration began.
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
