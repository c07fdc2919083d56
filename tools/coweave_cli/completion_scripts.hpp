#pragma once

#include <CLI/App.hpp>
#include <string>

namespace coweave::cli {

/// Scripts that complete the command lines of `app`: made from its subcommands and options, so that
/// they know each of them.
[[nodiscard]] std::string bash_script(const CLI::App& app);
[[nodiscard]] std::string zsh_script(const CLI::App& app);

}  // namespace coweave::cli
