#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coweave/exploration/options.hpp"

namespace coweave::detail {

/// What a person asks of a test run from outside, by environment variables (COWEAVE_SEED) and flags
/// (--coweave_seed). They apply to tests of the COWEAVE_TEST family. An explicit explore() keeps
/// what its code says: such a call is often pinned to a seed or a count, and a variable that is set
/// for one test must not turn the others red.
struct Settings {
  std::filesystem::path replay;  ///< Schedule file; empty: none.
  std::optional<std::uint64_t> seed;
  std::optional<StrategyRecipe> strategy;
  std::optional<std::uint64_t>
      max_schedules;  ///< A budget sets what it names, the other limit stays.
  std::optional<std::chrono::nanoseconds> max_time;
  std::optional<std::uint64_t> max_memory;  ///< In bytes.
  std::filesystem::path schedule_dir;       ///< Empty: that of the test, else "coweave-schedules".
  std::optional<Corpus> corpus;             ///< Without it: replay, unless the test says otherwise.
  bool saves_crashes = true;
  std::optional<std::chrono::nanoseconds> stuck_after;  ///< 0: never.
  std::filesystem::path checkpoint_dir;                 ///< Empty: nothing is left there.
  bool shows_progress = true;      ///< Of explorations that take longer than a second.
  std::filesystem::path simplify;  ///< Where a replay that fails saves a simpler schedule.
  bool explains = false;           ///< A replay that fails, too.
  bool writes_html = false;        ///< A page of each failure ...
  std::filesystem::path html_dir;  ///< ... in there; empty: beside its schedule.

  /// The options of a test, changed where these settings say so. `test`: its name, for files.
  [[nodiscard]] Options applied_to(Options of_test, std::string_view test = {}) const;
};

/// The value of an environment variable, or null: std::getenv, in tests something else.
using ReadVariable = std::function<const char*(const char* name)>;

/// From COWEAVE_REPLAY, COWEAVE_SEED and so on, as flags_help() lists them; an empty variable
/// counts as unset. Throws Error with one line, "COWEAVE_SEED: expected ..., found
/// ...".
[[nodiscard]] Settings settings_from_environment(const ReadVariable& variable);

/// Takes the flags that begin with "--coweave_" out of the arguments of main(); they win over what
/// `settings` has. Throws Error with one line for a bad value and for a flag that does not exist
/// ("--coweave-seed=1"), which names the one that is meant, if any;
/// some arguments may have been taken then.
void take_flags(int& argc, char** argv, Settings& settings);

/// The names of the flags without their prefix, "seed"; the variables have them in capitals.
[[nodiscard]] std::vector<std::string> setting_names();

/// What --help prints of the flags.
[[nodiscard]] std::string flags_help();

}  // namespace coweave::detail
