#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "coweave/exploration/explore.hpp"
#include "coweave/exploration/failures/failure_log.hpp"

namespace coweave::detail {

/// Replays the schedules that earlier explorations of a test have saved, before the search. A file
/// is one of the test's if its name begins as that of the test's files and the schedule names the
/// test and, if any, the running program.
class CorpusReplay {
 public:
  /// All must outlive it.
  CorpusReplay(Execution& execution, const Body& body, const Options& options, FailureLog& failures,
               Report& report)
      : execution_(execution),
        body_(body),
        options_(options),
        failures_(failures),
        report_(report) {}

  /// Says in the report what became of each. False: one fails, and the exploration has to stop.
  bool run();

 private:
  void replay(const std::filesystem::path& file, CorpusEntry& entry);
  void replay(const Schedule& schedule, CorpusEntry& entry);
  /// Whether `run`, which was made last, fails only in that a scheduler starves a task for ever.
  [[nodiscard]] bool is_unfair_livelock(Execution& execution, const RecordedRun& run);
  /// The schedule of a nondeterminism: its executions are compared with each other.
  void replay_several_times(const Schedule& schedule, CorpusEntry& entry, FailureLog& log,
                            const Injections& injections);
  void warn(const CorpusEntry& entry);

  Execution& execution_;
  const Body& body_;
  const Options& options_;
  FailureLog& failures_;
  Report& report_;
};

}  // namespace coweave::detail
