#include "coweave/gtest/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>

#include "coweave/core/error.hpp"
#include "coweave/gtest/mistyped.hpp"
#include "coweave/schedule/file/schedule_file_names.hpp"
#include "coweave/schedule/printable.hpp"
#include "coweave/strategy/registry.hpp"

namespace coweave::detail {
namespace {

constexpr std::string_view flag_prefix = "--coweave_";
constexpr std::string_view flag_beginning = "--coweave";  // No other flag is meant.
constexpr std::string_view default_schedule_dir = "coweave-schedules";

[[noreturn]] void reject(std::string_view source, const std::string& expected,
                         std::string_view found) {
  throw Error(std::string(source) + ": expected " + expected + ", found " + quote(found));
}

/// All of `text` as a decimal number.
std::optional<std::uint64_t> number_from(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// "30s", "500ms" or "2m"; at least one of its units, and no more than nanoseconds can count.
std::optional<std::chrono::nanoseconds> time_from(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::chrono::nanoseconds length;
  };
  constexpr std::array<Unit, 3> units{Unit{"ms", std::chrono::milliseconds(1)},
                                      Unit{"s", std::chrono::seconds(1)},
                                      Unit{"m", std::chrono::minutes(1)}};
  for (const Unit& unit : units) {
    if (!text.ends_with(unit.name)) continue;
    const auto number = number_from(text.substr(0, text.size() - unit.name.size()));
    if (!number) continue;
    const auto most =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / unit.length.count());
    if (*number == 0 || *number > most) return std::nullopt;
    return unit.length * static_cast<std::int64_t>(*number);
  }
  return std::nullopt;
}

void read_replay(std::string_view text, std::string_view source, Settings& settings) {
  if (text.empty()) reject(source, "the name of a schedule file", text);
  settings.replay = text;
}

void read_seed(std::string_view text, std::string_view source, Settings& settings) {
  settings.seed = number_from(text);
  if (!settings.seed) reject(source, "a number from 0 to 18446744073709551615", text);
}

void read_strategy(std::string_view text, std::string_view source, Settings& settings) {
  try {
    settings.strategy = strategy_named(text);
  } catch (const Error& error) {
    std::string_view line = error.what();
    constexpr std::string_view subject = "strategy";
    if (line.starts_with(subject)) line.remove_prefix(subject.size());
    throw Error(std::string(source) + std::string(line));
  }
}

void read_budget(std::string_view text, std::string_view source, Settings& settings) {
  std::optional<std::uint64_t> schedules;
  std::optional<std::chrono::nanoseconds> time;
  const auto reject_it = [&] {
    reject(source,
           "a number of schedules (5000), a time (500ms, 30s, 2m) or one of each (5000,30s)", text);
  };
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    if (const auto number = number_from(part); number && *number != 0 && !schedules) {
      schedules = number;
    } else if (const auto length = time_from(part); length && !time) {
      time = length;
    } else {
      reject_it();
    }
    begin = end + 1;
  }
  if (schedules) settings.max_schedules = schedules;
  if (time) settings.max_time = time;
}

void read_max_memory(std::string_view text, std::string_view source, Settings& settings) {
  struct Unit {
    std::string_view name;
    std::uint32_t bits;
  };
  settings.max_memory.reset();
  for (const Unit unit : {Unit{"MiB", 20}, Unit{"GiB", 30}}) {
    if (!text.ends_with(unit.name)) continue;
    const auto number = number_from(text.substr(0, text.size() - unit.name.size()));
    if (number && *number != 0 && *number < std::uint64_t{1} << (64 - unit.bits))
      settings.max_memory = *number << unit.bits;
  }
  if (!settings.max_memory) reject(source, "a number of bytes (512MiB, 4GiB)", text);
}

void read_schedule_dir(std::string_view text, std::string_view source, Settings& settings) {
  if (text.empty()) reject(source, "the name of a directory", text);
  settings.schedule_dir = text;
}

/// The value that the word stands for.
template <class Value, std::size_t count>
Value read_word(const std::array<std::pair<std::string_view, Value>, count>& words,
                std::string_view text, std::string_view source) {
  std::string expected;
  for (std::size_t i = 0; i < count; ++i) {
    if (words[i].first == text) return words[i].second;
    expected += (i == 0 ? "" : i + 1 == count ? " or " : ", ") + std::string(words[i].first);
  }
  reject(source, expected, text);
}

