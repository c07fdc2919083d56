#pragma once

#include <memory>
#include <string_view>

#include "coweave/execution/execution.hpp"
#include "coweave/exploration/options.hpp"
#include "coweave/exploration/stuck_guard.hpp"

namespace coweave::detail {

/// While it lives, a death of the process by this thread, in an execution, leaves the picks of that
/// execution behind: by a signal (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, and with it
/// std::terminate), by a sanitizer that stops the process, by exit() or quick_exit(). What runs
/// then is async-signal-safe, on a stack of its own, and the step log that the search keeps anyway
/// is all it reads: executions cost what they cost without it. Not seen are _exit(), SIGKILL and
/// other threads. Guards nest: explorations may. Children of fork() are left alone.
///
/// A step that has not ended after the options' stuck_after is such a death too: see StuckGuard.
class CrashGuard {
 public:
  /// Saves in the options' schedule_dir; without one, or if save_crashes is off, it says only that
  /// a step is stuck. `execution` must outlive it.
  CrashGuard(const Execution& execution, const Options& options);
  /// Saves nothing, says only on the standard error stream in which step of a replay of `what` it
  /// happened.
  CrashGuard(const Execution& execution, std::string_view what, const Options& options);
  ~CrashGuard();
  CrashGuard(const CrashGuard&) = delete;
  CrashGuard& operator=(const CrashGuard&) = delete;

  struct Record;

 private:
  void install(const Options& options);

  std::unique_ptr<Record> record_;
  std::unique_ptr<StuckGuard> stuck_;
};

}  // namespace coweave::detail
