#pragma once

#include <CLI/App.hpp>

#include "command.hpp"

namespace coweave::cli {

/// `coweave replay FILE -- TEST_BINARY [ARGS...]`: runs the test of a schedule as the schedule
/// says. Both arguments have to outlive the parsing, which runs the subcommand.
void add_replay(CLI::App& app, Invocation& invocation);

}  // namespace coweave::cli
