#pragma once

#include <CLI/App.hpp>

#include "command.hpp"

namespace coweave::cli {

/// `coweave show FILE`: the interleaving of a schedule, drawn for a person.
/// Both arguments have to outlive the parsing, which runs the subcommand.
void add_show(CLI::App& app, Invocation& invocation);

}  // namespace coweave::cli
