#pragma once

#include <string>
#include <utility>
#include <vector>

#include "coweave/schedule/schedule.hpp"

namespace coweave::cli {

/// Environment variables for a program that is started.
using Variables = std::vector<std::pair<const char*, std::string>>;

/// `command` with the filter that makes a GoogleTest program run the test of `schedule` only,
/// unless it has one already.
[[nodiscard]] std::vector<std::string> filtered(std::vector<std::string> command,
                                                const Schedule& schedule);

/// How a program ended that was to replay a schedule.
struct ProgramEnd {
  int status = 0;             ///< As waitpid() has it.
  bool has_replayed = false;  ///< It has begun a replay, of whichever schedule.
};

enum class Streams : bool { shared, silent };

/// Starts `command` and waits for its end. SIGINT and SIGQUIT are left to the program meanwhile;
/// SIGTERM and SIGHUP are passed on to it. Throws Error if it cannot be started.
[[nodiscard]] ProgramEnd run_program(std::vector<std::string> command, const Variables& variables,
                                     Streams streams);

/// Runs `command`, which is to replay `file`, and returns the exit code for a subcommand: that of
/// the program; exit_usage, and a line on the standard error stream, if it has not replayed
/// anything. Ends by the signal that ended the program, if one did.
[[nodiscard]] int run_replay(std::vector<std::string> command, const Variables& variables,
                             const std::string& file);

}  // namespace coweave::cli
