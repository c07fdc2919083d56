#pragma once

#include <CLI/App.hpp>

#include "command.hpp"

namespace coweave::cli {

/// `coweave completion SHELL`: a script that completes command lines of `coweave`.
/// Both arguments have to outlive the parsing, which runs the subcommand.
void add_completion(CLI::App& app, Invocation& invocation);

}  // namespace coweave::cli
