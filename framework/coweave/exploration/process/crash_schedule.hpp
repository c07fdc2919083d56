#pragma once

#include <cstdint>
#include <string_view>

#include "coweave/execution/execution.hpp"
#include "coweave/exploration/process/signal_safe_writer.hpp"

namespace coweave::detail {

/// What the file of a schedule says whose execution ends the process. Async-signal-safe to write:
/// all is read from the step log, the task table and the list of objects that every run keeps.
///
/// Which tasks were ready at a step and what a step did is not among it, and not known: a step has
/// its task, operation, object, place and pick, and of how many alternatives that was one.
struct CrashSchedule {
  const Execution& execution;
  std::string_view head;      ///< The file's text up to the member "strategy".
  std::string_view strategy;  ///< The search that found it.
  std::uint64_t seed = 0;
  std::uint64_t number = 0;  ///< Of the execution, from 1.
  std::string_view cause;    ///< How the process ends.
  std::string_view source_root;
};

void write_crash_schedule(SignalSafeWriter& out, const CrashSchedule& schedule);

}  // namespace coweave::detail
