#pragma once

#include <CLI/App.hpp>

#include "command.hpp"

namespace coweave::cli {

/// `coweave diff FILE FILE`: the first step at which two schedules part. Exit code 1 if they do.
/// Both arguments have to outlive the parsing, which runs the subcommand.
void add_diff(CLI::App& app, Invocation& invocation);

}  // namespace coweave::cli
