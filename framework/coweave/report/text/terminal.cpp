#include "coweave/report/text/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string>

namespace coweave {
namespace {

/// Empty if it is not set: the conventions behind these variables do not tell the two apart.
[[nodiscard]] std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// What the terminal says, else COLUMNS.
[[nodiscard]] std::optional<std::size_t> known_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  constexpr std::size_t most = 10'000;
  const std::string_view columns = variable("COLUMNS");
  std::size_t width = 0;
  const auto [end, error] = std::from_chars(columns.data(), columns.data() + columns.size(), width);
  const bool is_number = error == std::errc() && end == columns.data() + columns.size();
  if (!is_number || width == 0) return std::nullopt;
  return std::min(width, most);
}

}  // namespace

std::size_t output_width() {
  constexpr std::size_t fallback = 80;
  return known_width().value_or(fallback);
}

ReportStyle output_style() {
  ReportStyle style;
  style.width = known_width().value_or(style.width);
  style.charset = output_charset();
  return style;
}

bool output_has_color() {
  return ::isatty(STDOUT_FILENO) != 0 && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

Charset output_charset() {
  // The variables and not setlocale: a locale that is not installed still says what the terminal
  // shows.
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value(variable(name));
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const bool is_utf8 = value.find("utf-8") != value.npos || value.find("utf8") != value.npos;
    return is_utf8 ? Charset::utf8 : Charset::ascii;
  }
  return Charset::ascii;
}

}  // namespace coweave
