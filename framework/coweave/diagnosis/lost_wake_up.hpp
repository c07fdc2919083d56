#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coweave/schedule/trace.hpp"

namespace coweave {

/// A signal that a task, waiting for ever, has not got. Indices are those of the trace.
struct LostWakeUp {
  enum class Cause : std::uint8_t {
    nobody_waits,  ///< A notification before the task began to wait.
    cleared,       ///< An event was set and cleared before the task began to wait.
    coalesced,     ///< An event was set that was set already: two signals, one wake-up.
    wakes_others,  ///< A notification while the task waited, and others were woken by it.
    cancelled,  ///< The task that was woken was cancelled before it went on, and woke nobody else.
  };
  Cause cause = Cause::nobody_waits;
  std::size_t blocked = 0;           ///< In Trace::blocked: the wait that did not end.
  std::uint32_t step = 0;            ///< In which the signal was given ...
  std::uint32_t task = 0;            ///< ... and by whom.
  TraceEffect signal;                ///< The set, the notify; of `cancelled`: the wake.
  std::vector<std::uint32_t> woken;  ///< Tasks that it woke.
  std::optional<std::uint32_t>
      other;                     ///< Step of the clear, of the set before, of the cancellation.
  std::uint32_t other_task = 0;  ///< Who did that.
  SourceLine other_place;
};

/// The signals that the tasks in `trace.blocked` missed: of each such wait the last one, of each
/// wake-up that died with a cancellation the one. Found from the steps alone: an execution
/// remembers nothing of it.
[[nodiscard]] std::vector<LostWakeUp> lost_wake_ups(const Trace& trace);

/// "lost wake-up: producer notifies condition "ready" at p.cpp:9 in step 3, when nobody waits;
/// consumer begins to wait for it at c.cpp:14 in step 5".
[[nodiscard]] std::string in_words(const LostWakeUp& lost, const Trace& trace);

/// The order that might have saved it: `task` takes its step number `step` of the trace only when
/// `until` has made as many steps as in the trace up to step number `reached`.
struct HeldBack {
  std::uint32_t task = 0;
  std::uint32_t step = 0;
  std::uint32_t until = 0;
  std::uint32_t reached = 0;
};
/// None where no order of steps could: the task itself gave the signal, the notification went to
/// another one.
[[nodiscard]] std::optional<HeldBack> cure_of(const LostWakeUp& lost, const Trace& trace);

}  // namespace coweave
