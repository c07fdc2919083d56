#include "coweave/report/text/text_layout.hpp"

#include <algorithm>
#include <array>

namespace coweave {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

/// Characters that add to the one before them. By blocks: the C library's tables depend on the
/// locale, and a golden timeline must not.
constexpr std::array zero_width{Range{0x0300, 0x036F}, Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF},
                                Range{0x200B, 0x200D}, Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F},
                                Range{0xFE20, 0xFE2F}};

/// East Asian wide and full-width characters, and pictures.
constexpr std::array double_width{
    Range{0x1100, 0x115F},   Range{0x2E80, 0xA4CF},  Range{0xAC00, 0xD7A3}, Range{0xF900, 0xFAFF},
    Range{0xFE30, 0xFE4F},   Range{0xFF00, 0xFF60},  Range{0xFFE0, 0xFFE6}, Range{0x1F300, 0x1F64F},
    Range{0x1F900, 0x1FAFF}, Range{0x20000, 0x3FFFD}};

template <std::size_t n>
[[nodiscard]] bool is_in(const std::array<Range, n>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](Range range) { return c >= range.first && c <= range.last; });
}

[[nodiscard]] std::size_t width_of(char32_t c) {
  if (c < 0x300) return 1;
  if (is_in(zero_width, c)) return 0;
  return is_in(double_width, c) ? 2 : 1;
}

/// How many bytes of `text` fit into `width` columns; at least one character, so that a caller in a
/// loop comes to an end in any width.
[[nodiscard]] std::size_t fitting_bytes(std::string_view text, std::size_t width) {
  std::size_t bytes = 0;
  for (std::size_t used = 0; bytes < text.size();) {
    const CodePoint c = first_code_point(text.substr(bytes));
    used += width_of(c.value);
    if (used > width && bytes > 0) break;
    bytes += c.bytes;
  }
  return bytes;
}

/// Where to break a word of which `fits` bytes fit: behind a directory, else behind a part of a
/// name.
[[nodiscard]] std::size_t end_of_part(std::string_view text, std::size_t fits) {
  for (const std::string_view ends : {std::string_view("/"), std::string_view("_-,;)]}>#|")}) {
    const std::size_t last = text.substr(0, fits).find_last_of(ends);
    if (last != text.npos && last > 0) return last + 1;
  }
  return fits;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    width += width_of(c.value);
    text.remove_prefix(c.bytes);
  }
  return width;
}

std::string cut_to_width(std::string_view text, std::size_t width, Charset charset) {
  if (display_width(text) <= width) return std::string(text);
  const std::string_view ellipsis = charset == Charset::utf8 ? "\u2026" : "~";
  if (width <= 1) return std::string(ellipsis);
  return std::string(text.substr(0, fitting_bytes(text, width - 1))) + std::string(ellipsis);
}

std::vector<std::string> wrap(std::string_view text, std::size_t width, std::size_t hanging) {
  std::vector<std::string> lines;
  while (true) {
    const std::size_t used = lines.empty() ? 0 : std::min(hanging, width);
    const std::size_t fits = fitting_bytes(text, width - used);
    if (fits == text.size()) {
      lines.emplace_back(text);
      return lines;
    }
    // A space right behind what fits is a good break, too.
    const std::size_t space = text.rfind(' ', fits);
    const bool breaks_at_space = space != text.npos && space > 0;
    const std::size_t end = breaks_at_space ? space : end_of_part(text, fits);
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(breaks_at_space ? end + 1 : end);
  }
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace coweave