constexpr std::array<std::pair<std::string_view, bool>, 2> on_or_off{
    {{"on", true}, {"off", false}}};

void read_corpus(std::string_view text, std::string_view source, Settings& settings) {
  constexpr std::array<std::pair<std::string_view, Corpus>, 3> words{
      {{"replay", Corpus::replay}, {"prune", Corpus::prune}, {"ignore", Corpus::ignore}}};
  settings.corpus = read_word(words, text, source);
}

void read_crashes(std::string_view text, std::string_view source, Settings& settings) {
  settings.saves_crashes = read_word(on_or_off, text, source);
}

void read_stuck_after(std::string_view text, std::string_view source, Settings& settings) {
  settings.stuck_after = text == "off" ? std::chrono::nanoseconds(0) : time_from(text);
  if (!settings.stuck_after) reject(source, "a time (500ms, 30s, 2m) or off", text);
}

void read_checkpoint(std::string_view text, std::string_view source, Settings& settings) {
  if (text.empty()) reject(source, "the name of a directory", text);
  settings.checkpoint_dir = text;
}

void read_progress(std::string_view text, std::string_view source, Settings& settings) {
  settings.shows_progress = read_word(on_or_off, text, source);
}

void read_simplify(std::string_view text, std::string_view source, Settings& settings) {
  if (text.empty()) reject(source, "the name of a file", text);
  settings.simplify = text;
}

void read_explain(std::string_view text, std::string_view source, Settings& settings) {
  settings.explains = read_word(on_or_off, text, source);
}

void read_html(std::string_view text, std::string_view source, Settings& settings) {
  if (text.empty()) reject(source, "1, off or the name of a directory", text);
  settings.writes_html = text != "off";
  settings.html_dir = text == "1" || text == "off" ? std::string_view() : text;
}

/// A setting, by flag and by environment variable.
struct Setting {
  std::string_view name;  // Of the flag, after the prefix.
  const char* variable;
  void (*read)(std::string_view text, std::string_view source, Settings& settings);
  std::string_view value;
  std::string_view help;
};

constexpr std::array<Setting, 14> all_settings{
    Setting{"replay", "COWEAVE_REPLAY", read_replay, "FILE",
            "Run only the test that this schedule file names, as the one execution in it."},
    Setting{"seed", "COWEAVE_SEED", read_seed, "NUMBER", "The seed of random strategies."},
    Setting{"strategy", "COWEAVE_STRATEGY", read_strategy, "NAME", "How to explore: one of "},
    Setting{"budget", "COWEAVE_BUDGET", read_budget, "BUDGET",
            "Schedules (5000), time (500ms, 30s, 2m) or both (5000,30s) for each test."},
    Setting{"max_memory", "COWEAVE_MAX_MEMORY", read_max_memory, "BYTES",
            "What a search may keep (512MiB, 4GiB); 2GiB by default, or half of the machine's."},
    Setting{"schedule_dir", "COWEAVE_SCHEDULE_DIR", read_schedule_dir, "DIRECTORY",
            "Where failing schedules are saved; without it, coweave-schedules."},
    Setting{"corpus", "COWEAVE_CORPUS", read_corpus, "replay|prune|ignore",
            "What becomes of the schedules that are there: they are replayed first (the default),\n"
            "      also deleted when they pass, or left alone."},
    Setting{"crashes", "COWEAVE_CRASHES", read_crashes, "on|off",
            "Save the schedule of an execution that ends the process; on by default."},
    Setting{
        "stuck_after", "COWEAVE_STUCK_AFTER", read_stuck_after, "TIME|off",
        "End the process when a step has not ended after so long (500ms, 30s); 10s by default."},
    Setting{"checkpoint", "COWEAVE_CHECKPOINT", read_checkpoint, "DIRECTORY",
            "Where searches that a limit ends leave their position, and go on from the next time."},
    Setting{"progress", "COWEAVE_PROGRESS", read_progress, "on|off",
            "Tell how far long explorations are, on the standard error stream; on by default."},
    Setting{"simplify", "COWEAVE_SIMPLIFY", read_simplify, "FILE",
            "With a replay that fails: save a simpler schedule of the same failure as FILE."},
    Setting{"explain", "COWEAVE_EXPLAIN", read_explain, "on|off",
            "With a replay that fails: explain it by further executions; off by default."},
    Setting{"html", "COWEAVE_HTML", read_html, "1|off|DIRECTORY",
            "Draw each failure as an HTML page, beside its schedule file (1) or in DIRECTORY."}};

