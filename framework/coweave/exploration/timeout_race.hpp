#pragma once

#include <chrono>
#include <cstdint>

#include "coweave/exploration/search_runner.hpp"

namespace coweave::detail {

/// Whether `schedule` is of the part below, of an exploration with these options.
[[nodiscard]] inline bool is_of_timeout_race(const Schedule& schedule, const Options& options) {
  return schedule.injections.timers == TimerOrder::timeouts &&
         options.timers == TimerOrder::when_idle;
}

/// The last part of the default plan: executions in which the deadlines of timeout scopes pass
/// before ready work (TimerOrder::timeouts), at most twice in one execution. Those of few
/// deviations and random ones take turns. A TimeoutError that leaves the test is how the program
/// answers a deadline, and no failure here.
class TimeoutRace {
 public:
  /// Early moves of the clock in one execution.
  static constexpr std::uint32_t most_early = 2;

  /// All must outlive it. `options`: of the exploration; `time`: what is left of Options::max_time.
  TimeoutRace(const Body& body, const Options& options, const ExpectationCapture* capture,
              Report& report, std::chrono::nanoseconds time);
  TimeoutRace(const TimeoutRace&) = delete;
  TimeoutRace& operator=(const TimeoutRace&) = delete;

  /// Executes `budget` schedules more, or all that there are. Writes what they are worth into the
  /// completion of the report. Does nothing if no deadline can come early.
  void run(std::uint64_t budget);
  /// Says in `failure`, which this part has found, that it needs a timeout which fires early.
  void label(Failure& failure) const;

  [[nodiscard]] SearchRunner& runner() { return runner_; }
  /// Under which a failure of this part is found again.
  [[nodiscard]] const Options& options() const { return options_; }

 private:
  [[nodiscard]] bool had_a_target() {
    return runner_.execution().injector().targets().early_timers;
  }

  /// Executes up to `most` schedules in all, where the report had `before`; returns what ended it.
  Stop search(std::uint64_t before, std::uint64_t most);

  Options options_;
  Report& report_;
  SearchRunner runner_;
  bool is_exhausted_ = false;  // The search by deviations.
};

}  // namespace coweave::detail
