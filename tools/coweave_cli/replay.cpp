#include "replay.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "coweave/schedule/schedule.hpp"
#include "program_run.hpp"
#include "rerun.hpp"

namespace coweave::cli {

void add_replay(CLI::App& app, Invocation& invocation) {
  const auto file = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("replay", "Run the test of a schedule as it says");
  show_usage_with_program(*command, "FILE");
  command->add_option("FILE", *file, "The schedule")->required();
  command->footer(
      "Starts TEST_BINARY with COWEAVE_REPLAY set to FILE; for a GoogleTest test also with its\n"
      "--gtest_filter, unless ARGS have one. The exit code is that of the program: 0 the test\n"
      "passed, 1 it failed, 3 it left the schedule or is not deterministic; 2 if it replayed\n"
      "nothing.");
  command->callback([file, &invocation] {
    must_have_program(invocation, "replay", "FILE");
    const Schedule schedule = Schedule::load(*file);
    // Absolute: the program may change its directory before it reads the variable.
    invocation.exit_code =
        run_replay(filtered(invocation.command, schedule),
                   {{"COWEAVE_REPLAY", std::filesystem::absolute(*file).string()}}, *file);
  });
}

}  // namespace coweave::cli
