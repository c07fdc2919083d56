#pragma once

#include "coweave/exploration/explore.hpp"
#include "coweave/exploration/reduction/reduced_exploration.hpp"
#include "coweave/exploration/search_runner.hpp"
#include "coweave/exploration/test_environment.hpp"

namespace coweave::detail {

/// One exploration: which searches run, in which order, and what is said of them at the end.
class Explorer {
 public:
  /// All must outlive it. `capture`: of the test framework around it, or null.
  Explorer(const BodyFunction& body, const Options& options, const ExpectationCapture* capture);
  Report run();

 private:
  /// False: one of its schedules fails, and that is all there is to report.
  bool replay_corpus();
  /// The searches that the options ask for; a second time, of fair interleavings alone, where some
  /// interleaving is unfair and does not end.
  Stop run_searches();
  /// The plan of `automatic()`: see there.
  Stop run_default_plan();
  /// Random executions that tell how many interleavings there are; whether those are at most
  /// `most`.
  bool estimate_fits(std::uint64_t most, Stop& stop);
  Stop run_side_by_side(Search& bounds);
  /// Whether `strategy` learns what steps touch.
  [[nodiscard]] bool is_told_touches(const Strategy& strategy) const;
  /// The strategy that the options name.
  Stop run_recipe();
  /// Looks for the failure under the other AwaitPoints too.
  void compare_await_points(Failure& failure);

  const BodyFunction& body_;
  const Options& options_;
  const ExpectationCapture* capture_;
  Report report_;
  SearchRunner runner_;
  ReducedExploration reduced_;
};

}  // namespace coweave::detail
