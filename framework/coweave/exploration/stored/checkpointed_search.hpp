#pragma once

#include <string>
#include <string_view>

#include "coweave/exploration/reduced_exploration.hpp"
#include "coweave/exploration/search_runner.hpp"

namespace coweave::detail {

class PathSearch;

/// Searches that go on from Options::checkpoint, and leave a checkpoint there if they do not come
/// to their end.
class Resumption {
 public:
  /// All must outlive it.
  Resumption(SearchRunner& runner, ReducedExploration& reduced, const Options& options,
             Report& report)
      : runner_(runner), reduced_(reduced), options_(options), report_(report) {}

  /// Throws Error if `strategy` cannot be taken up again, and whatever Checkpoint throws.
  Stop run(Strategy& strategy, const std::string& name);
  /// By wakeup trees where that can be, else by deviations.
  Stop run_default();
  /// Whether the checkpoint was left by a search that executes fair interleavings alone. `name`: of
  /// the strategy; empty for the default plan.
  [[nodiscard]] static bool is_of_fair_search(const Options& options, const std::string& name);

 private:
  /// By wakeup trees, and by deviations if they give up or nothing can be reduced, which the report
  /// says.
  Stop run_reduced(PathSearch& search);
  Stop run_bounded();
  /// Why no reduced search can be taken up again under these options; empty: it can.
  [[nodiscard]] std::string_view obstacle() const;
  /// From the checkpoint that was left under this name, if any.
  Stop go_on(Strategy& strategy, std::string_view name);

  SearchRunner& runner_;
  ReducedExploration& reduced_;
  const Options& options_;
  Report& report_;
};

}  // namespace coweave::detail
