#include "corpus.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "coweave/core/error.hpp"
#include "coweave/core/words.hpp"
#include "coweave/exploration/report.hpp"
#include "coweave/schedule/printable.hpp"
#include "coweave/schedule/schedule.hpp"
#include "rerun.hpp"

namespace coweave::cli {
namespace {

namespace fs = std::filesystem;
using State = CorpusEntry::State;

/// The schedules of a directory, sorted by name; other files are passed over.
[[nodiscard]] std::vector<fs::path> schedules_of(const std::string& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->path().extension() == ".json") files.push_back(entry->path());
  if (error) throw Error(printable(directory) + ": cannot be read: " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

/// Runs the program on the schedule, silently, and gives its status.
[[nodiscard]] int status_of_replay(const std::vector<std::string>& command,
                                   const Schedule& schedule, const fs::path& file) {
  const pid_t child = ::fork();
  if (child < 0)
    throw Error("coweave: cannot start a process: " + std::generic_category().message(errno));
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_RDWR);
    ::dup2(nowhere, STDIN_FILENO);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    try {
      become(filtered(command, schedule), {{"COWEAVE_REPLAY", fs::absolute(file).string()}});
    } catch (const Error&) {
      ::_exit(exit_usage);
    }
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      throw Error("coweave: cannot wait: " + std::generic_category().message(errno));
  return status;
}

/// By the exit codes that test binaries have; a signal is the crash that the schedule leads to.
[[nodiscard]] State state_of(int status, const std::vector<std::string>& command,
                             const fs::path& file) {
  if (WIFSIGNALED(status)) return State::open;
  switch (WEXITSTATUS(status)) {
    case exit_pass:
      return State::fixed;
    case exit_diverged:
      return State::stale;
    case exit_usage:
      throw Error(printable(command.front()) + ": expected it to replay " +
                  printable(file.string()) + ", found that it does not: see coweave replay");
    default:
      return State::open;
  }
}

[[nodiscard]] std::string line_of(const Schedule& schedule) {
  std::string text = printable(schedule.test);
  if (schedule.failure) {
    text += ": " + in_words(schedule.failure->kind);
    if (schedule.failure->place.known())
      text += " at " + printable(to_string(schedule.failure->place));
    text += ": " + quote(schedule.failure->message);
  }
  return text + ", " + counted(schedule.deviations(), "deviation");
}

struct Arguments {
  std::string directory;
  bool drops_fixed = false;
};

/// One line a file, with the state of each that is a schedule if there is a program to ask.
void go_through(const Arguments& given, const Invocation& invocation, bool prunes) {
  for (const fs::path& file : schedules_of(given.directory)) {
    std::optional<Schedule> schedule;
    try {
      schedule = Schedule::load(file);
    } catch (const Error& error) {
      std::cout << to_string(State::unreadable) << "  " << error.what() << '\n';
      continue;
    }
    std::string state;
    if (!invocation.command.empty()) {
      const State found =
          state_of(status_of_replay(invocation.command, *schedule, file), invocation.command, file);
      state = std::string(to_string(found)) + "  ";
      const bool is_dropped = found == State::stale || (found == State::fixed && given.drops_fixed);
      if (prunes && is_dropped) {
        std::error_code error;
        if (!fs::remove(file, error))
          throw Error(printable(file.string()) + ": cannot be deleted: " + error.message());
        state += "deleted  ";
      }
    }
    // At once: the next may take its time.
    std::cout << state << printable(file.string()) << "  " << line_of(*schedule) << '\n'
              << std::flush;
  }
}

}  // namespace

void add_corpus(CLI::App& app, Invocation& invocation) {
  const auto given = std::make_shared<Arguments>();
  CLI::App* corpus = app.add_subcommand("corpus", "What is in a directory of failing schedules");
  corpus->require_subcommand(1);
  CLI::App* list = corpus->add_subcommand("list", "One line a schedule, with its state");
  show_usage_with_program(*list, "DIR");
  list->add_option("DIR", given->directory, "The directory")->required();
  list->footer(
      "With a TEST_BINARY behind -- each schedule is replayed: open (it fails), fixed (it passes)\n"
      "or stale (the program does not follow it any more).");
  list->callback([given, &invocation] { go_through(*given, invocation, false); });
  CLI::App* prune = corpus->add_subcommand("prune", "Delete the schedules that are stale");
  show_usage_with_program(*prune, "DIR [--fixed]");
  prune->add_option("DIR", given->directory, "The directory")->required();
  prune->add_flag("--fixed", given->drops_fixed, "Delete those that pass, too");
  prune->footer(
      "Only files that are schedules and replay as such are deleted, each after its replay.");
  prune->callback([given, &invocation] {
    must_have_program(invocation, "prune", "DIR");
    go_through(*given, invocation, true);
  });
}

}  // namespace coweave::cli
