#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "command.hpp"
#include "coweave/schedule/schedule.hpp"

namespace coweave::cli {

/// Environment variables for a program that is started.
using Variables = std::vector<std::pair<const char*, std::string>>;

/// `command` with the filter that makes a GoogleTest program run the test of `schedule` only,
/// unless it has one already.
[[nodiscard]] std::vector<std::string> filtered(std::vector<std::string> command,
                                                const Schedule& schedule);

/// Becomes `command`. Does not return unless it cannot be started, which is an Error.
[[noreturn]] void become(std::vector<std::string> command, const Variables& variables);

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
