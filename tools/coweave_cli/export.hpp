#pragma once

#include <CLI/App.hpp>

#include "command.hpp"

namespace coweave::cli {

/// `coweave export --format=FORMAT FILE`: the schedule in the language of another tool.
/// Both arguments have to outlive the parsing, which runs the subcommand.
void add_export(CLI::App& app, Invocation& invocation);

}  // namespace coweave::cli
