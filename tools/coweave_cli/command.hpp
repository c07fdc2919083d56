#pragma once

#include <string>
#include <vector>

namespace coweave::cli {

/// The exit codes of every subcommand, and of the test binaries that `replay` starts.
enum ExitCode : int {
  exit_pass = 0,
  exit_failed = 1,    ///< A schedule failed.
  exit_usage = 2,     ///< Usage, or a bad file.
  exit_diverged = 3,  ///< The program left the schedule, or is not deterministic.
};

/// What subcommands share with main.
struct Invocation {
  std::vector<std::string>
      command;                ///< What follows `--`, for the subcommand that starts a program.
  int exit_code = exit_pass;  ///< Set by the subcommand that ran.
};

}  // namespace coweave::cli
