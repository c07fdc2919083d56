#include "coweave/gtest/mistyped.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <string>

#include "coweave/exploration/test_environment.hpp"
#include "coweave/gtest/settings.hpp"
#include "coweave/replay/replay_notice.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave::detail {
namespace {

constexpr std::string_view variable_prefix = "COWEAVE_";

/// How many letters have to be added, removed, changed or swapped with their neighbour to make `b`
/// of `a`.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = row;
  }
  return last[b.size()];
}

std::string in_capitals(std::string_view text) {
  std::string capitals(text);
  std::transform(capitals.begin(), capitals.end(), capitals.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return capitals;
}

/// The variables of all settings, without the prefix.
std::vector<std::string> known_variables() {
  std::vector<std::string> names;
  for (const std::string& name : setting_names()) names.push_back(in_capitals(name));
  names.emplace_back(std::string_view(replay_notice_variable).substr(variable_prefix.size()));
  return names;
}

bool is_in_death_test() {
  return test_environment.is_to_die != nullptr && test_environment.is_to_die();
}

void say(const std::vector<std::string>& lines) {
  if (is_in_death_test()) return;  // Its parent has said so.
  for (const std::string& line : lines)
    std::fprintf(stderr, "coweave: %s\n", printable(line).c_str());
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& names) {
  constexpr std::size_t most = 2;
  const std::string wanted = in_capitals(name);
  std::string best;
  std::size_t best_distance = most + 1;
  for (const std::string& candidate : names) {
    const std::size_t found = distance(wanted, in_capitals(candidate));
    if (found < best_distance && found * 3 <= candidate.size()) {
      best = candidate;
      best_distance = found;
    }
  }
  return best;
}

std::vector<std::string> mistyped_variables(const char* const* environment) {
  const std::vector<std::string> known = known_variables();
  std::vector<std::string> lines;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view variable = *environment;
    const std::string_view name = variable.substr(0, variable.find('='));
    if (!name.starts_with(variable_prefix)) continue;
    const std::string_view setting = name.substr(variable_prefix.size());
    if (std::find(known.begin(), known.end(), setting) != known.end()) continue;
    if (const std::string meant = nearest(setting, known); !meant.empty())
      lines.push_back("the variable " + std::string(name) + " has no effect; is " +
                      std::string(variable_prefix) + meant + " meant?");
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> flags_without_effect(const std::vector<std::string>& arguments) {
  std::vector<std::string> lines;
  for (const std::string& argument : arguments)
    if (argument.starts_with("--coweave"))
      lines.push_back("the flag " + argument.substr(0, argument.find('=')) +
                      " has no effect: main() is not Coweave's; use the environment variable, or "
                      "link coweave::gtest_main");
  return lines;
}

void warn_of_mistyped_variables() { say(mistyped_variables(::environ)); }

void warn_of_flags_without_effect() {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(in, argument, '\0');) arguments.push_back(argument);
  say(flags_without_effect(arguments));
}

}  // namespace coweave::detail
