#include "rerun.hpp"

#include <filesystem>
#include <memory>

#include "coweave/schedule/schedule.hpp"
#include "program_run.hpp"

namespace coweave::cli {
namespace {

/// CLI11 would list what stands behind `--` as one more positional argument without the dashes.
class ProgramHelp final : public CLI::Formatter {
 public:
  explicit ProgramHelp(std::string what) : what_(std::move(what)) {}
  std::string make_usage(const CLI::App* /*app*/, std::string name) const override {
    return "Usage: " + name + " " + what_ + " -- TEST_BINARY [ARGS...]\n";
  }

 private:
  std::string what_;
};

/// The program may change its directory before it reads the variable.
[[nodiscard]] std::string absolute(const std::string& file) {
  return std::filesystem::absolute(file).string();
}

}  // namespace

void show_usage_with_program(CLI::App& command, const std::string& what) {
  command.formatter(std::make_shared<ProgramHelp>(what));
}

void must_have_program(const Invocation& invocation, const std::string& subcommand,
                       const std::string& last) {
  if (invocation.command.empty())
    throw CLI::ValidationError(subcommand,
                               "expected -- TEST_BINARY after " + last + ", found nothing");
}

void add_shrink(CLI::App& app, Invocation& invocation) {
  struct Arguments {
    std::string file;
    std::string output;
  };
  const auto given = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("shrink", "Make a failing schedule simpler");
  show_usage_with_program(*command, "FILE [-o OUT]");
  command->add_option("FILE", given->file, "The schedule")->required();
  command->add_option("-o,--output", given->output, "Where to save it; without it, in FILE");
  command->footer(
      "Replays the schedule; if it fails, saves the simplest schedule that fails alike: fewest\n"
      "deviations from production order, then fewest injections, then fewest steps. The exit code\n"
      "is that of the program: 1 it failed, 0 it passed, 3 it left the schedule; nothing is saved\n"
      "then. A crash is looked for in processes of their own, one for each execution.");
  command->callback([given, &invocation] {
    must_have_program(invocation, "shrink", "FILE");
    const std::string& output = given->output.empty() ? given->file : given->output;
    invocation.exit_code = run_replay(
        filtered(invocation.command, Schedule::load(given->file)),
        {{"COWEAVE_REPLAY", absolute(given->file)}, {"COWEAVE_SIMPLIFY", absolute(output)}},
        given->file);
  });
}

void add_explain(CLI::App& app, Invocation& invocation) {
  const auto file = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("explain", "Say why a schedule fails");
  show_usage_with_program(*command, "FILE");
  command->add_option("FILE", *file, "The schedule")->required();
  command->footer(
      "Replays the schedule; if it fails, finds by further executions which orders the failure\n"
      "needs, and the last step at which it could still have passed. The exit code is that of the\n"
      "program. A crash is explained by executions in processes of their own.");
  command->callback([file, &invocation] {
    must_have_program(invocation, "explain", "FILE");
    invocation.exit_code =
        run_replay(filtered(invocation.command, Schedule::load(*file)),
                   {{"COWEAVE_REPLAY", absolute(*file)}, {"COWEAVE_EXPLAIN", "on"}}, *file);
  });
}

}  // namespace coweave::cli
