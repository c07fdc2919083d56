#pragma once

#include <filesystem>
#include <optional>

#include "coweave/exploration/explore.hpp"
#include "coweave/exploration/failures/shrink.hpp"
#include "coweave/schedule/schedule.hpp"

namespace coweave::detail {

/// Executions that may end their process: each runs in a child made by fork(), whose CrashGuard
/// leaves the schedule behind. What the children write on the standard streams is lost. Meant for a
/// process with one thread: others are not in the children.
class CrashTrials final : public Trials {
 public:
  /// Takes the name of the test, the await points and the injections from `found`. `body` must
  /// outlive it. Throws Error if it cannot make a directory for the files that the children write.
  CrashTrials(const Body& body, const Schedule& found, const Options& options);
  ~CrashTrials() override;
  CrashTrials(const CrashTrials&) = delete;
  CrashTrials& operator=(const CrashTrials&) = delete;

  /// Runs `strategy` in a child. Returns the schedule that the child saved when it crashed, or
  /// nullopt if it saved none. Throws Error if it cannot start a child.
  [[nodiscard]] std::optional<Schedule> crash_under(Strategy& strategy);
  /// Whether the child survives what `strategy` leads to, and has no failure in it.
  [[nodiscard]] bool passes_under(Strategy& strategy);
  /// Sets the failure that run() looks for. A crash is the same failure if it has the same place
  /// and the same message, which tells how the process ended.
  void look_for(const ScheduleFailure& failure) { wanted_ = failure; }
  [[nodiscard]] Trial run(Candidate& candidate) override;

 private:
  class Witness;

  [[noreturn]] void end_as_child(Strategy& strategy);
  /// Runs the child; returns its status as waitpid() has it.
  int run_child(Strategy& strategy);

  const Body& body_;
  Options options_;  // For what a child leaves behind.
  Execution execution_;
  ScheduleFailure wanted_;
};

/// Explains why `schedule` ends the process, by executing it and variants of it in child processes.
/// Returns nullopt if it does not end the process any more. Options::shrink limits this, with
/// ten times its `max_time`.
[[nodiscard]] std::optional<Report> explain_crash(const Body& body, const Schedule& schedule,
                                                  const Options& options);

}  // namespace coweave::detail
