#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "coweave/execution/execution.hpp"
#include "coweave/exploration/options.hpp"
#include "coweave/exploration/process/stuck_guard.hpp"

namespace coweave::detail {

/// The search whose executions a CrashGuard looks after. What it points to must outlive the guard.
struct SearchUnderWay {
  const std::uint64_t* schedules = nullptr;  ///< Executed so far; null: none.
  const std::string_view* phase = nullptr;  ///< The name of the search; empty: that of the options.
};

/// While it lives, a death of the process by this thread leaves the schedule of the execution
/// behind in which it happens: by a signal that the program has caused (a fault, std::terminate,
/// raise(), a broken pipe, a timer), by a sanitizer that stops the process, by exit(), _exit(),
/// _Exit() or quick_exit(). Between two executions it is that of the one before. A checkpoint is
/// left behind too, also where another process has sent the signal. What runs then is
/// async-signal-safe, on a stack of its own, and the step log that the search keeps anyway is all
/// it reads: executions cost what they cost without it. Not seen are raw system calls, exec and
/// SIGKILL. Guards nest: explorations may. Children of fork() are left alone.
///
/// An exploration that the program ends by an exit with status 0 has not passed: the status is 1.
/// Every other status, signal and core dump is what it would have been.
///
/// Another thread that ends the process has the threads that explore do all this first.
///
/// A step that has not ended after the options' stuck_after is such a death too: see StuckGuard.
class CrashGuard {
 public:
  /// Saves in the options' schedule_dir; without one, or if save_crashes is off, it says only that
  /// a step is stuck and that an exit counts as a failure. `execution` must outlive it.
  CrashGuard(const Execution& execution, const Options& options, SearchUnderWay search = {});
  /// Saves nothing, says only on the standard error stream in which step of a replay of `what` it
  /// happened.
  CrashGuard(const Execution& execution, std::string_view what, const Options& options);
  ~CrashGuard();
  CrashGuard(const CrashGuard&) = delete;
  CrashGuard& operator=(const CrashGuard&) = delete;

  struct Record;

 private:
  void make_record(const Execution& execution, const Options& options, std::string test);
  void install(const Options& options);

  std::unique_ptr<Record> record_;
  std::unique_ptr<StuckGuard> stuck_;
};

/// Saves the schedule of the execution under way on this thread, if there is one and its guard
/// saves schedules, and says so: `cause` does not end the process, but is to be found again. Once
/// for each guard. Async-signal-safe.
void leave_schedule_behind(std::string_view cause);

}  // namespace coweave::detail
