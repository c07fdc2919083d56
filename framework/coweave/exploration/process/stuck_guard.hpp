#pragma once

#include <chrono>
#include <memory>
#include <string_view>

namespace coweave::detail {

/// While it lives, a step of this thread that has not ended after `limit` of wall time ends the
/// process: `tell` is called on the thread itself, within a signal handler, with what there is to
/// say, and then abort(). Nothing else can stop a thread that waits for a mutex or for a future
/// that nobody sets.
///
/// A watchdog thread, which all guards of the process share and which ends when there are none,
/// looks ten times a second whether executions begin or end on the thread. Where none has for a
/// quarter of the limit it asks the thread by SIGURG for the number of its step and for what that
/// has created, and for the limit later again: the same answer is a stuck step. So an execution
/// costs one store, a step nothing; and the time is counted in looks, so that a process which was
/// stopped, or a machine which slept, is not taken for a stuck step. A process under a debugger is
/// left alone. Code between executions, such as Options::progress, may take any time.
///
/// Guards nest; the innermost of a thread counts, since the others wait for it.
class StuckGuard {
 public:
  /// Does nothing with a limit of 0. `tell` must be async-signal-safe.
  StuckGuard(std::chrono::nanoseconds limit, void (*tell)(std::string_view cause));
  ~StuckGuard();
  StuckGuard(const StuckGuard&) = delete;
  StuckGuard& operator=(const StuckGuard&) = delete;

  struct Watched;

 private:
  std::unique_ptr<Watched> watched_;
};

}  // namespace coweave::detail
