#pragma once

#include <CLI/App.hpp>

#include "command.hpp"

namespace coweave::cli {

/// `coweave html FILE`: the schedule as one page for a browser.
/// Both arguments have to outlive the parsing, which runs the subcommand.
void add_html(CLI::App& app, Invocation& invocation);

}  // namespace coweave::cli
