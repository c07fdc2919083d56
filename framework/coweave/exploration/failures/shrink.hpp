#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "coweave/execution/execution.hpp"
#include "coweave/exploration/options.hpp"
#include "coweave/replay/deviation.hpp"

namespace coweave::detail {

/// One execution that a shrink has tried.
struct Trial {
  bool fails_alike = false;
  std::uint32_t injections = 0;
  std::size_t steps = 0;
  std::uint32_t failure_step = 0;
  std::vector<std::uint32_t> picks;         ///< If it fails alike.
  std::vector<std::uint32_t> alternatives;  ///< Of each decision.
  Deviations taken;                         ///< Those of the candidate.
};

/// Where a shrink executes: in this process, or in others if what it looks for ends them.
class Trials {
 public:
  virtual ~Trials() = default;
  /// One execution under `candidate`, from its beginning.
  [[nodiscard]] virtual Trial run(Candidate& candidate) = 0;
};

/// In this process: an execution fails alike if its first failure has `failure`'s kind and place,
/// and, where `fairness` is not 0, if it is no livelock of an unfair scheduler (Options::fairness).
class OwnTrials final : public Trials {
 public:
  /// All must outlive it.
  OwnTrials(Execution& execution, const Body& body, const ExecutionFailure& failure,
            std::uint32_t fairness)
      : execution_(execution), body_(body), failure_(failure), fairness_(fairness) {}
  [[nodiscard]] Trial run(Candidate& candidate) override;

 private:
  Execution& execution_;
  const Body& body_;
  const ExecutionFailure& failure_;
  std::uint32_t fairness_;
};

/// The simplest failing schedule that was found.
struct Shrunk {
  std::vector<std::uint32_t> picks;
  std::uint64_t executions = 0;  ///< That it took.
  /// Undoing any one deviation makes the failure vanish or change: all were tried.
  bool is_minimal = false;
};

/// Makes the schedule of `picks` simpler: fewest deviations from production order, then fewest
/// injections, then fewest steps, such that the execution still fails alike. By re-execution: delta
/// debugging over the deviations (Zeller and Hildebrandt, 2002), then every schedule of fewer
/// deviations, from none, as far as the budget goes.
[[nodiscard]] Shrunk shrink(Trials& trials, const std::vector<std::uint32_t>& picks,
                            const ShrinkOptions& options);

}  // namespace coweave::detail
