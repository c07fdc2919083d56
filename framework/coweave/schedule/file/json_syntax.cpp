#include "coweave/schedule/file/json_syntax.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "coweave/core/error.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave::detail {
namespace {

struct Expectation {
  std::string_view complaint;  ///< A part of what nlohmann's parser says.
  std::string_view expected;   ///< What that means to the reader.
};

/// The first that occurs is the most specific one. The wording is that of nlohmann 3.11; should
/// another version word it differently, the last resort still names the place.
constexpr std::array expectations{
    Expectation{"ill-formed UTF-8", "valid UTF-8"},
    Expectation{"invalid BOM", "a byte order mark of UTF-8"},
    Expectation{"missing closing quote", "a closing quote"},
    Expectation{"control character", "an escaped control character"},
    Expectation{"forbidden character after backslash", "an escape sequence"},
    Expectation{"4 hex digits", "four hexadecimal digits after \\u"},
    Expectation{"surrogate", "a pair of surrogates"},
    Expectation{"expected digit", "a digit"},
    Expectation{"number overflow", "a number below 2^64"},
    Expectation{"; expected end of input", "the end of the text"},
    Expectation{"while parsing object key", "a key in quotes"},
    Expectation{"while parsing object separator", "':'"},
    Expectation{"while parsing object", "',' or '}'"},
    Expectation{"while parsing array", "',' or ']'"},
    Expectation{"", "a value"},
};

[[nodiscard]] std::string_view expected_by(std::string_view complaint) {
  return std::find_if(expectations.begin(), expectations.end(),
                      [&](const Expectation& known) {
                        return complaint.find(known.complaint) != complaint.npos;
                      })
      ->expected;
}

/// Where the string begins whose closing quote is at `offset`; a quote counts unless an odd number
/// of backslashes stands before it.
[[nodiscard]] std::size_t start_of_string(std::string_view text, std::size_t offset) {
  for (std::size_t quote = offset; quote > 0;) {
    quote = text.rfind('"', quote - 1);
    if (quote == text.npos) break;
    std::size_t backslashes = 0;
    while (backslashes < quote && text[quote - 1 - backslashes] == '\\') ++backslashes;
    if (backslashes % 2 == 0) return quote;
  }
  return offset;
}

/// Where the token of `text` that ends at `offset` begins: a word, a number or a string in full,
/// else the byte itself.
[[nodiscard]] std::size_t start_of_token(std::string_view text, std::size_t offset) {
  const auto is_word = [&](std::size_t i) {
    constexpr std::string_view others = "+-._";
    const char c = text[i];
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           others.find(c) != others.npos;
  };
  if (offset >= text.size()) return offset;
  if (text[offset] == '"') return start_of_string(text, offset);
  if (!is_word(offset)) return offset;
  while (offset > 0 && is_word(offset - 1)) --offset;
  return offset;
}

[[nodiscard]] std::string found_at(std::string_view text, std::size_t offset) {
  if (offset >= text.size()) return "the end of the text";
  if (text[offset] == '"') return "a string";
  const std::string_view rest = text.substr(offset);
  const std::size_t end = rest.find_first_of(" \t\r\n,:[]{}\"", 1);
  return quote(rest.substr(0, end));
}

}  // namespace

void fail_syntax(std::string_view text, std::string_view source, std::size_t read,
                 std::string_view complaint) {
  // The parser has read the byte that it did not expect, or the token. A token is named in full.
  std::size_t offset = std::min(read == 0 ? 0 : read - 1, text.size());
  if (complaint.find("invalid string") == complaint.npos) offset = start_of_token(text, offset);
  if (complaint.find("invalid literal") != complaint.npos && offset > 0) {
    // Of "nul}" it is the brace that is one too many, but the word that is wrong.
    const std::size_t word = start_of_token(text, offset - 1);
    if (std::string_view("tfn").find(text[word]) != std::string_view::npos) offset = word;
  }

  const std::string_view before = text.substr(0, offset);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0.
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  // Columns count characters, as editors do, not bytes.
  const auto column =
      1 + std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line_start), before.end(),
                        [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; });
  throw Error(printable(source) + ": line " + std::to_string(line) + ", column " +
              std::to_string(column) + ": expected " + std::string(expected_by(complaint)) +
              ", found " + found_at(text, offset));
}

}  // namespace coweave::detail
