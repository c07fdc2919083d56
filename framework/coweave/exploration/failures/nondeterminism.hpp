#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coweave/execution/execution.hpp"
#include "coweave/exploration/report.hpp"
#include "coweave/replay/difference.hpp"
#include "coweave/replay/recorded_run.hpp"

namespace coweave::detail {

/// What several executions of the same picks have shown of each other.
class Disagreement {
 public:
  /// The failures of one more execution.
  void add(const std::vector<ExecutionFailure>& outcome);
  /// One more execution, written down.
  void add(const RecordedRun& run);

  /// Whether two of them differ in their steps, in their fingerprints or in how they ended.
  [[nodiscard]] bool is_found() const {
    return difference_.has_value() || other_.has_value() || is_other_fingerprint_;
  }

  /// Whether two of those that were written down differ in a step.
  [[nodiscard]] bool has_difference() const { return difference_.has_value(); }

  /// A failure of kind nondeterminism, without its schedule: both outcomes with what the failed
  /// checks say, the first step that differs, and the objects older than the execution that `trace`
  /// touches. Its place is that of the failure that only some of the executions have.
  [[nodiscard]] Failure describe(const Trace& trace) const;
  /// The step at which it shows, as an index in the last trace that was added.
  [[nodiscard]] std::uint32_t step(const Trace& trace) const;

 private:
  using Outcome = std::vector<ExecutionFailure>;

  std::optional<Outcome> one_;
  std::optional<Outcome> other_;  // The first that is not as that one.
  std::optional<Trace> trace_;    // The first.
  std::optional<Difference> difference_;
  std::optional<std::uint64_t> fingerprint_;  // Of the last one.
  bool is_other_fingerprint_ = false;
};

/// The objects of `trace` that are older than its execution, in the order of their first use, with
/// the task and the step of it: "queue "lines" (created at log.cpp:9): worker#1 in step 3".
[[nodiscard]] std::vector<std::string> older_objects(const Trace& trace);

/// A line that lists what makes a test nondeterministic, where nothing better is known.
[[nodiscard]] std::string likely_causes();

}  // namespace coweave::detail
