// The `coweave` command: what can be done with a saved schedule outside the test that made it.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "command.hpp"
#include "completion.hpp"
#include "corpus.hpp"
#include "coweave/core/error.hpp"
#include "coweave/schedule/printable.hpp"
#include "diff.hpp"
#include "export.hpp"
#include "html.hpp"
#include "replay.hpp"
#include "rerun.hpp"
#include "show.hpp"
#include "validate.hpp"

namespace coweave::cli {
namespace {

/// Subcommands that start another program.
constexpr std::array<std::string_view, 4> starting{"replay", "shrink", "explain", "corpus"};

/// Takes what follows `--` away from a command line of one of these: it belongs to another program,
/// and CLI11 would rewrite some of it ("[a,b]" and "%%" mean lists to it).
[[nodiscard]] std::vector<std::string> take_command(std::vector<std::string>& arguments) {
  if (arguments.empty() ||
      std::find(starting.begin(), starting.end(), arguments.front()) == starting.end())
    return {};
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  if (dashes == arguments.end()) return {};
  std::vector<std::string> command(dashes + 1, arguments.end());
  arguments.erase(dashes, arguments.end());
  return command;
}

/// Help and version go to standard output, the rest is one line and a hint.
[[nodiscard]] int finish_parsing(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  std::cerr << "coweave: " << printable(error.what())
            << "\nRun coweave --help, or --help behind a subcommand, for the usage.\n";
  return exit_usage;
}

[[nodiscard]] int run(std::vector<std::string> arguments) {
  Invocation invocation;
  invocation.command = take_command(arguments);
  CLI::App app("Shows, compares, checks and replays the schedules that Coweave saves.", "coweave");
  app.set_version_flag("--version", "coweave " COWEAVE_VERSION);
  app.require_subcommand(1);
  app.footer("Exit codes: 0 pass, 1 a schedule failed, 2 usage or a bad file, 3 diverged.");
  add_show(app, invocation);
  add_html(app, invocation);
  add_export(app, invocation);
  add_diff(app, invocation);
  add_validate(app, invocation);
  add_replay(app, invocation);
  add_completion(app, invocation);
  add_shrink(app, invocation);
  add_explain(app, invocation);
  add_corpus(app, invocation);
  try {
    std::reverse(arguments.begin(), arguments.end());  // As CLI11 wants a vector.
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return finish_parsing(app, error);
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return exit_usage;
  }
  return invocation.exit_code;
}

}  // namespace
}  // namespace coweave::cli

int main(int argc, char** argv) {
  try {
    return coweave::cli::run(std::vector<std::string>(argv + 1, argv + std::max(argc, 1)));
  } catch (const std::exception& error) {
    std::cerr << "coweave: " << coweave::printable(error.what()) << '\n';
    return coweave::cli::exit_usage;
  }
}
