#pragma once

#include <cstdint>
#include <optional>

#include "coweave/exploration/explore.hpp"
#include "coweave/exploration/reduced_exploration.hpp"
#include "coweave/exploration/search_runner.hpp"
#include "coweave/exploration/test_environment.hpp"
#include "coweave/exploration/timeout_race.hpp"

namespace coweave::detail {

/// Whether the default plan ends with the timeouts that fire early.
enum class Racing : std::uint8_t { off, on };

/// One exploration: which searches run, in which order, and what is said of them at the end.
class Explorer {
 public:
  /// All must outlive it. `capture`: of the test framework around it, or null.
  Explorer(const Body& body, const Options& options, const ExpectationCapture* capture,
           Racing racing = Racing::on);
  Report run();

 private:
  /// False: one of its schedules fails, and that is all there is to report.
  bool replay_corpus();
  /// Runs the searches that the options ask for. If some interleaving is unfair and does not end,
  /// it runs them a second time, with fair interleavings alone.
  Stop run_searches();
  /// The plan of `automatic()`: see there.
  Stop run_default_plan();
  /// Random executions that tell how many interleavings there are; whether those are at most
  /// `most`.
  bool estimate_fits(std::uint64_t most, Stop& stop);
  Stop run_side_by_side(Search& bounds);
  /// Whether a strategy that uses what steps touch is told of it.
  [[nodiscard]] bool reports_touches() const;
  /// The strategy that the options name.
  Stop run_recipe();
  /// Runs the next execution of a search of the default plan. If may_race_timeouts(), it leaves a
  /// tenth of the budget to race_timeouts().
  Stop advance(Search& search, std::uint64_t most);
  /// Whether the default plan is to end with race_timeouts().
  [[nodiscard]] bool may_race_timeouts();
  /// Explores early timeouts: at most 1,000 schedules, or a tenth of `max_schedules` if it is more.
  void race_timeouts();
  /// Makes the failures simpler and explains them.
  void explain_failures();
  /// Looks for the failure, found under `found_with`, under the other AwaitPoints too.
  void compare_await_points(Failure& failure, const Options& found_with);
  /// Reports what `failures` had to leak, and saves its schedules.
  void finish(FailureLog& failures);
  /// What was said of sometimes(), and what was never exercised.
  void state_claims();

  const Body& body_;
  const Options& options_;
  const ExpectationCapture* capture_;
  Report report_;
  SearchRunner runner_;
  ReducedExploration reduced_;
  Racing racing_;
  bool has_kept_share_ = false;  // The last limit was without the share kept for early timeouts.
  std::optional<TimeoutRace> race_;
};

}  // namespace coweave::detail
