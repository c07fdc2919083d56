#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coweave/execution/execution.hpp"
#include "coweave/exploration/deadline.hpp"
#include "coweave/exploration/explore.hpp"
#include "coweave/exploration/recorded_run.hpp"
#include "coweave/exploration/reduction/audit.hpp"
#include "coweave/exploration/reduction/plain_search.hpp"
#include "coweave/exploration/reduction/reduced_search.hpp"
#include "coweave/exploration/test_environment.hpp"

namespace coweave::detail {

/// One exploration: runs executions, watches the limits, checks that the program is deterministic,
/// groups what fails.
class Explorer {
 public:
  /// All must outlive it. `capture`: of the test framework around it, or null.
  Explorer(const BodyFunction& body, const Options& options, const ExpectationCapture* capture);
  Report run();

 private:
  /// Why a strategy stopped; `none`: it has not.
  enum class Stop { none, exhausted, failure, schedules, time, skipped };

  /// Runs executions under `strategy` until it has no more, or until there were `max_schedules` in
  /// all.
  Stop run_strategy(Strategy& strategy, std::string_view name, std::uint64_t max_schedules);
  /// A strategy under way, that may be left and taken up again.
  struct Search {
    Strategy& strategy;
    std::string_view name;
    Execution::Loop loop;      // Under the strategy.
    std::uint64_t number = 0;  // Of its executions.
    bool has_begun = false;    // The next one.
  };
  /// The next execution of `search`.
  Stop advance(Search& search, std::uint64_t max_schedules);
  /// The plan of `automatic()`: see there.
  Stop run_default_plan();
  /// Random executions that tell how many interleavings there are; whether those are at most `most`.
  bool estimate_fits(std::uint64_t most, Stop& stop);
  Stop run_side_by_side(Search& bounds);
  Stop run_recipe();
  /// Whether what every step touches is known.
  [[nodiscard]] bool can_reduce() const;
  Stop enumerate(std::uint64_t max_schedules);
  /// Plain, though a reduced search was asked for; the report says why.
  Stop enumerate_instead(std::string_view reason, std::uint64_t max_schedules);
  Stop run_reduced(ReducedSearch& search, std::uint64_t max_schedules);
  /// See Options::audit.
  void audit(const ReducedSearch& search);
  /// Up to `most` executions of `plain`; false: one of them disagrees, which is in the report now.
  bool audit_by(PlainSearch& plain, std::uint64_t most);
  void report_untracked(const Audit::Disagreement& disagreement);
  /// Says in the verdict what `search` did.
  void describe_reduction(const ReducedSearch& search);
  /// For an audit to come: what the last execution of `strategy` was, if that is a reduced search.
  void learn(const Strategy& strategy);
  /// One execution. False: the exploration has to stop.
  bool execute(Strategy& strategy);
  void file_failure();
  /// Executes the picks of the last execution again: false, and a failure reported, if that gives
  /// another execution.
  bool confirm();
  void report_nondeterminism(const std::vector<std::uint32_t>& picks);
  /// Says in `schedule` how it was found.
  void complete(Schedule& schedule) const;
  /// Replaces the schedule of `failure` by the simplest one that fails alike.
  void simplify(Failure& failure);
  /// What a recorded run that fails says of its failure.
  [[nodiscard]] Failure describe(RecordedRun run) const;
  void compare_await_points(Failure& failure);
  void state_verdict(Stop stop);
  /// Of the limit that `stop` names: "max_schedules of 5".
  [[nodiscard]] std::string limit_in_words(Stop stop) const;
  void state_limit(Stop stop);
  void save(Failure& failure, std::size_t number);

  const BodyFunction& body_;
  const Options& options_;
  const ExpectationCapture* capture_;
  Execution execution_;
  Execution::Loop loop_ = nullptr;  // Under the strategy under way.
  Deadline deadline_;
  Report report_;
  std::string_view phase_;  // The strategy under way.
  // What that strategy said of itself at its end:
  bool is_exhausted_ = false;
  std::optional<CompletedBound> bound_;
  std::string assurance_;
  std::string estimate_;  // "about 3e+05 interleavings in all"; empty: there was none.
  bool is_truncated_ = false;  // An execution of an enumeration reached the step limit.
  std::string reduction_;      // What the reduction did, for the verdict; empty: nothing.
  std::uint64_t probes_ = 0;   // Executions by which a search informed itself.
  Audit audit_;
  std::uint64_t audited_ = 0;  // Executions.
};

}  // namespace coweave::detail
