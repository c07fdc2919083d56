#pragma once

#include <string_view>

namespace coweave::detail {

/// This thread explores from now on; `leave_behind` saves what a death of the process is to leave
/// of its explorations, on this thread itself, within a signal handler.
void enter_thread(void (*leave_behind)(std::string_view cause));
/// It does not any more.
void leave_thread();

/// Whether a thread of this process explores. Async-signal-safe.
[[nodiscard]] bool explores_elsewhere();

/// For a thread that does not explore, and that is about to end the process: has each thread that
/// does leave behind what there is to leave, and waits for it for a second at most.
/// Async-signal-safe; `cause` must stay until then.
void ask_other_threads(std::string_view cause);

}  // namespace coweave::detail
