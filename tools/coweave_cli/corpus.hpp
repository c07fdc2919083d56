#pragma once

#include <CLI/CLI.hpp>

#include "command.hpp"

namespace coweave::cli {

/// `coweave corpus list DIR [-- TEST_BINARY...]`, `coweave corpus prune DIR -- TEST_BINARY...`.
void add_corpus(CLI::App& app, Invocation& invocation);

}  // namespace coweave::cli
