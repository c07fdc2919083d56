#include "corpus.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "coweave/core/error.hpp"
#include "coweave/core/words.hpp"
#include "coweave/exploration/report.hpp"
#include "coweave/schedule/printable.hpp"
#include "coweave/schedule/schedule.hpp"
#include "program_run.hpp"
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

/// What became of a file. `other`: the program has not replayed it.
enum class Found : std::uint8_t { open, fixed, stale, other };

[[nodiscard]] std::string_view word_of(Found found) {
  switch (found) {
    case Found::open:
      return to_string(State::open);
    case Found::fixed:
      return to_string(State::fixed);
    case Found::stale:
      return to_string(State::stale);
    case Found::other:
      break;
  }
  return "other";
}

/// Whether one of the arguments is the program that has saved `schedule`: the first may be a tool
/// that starts it.
[[nodiscard]] bool may_replay(const std::vector<std::string>& command, const Schedule& schedule) {
  return schedule.program.empty() ||
         std::any_of(command.begin(), command.end(), [&schedule](const std::string& argument) {
           return printable(fs::path(argument).filename().string()) == schedule.program;
         });
}

/// By the exit codes that test binaries have; a signal is the crash that the schedule leads to.
[[nodiscard]] Found found_by_replay(const std::vector<std::string>& command,
                                    const Schedule& schedule, const fs::path& file) {
  if (!may_replay(command, schedule)) return Found::other;
  const ProgramEnd end =
      run_program(filtered(command, schedule), {{"COWEAVE_REPLAY", fs::absolute(file).string()}},
                  Streams::silent);
  if (!end.has_replayed) return Found::other;
  if (WIFSIGNALED(end.status)) return Found::open;
  switch (WEXITSTATUS(end.status)) {
    case exit_pass:
      return Found::fixed;
    case exit_diverged:
      return Found::stale;
    case exit_usage:
      return Found::other;
    default:
      return Found::open;
  }
}

[[nodiscard]] std::string line_of(const Schedule& schedule) {
  std::string text = printable(schedule.test);
  if (!schedule.program.empty()) text += " of " + printable(schedule.program);
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
  std::size_t schedules = 0;
  std::size_t replayed = 0;
  for (const fs::path& file : schedules_of(given.directory)) {
    std::optional<Schedule> schedule;
    try {
      schedule = Schedule::load(file);
    } catch (const Error& error) {
      std::cout << to_string(State::unreadable) << "  " << error.what() << '\n';
      continue;
    }
    std::string state;
    ++schedules;
    if (!invocation.command.empty()) {
      const Found found = found_by_replay(invocation.command, *schedule, file);
      if (found != Found::other) ++replayed;
      state = std::string(word_of(found)) + "  ";
      const bool is_dropped = found == Found::stale || (found == Found::fixed && given.drops_fixed);
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
  if (!invocation.command.empty() && schedules > 0 && replayed == 0)
    throw Error(printable(invocation.command.front()) + ": expected it to replay " +
                counted(schedules, "schedule") +
                ", found that it replays none: see coweave replay");
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
      "stale (the program does not follow it any more) or other (the program does not replay it:\n"
      "another one has saved it).");
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
