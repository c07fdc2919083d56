#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "command.hpp"

namespace coweave::cli {

/// `what FILE -- TEST_BINARY [ARGS...]` is the usage of a subcommand that starts a program.
void show_usage_with_program(CLI::App& command, const std::string& what);

/// Throws a usage error unless something stood behind `--`, which follows the argument `last`.
void must_have_program(const Invocation& invocation, const std::string& subcommand,
                       const std::string& last);

/// `coweave shrink FILE [-o OUT] -- TEST_BINARY [ARGS...]`.
void add_shrink(CLI::App& app, Invocation& invocation);
/// `coweave explain FILE -- TEST_BINARY [ARGS...]`.
void add_explain(CLI::App& app, Invocation& invocation);

}  // namespace coweave::cli
