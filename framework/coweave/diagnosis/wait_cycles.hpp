#pragma once

#include <string>
#include <vector>

#include "coweave/diagnosis/diagnosis.hpp"
#include "coweave/schedule/trace.hpp"

namespace coweave::detail {

/// Tasks that wait for what only tasks like them could release, each of them for ever, whether or
/// not others still run. For each such circle: its line, then for each of its tasks what it holds,
/// since where, across which await. `held`: at the end of the trace.
[[nodiscard]] std::vector<std::string> tell_cycles(const Trace& trace,
                                                   const std::vector<Holding>& held);

/// Locks and permits that a task took with it when it ended while others wait for them: where it
/// took them and how it ended. Not of a semaphore that others than its holders release: that counts
/// signals.
[[nodiscard]] std::vector<std::string> tell_leaks(const Trace& trace,
                                                  const std::vector<Holding>& held);

}  // namespace coweave::detail
