#pragma once

#include <CLI/App.hpp>

#include "command.hpp"

namespace coweave::cli {

/// `coweave validate FILE...`: whether files are schedules that this Coweave can replay.
/// Both arguments have to outlive the parsing, which runs the subcommand.
void add_validate(CLI::App& app, Invocation& invocation);

}  // namespace coweave::cli
