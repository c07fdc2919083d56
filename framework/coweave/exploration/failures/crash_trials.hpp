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
  /// For schedules like `found`. All must outlive it. Throws Error where no directory for what the
  /// children leave behind can be made.
  CrashTrials(const Body& body, const Schedule& found, const Options& options);
  ~CrashTrials() override;
  CrashTrials(const CrashTrials&) = delete;
  CrashTrials& operator=(const CrashTrials&) = delete;

  /// What `strategy` leads to, as the child has left it: picks and failure; none if the child has
  /// survived. Throws Error where no child can be made.
  [[nodiscard]] std::optional<Schedule> crash_under(Strategy& strategy);
  /// Whether the child survives what `strategy` leads to, and has no failure in it.
  [[nodiscard]] bool passes_under(Strategy& strategy);
  /// The failure that run() looks for: one with the same message, which tells the kind of death, at
  /// the same place.
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

/// Why the schedule, whose failure ended the process, does so, by executions in processes of their
/// own; nothing if it does not end the process any more. Options::shrink limits it, with ten times
/// the time.
[[nodiscard]] std::optional<Report> explain_crash(const Body& body, const Schedule& schedule,
                                                  const Options& options);

}  // namespace coweave::detail
