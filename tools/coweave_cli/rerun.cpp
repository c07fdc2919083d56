#include "rerun.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>

#include "coweave/core/error.hpp"
#include "coweave/schedule/printable.hpp"

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

/// A schedule whose failure the program survives: why it fails is found by many executions of it.
[[nodiscard]] Schedule load_survivable(const std::string& file) {
  Schedule schedule = Schedule::load(file);
  if (schedule.failure && schedule.failure->kind == FailureKind::crash)
    throw Error(
        printable(file) +
        ": expected a failure that the program survives, found a crash: its schedule can be shown, "
        "replayed and shrunk only");
  return schedule;
}

/// The program may change its directory before it reads the variable.
[[nodiscard]] std::string absolute(const std::string& file) {
  return std::filesystem::absolute(file).string();
}

}  // namespace

std::vector<std::string> filtered(std::vector<std::string> command, const Schedule& schedule) {
  if (is_googletest_name(schedule.test) && std::none_of(command.begin(), command.end(), is_filter))
    command.push_back("--gtest_filter=" + schedule.test);
  return command;
}

void become(std::vector<std::string> command, const Variables& variables) {
  for (const auto& [name, value] : variables)
    if (::setenv(name, value.c_str(), 1) != 0)
      throw Error("coweave: cannot set " + std::string(name) + ": " +
                  std::generic_category().message(errno));
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  ::execvp(arguments.front(), arguments.data());
  throw Error(printable(command.front()) +
              ": cannot be started: " + std::generic_category().message(errno));
}

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
    become(filtered(invocation.command, Schedule::load(given->file)),
           {{"COWEAVE_REPLAY", absolute(given->file)}, {"COWEAVE_SIMPLIFY", absolute(output)}});
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
      "program.");
  command->callback([file, &invocation] {
    must_have_program(invocation, "explain", "FILE");
    become(filtered(invocation.command, load_survivable(*file)),
           {{"COWEAVE_REPLAY", absolute(*file)}, {"COWEAVE_EXPLAIN", "on"}});
  });
}

}  // namespace coweave::cli
