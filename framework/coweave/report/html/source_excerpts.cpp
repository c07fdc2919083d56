#include "coweave/report/html/source_excerpts.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <system_error>

#include "coweave/schedule/printable.hpp"

namespace coweave::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t lines_around = 4;
constexpr std::size_t longest_line = 240;  // Bytes.
constexpr std::size_t most_lines = 4'000;  // Of all excerpts.
constexpr std::size_t most_files = 200;
constexpr std::uintmax_t most_bytes = 4U << 20U;  // Of a file.

/// The file that `name` means, if it may be read.
std::optional<fs::path> find(const fs::path& canonical_root, const std::string& name) {
  const fs::path relative(name);
  if (name.empty() || name.find('\0') != name.npos || !relative.is_relative()) return std::nullopt;
  std::error_code error;
  fs::path file = fs::canonical(canonical_root / relative, error);
  if (error) return std::nullopt;
  const auto [end, rest] =
      std::mismatch(canonical_root.begin(), canonical_root.end(), file.begin(), file.end());
  if (end != canonical_root.end()) return std::nullopt;
  if (!fs::is_regular_file(file, error) || fs::file_size(file, error) > most_bytes || error)
    return std::nullopt;
  return file;
}

/// Tabs as spaces, control characters as escapes, cut where it is very long.
std::string tidy(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::string text;
  for (const char c : line.substr(0, longest_line)) {
    if (c == '\t')
      text.append(4 - text.size() % 4, ' ');
    else
      text += c;
  }
  // A cut may have gone through a character.
  if (line.size() > longest_line)
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80U) != 0) text.pop_back();
  return printable(text) + (line.size() > longest_line ? " ..." : "");
}

std::vector<SourceExcerpt> read(const fs::path& file, const std::set<std::uint32_t>& wanted,
                                std::size_t& lines_left) {
  std::vector<SourceExcerpt> excerpts;
  std::ifstream in(file, std::ios::binary);
  auto next = wanted.begin();
  std::string line;
  for (std::uint32_t number = 1; lines_left > 0 && std::getline(in, line); ++number) {
    while (next != wanted.end() && *next + std::uint64_t{lines_around} < number) ++next;
    if (next == wanted.end()) break;
    if (number + lines_around < *next) continue;
    if (excerpts.empty() || excerpts.back().first + excerpts.back().lines.size() != number)
      excerpts.push_back({number, {}});
    excerpts.back().lines.push_back(tidy(line));
    --lines_left;
  }
  return excerpts;
}

}  // namespace

SourceExcerpts source_excerpts(const fs::path& root,
                               const std::map<std::string, std::set<std::uint32_t>>& wanted) {
  SourceExcerpts excerpts;
  if (root.empty()) return excerpts;
  std::error_code error;
  const fs::path canonical_root = fs::canonical(root, error);
  if (error) return excerpts;
  std::size_t lines_left = most_lines;
  std::size_t files_left = most_files;
  for (const auto& [name, lines] : wanted) {
    if (files_left-- == 0) break;
    const std::optional<fs::path> file = find(canonical_root, name);
    if (!file) continue;
    std::vector<SourceExcerpt> found = read(*file, lines, lines_left);
    if (!found.empty()) excerpts.emplace(name, std::move(found));
  }
  return excerpts;
}

}  // namespace coweave::detail
