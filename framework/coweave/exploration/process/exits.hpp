#pragma once

#include <string_view>

namespace coweave::detail {

/// What is asked before the process ends by `function` ("exit()", "_exit()", "_Exit()" or
/// "quick_exit()") with `status`: returns the status to end with. Must be async-signal-safe, and
/// must do nothing in a child of fork() or vfork().
using ExitHook = int (*)(std::string_view function, int status);

/// From now on `hook` is asked, in whichever thread ends the process. Called once or more with the
/// same hook.
///
/// _exit, _Exit and quick_exit run no handler that could change the status, so this library defines
/// them: its definitions come before those of the C library, and pass on to those. exit() is seen
/// by a handler (on_exit) that is registered here. Not seen are raw system calls, exec and what the
/// C library calls itself (the end of a child of posix_spawn).
void set_exit_hook(ExitHook hook);

/// Ends the process at once as _exit() does, without asking the hook.
[[noreturn]] void end_process(int status);

}  // namespace coweave::detail
