#pragma once

#include <cstdint>
#include <string_view>

#include "coweave/exploration/audit.hpp"
#include "coweave/exploration/search_runner.hpp"
#include "coweave/strategy/reduction/path_search.hpp"
#include "coweave/strategy/reduction/plain_search.hpp"

namespace coweave::detail {

/// Searches that execute one interleaving of each equivalence class: which engine, what to do when
/// it will not do, and the audit afterwards.
class ReducedExploration {
 public:
  /// Both must outlive it.
  ReducedExploration(SearchRunner& runner, const Options& options, Report& report)
      : runner_(runner), options_(options), report_(report) {}

  /// Why nothing can be reduced under these options; empty: it can.
  [[nodiscard]] static std::string_view obstacle(const Options& options);
  /// Why nothing is reduced where only fair interleavings are executed.
  static constexpr std::string_view unfairness =
      "some interleavings end only under a fair scheduler or once time has passed, which "
      "reductions do not know";
  /// Whether more than one search may be necessary, for injections.
  [[nodiscard]] static bool may_inject(const Options& options);

  /// Runs `search`, and if it gives up a simpler one, within `max_schedules` executions in all;
  /// then others like it for the injections that there may be, see IntrusionSets. Enumerates
  /// plainly where the options or the program do not allow a reduction; the report says why.
  Stop run(PathSearch& search, std::uint64_t max_schedules);

  /// Around a search that is run elsewhere, from its first execution on: begin() before, end()
  /// after it stopped, for whatever reason.
  void begin(const ReducedSearch& search);
  void end(const ReducedSearch& search, Stop stop);
  /// What `search` alone has done.
  [[nodiscard]] static ReductionSummary summary_of(const ReducedSearch& search);

 private:
  /// With the intruders that have been sent.
  Stop run_one(ReducedSearch& search, std::uint64_t max_schedules);
  Stop enumerate_instead(std::string_view reason, std::uint64_t max_schedules);
  /// For an audit to come: what the last execution of `search` was.
  void learn(const ReducedSearch& search);
  /// See Options::audit.
  void audit(const ReducedSearch& search);
  /// Up to `most` executions of `plain`; false: one of them disagrees, which is in the report now.
  bool audit_by(PlainSearch& plain, std::uint64_t most);
  /// The audit has found a disagreement: what the reduction says is void.
  void refute();
  void report_untracked(PlainSearch& plain, const Audit::Disagreement& disagreement);

  SearchRunner& runner_;
  const Options& options_;
  Report& report_;
  Audit audit_;
  ReductionSummary total_;     // What the searches have found together.
  std::uint64_t audited_ = 0;  // Executions.
};

}  // namespace coweave::detail