std::string flag_names() {
  std::string names;
  for (const Setting& setting : all_settings)
    names +=
        (names.empty() ? "" : ", ") + std::string(flag_prefix) + std::string(setting.name) + "=";
  return names;
}

/// "; is --coweave_seed= meant?", or nothing.
std::string meant_by(std::string_view flag) {
  std::string_view name = flag.substr(flag_beginning.size());
  if (name.starts_with('_') || name.starts_with('-')) name.remove_prefix(1);
  const std::string meant = nearest(name, setting_names());
  return meant.empty() ? "" : "; is " + std::string(flag_prefix) + meant + "= meant?";
}

void read_flag(std::string_view argument, Settings& settings) {
  const std::size_t equals = argument.find('=');
  const std::string_view flag = argument.substr(0, equals);
  const std::string_view name =
      flag.starts_with(flag_prefix) ? flag.substr(flag_prefix.size()) : std::string_view();
  const auto setting =
      std::find_if(all_settings.begin(), all_settings.end(),
                   [name](const Setting& candidate) { return candidate.name == name; });
  if (setting == all_settings.end() || equals == std::string_view::npos)
    throw Error("flags: expected one of " + flag_names() + ", found " + quote(argument) +
                meant_by(flag));
  setting->read(argument.substr(equals + 1), argument.substr(0, equals), settings);
}

}  // namespace

Options Settings::applied_to(Options of_test, std::string_view test) const {
  if (seed) of_test.seed = *seed;
  if (strategy) of_test.strategy = *strategy;
  if (max_schedules) of_test.max_schedules = *max_schedules;
  if (max_time) of_test.max_time = *max_time;
  if (max_memory) of_test.max_memory = *max_memory;
  if (!schedule_dir.empty()) of_test.schedule_dir = schedule_dir;
  if (of_test.schedule_dir.empty()) of_test.schedule_dir = default_schedule_dir;
  if (corpus) {
    of_test.corpus = *corpus;
  } else if (of_test.corpus == Corpus::ignore) {
    of_test.corpus = Corpus::replay;
  }
  of_test.save_crashes = of_test.save_crashes && saves_crashes;
  if (stuck_after) of_test.stuck_after = *stuck_after;
  of_test.interruptible = true;
  if (!checkpoint_dir.empty()) {
    of_test.checkpoint = checkpoint_file(checkpoint_dir, test);
  }
  return of_test;
}

Settings settings_from_environment(const ReadVariable& variable) {
  Settings settings;
  for (const Setting& setting : all_settings) {
    const char* const text = variable(setting.variable);
    if (text != nullptr && *text != '\0') setting.read(text, setting.variable, settings);
  }
  return settings;
}

void take_flags(int& argc, char** argv, Settings& settings) {
  int kept = std::min(argc, 1);  // The program's name is no flag.
  for (int i = kept; i < argc; ++i) {
    if (std::string_view(argv[i]).starts_with(flag_beginning)) {
      read_flag(argv[i], settings);
    } else {
      argv[kept++] = argv[i];
    }
  }
  if (kept < argc) argv[kept] = nullptr;
  argc = kept;
}

std::vector<std::string> setting_names() {
  std::vector<std::string> names;
  names.reserve(std::size(all_settings));
  for (const Setting& setting : all_settings) names.emplace_back(setting.name);
  return names;
}

std::string flags_help() {
  std::string help =
      "Coweave explores the tests of the COWEAVE_TEST family. Each flag is also an environment\n"
      "variable; the flag wins.\n\n";
  for (const Setting& setting : all_settings) {
    help += "  " + std::string(flag_prefix) + std::string(setting.name) + "=" +
            std::string(setting.value) + " (" + setting.variable + ")\n      " +
            std::string(setting.help);
    if (setting.read == read_strategy) help += strategy_names() + ".";
    help += "\n";
  }
  return help +
         "\nExit codes: 0 passed, 1 a test failed, 2 bad usage or bad file, 3 a replay left "
         "its schedule,\n130 interrupted by SIGINT, 143 by SIGTERM, 129 by SIGHUP.\n";
}

}  // namespace coweave::detail
