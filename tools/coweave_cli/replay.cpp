#include "replay.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "coweave/core/error.hpp"
#include "coweave/schedule/printable.hpp"
#include "coweave/schedule/schedule.hpp"

namespace coweave::cli {
namespace {

/// CLI11 would list what stands behind `--` as one more positional argument without the dashes.
class ReplayHelp final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* /*app*/, std::string name) const override {
    return "Usage: " + name + " FILE -- TEST_BINARY [ARGS...]\n";
  }
};

/// `Suite.Test` as GoogleTest has them. A name that Options gave may have characters that a filter
/// reads as wildcards or exclusions, and would run other tests with the schedule.
[[nodiscard]] bool is_googletest_name(std::string_view test) {
  return test.find('.') != test.npos && std::all_of(test.begin(), test.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_' || c == '/' || c == '.';
         });
}

[[nodiscard]] bool is_filter(std::string_view argument) {
  return argument.starts_with("--gtest_filter") || argument.starts_with("-gtest_filter");
}

/// Does not return unless the program cannot be started.
void replay(const std::string& file, std::vector<std::string> command) {
  const Schedule schedule = Schedule::load(file);
  if (is_googletest_name(schedule.test) && std::none_of(command.begin(), command.end(), is_filter))
    command.push_back("--gtest_filter=" + schedule.test);

  // Absolute: the program may change its directory before it reads the variable.
  const std::string absolute = std::filesystem::absolute(file).string();
  if (::setenv("COWEAVE_REPLAY", absolute.c_str(), 1) != 0)
    throw Error("coweave: cannot set COWEAVE_REPLAY: " + std::generic_category().message(errno));
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  ::execvp(arguments.front(), arguments.data());
  throw Error(printable(command.front()) +
              ": cannot be started: " + std::generic_category().message(errno));
}

}  // namespace

void add_replay(CLI::App& app, Invocation& invocation) {
  const auto file = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("replay", "Run the test of a schedule as it says");
  command->formatter(std::make_shared<ReplayHelp>());
  command->add_option("FILE", *file, "The schedule")->required();
  command->footer(
      "Starts TEST_BINARY with COWEAVE_REPLAY set to FILE; for a GoogleTest test also with its\n"
      "--gtest_filter, unless ARGS have one. The exit code is that of the program: 0 the test\n"
      "passed, 1 it failed, 3 it left the schedule or is not deterministic.");
  command->callback([file, &invocation] {
    if (invocation.command.empty())
      throw CLI::ValidationError("replay", "expected -- TEST_BINARY after FILE, found nothing");
    replay(*file, invocation.command);
  });
}

}  // namespace coweave::cli
