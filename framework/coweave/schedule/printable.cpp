#include "coweave/schedule/printable.hpp"

#include <array>

namespace coweave {
namespace {

constexpr std::size_t quoted_characters = 60;

[[nodiscard]] std::uint32_t byte_at(std::string_view text, std::size_t index) {
  return static_cast<unsigned char>(text[index]);
}

/// Beyond the C0 and C1 controls: line and paragraph separators, marks and overrides of the
/// direction of writing (with which a text can show as another one), the byte order mark.
[[nodiscard]] bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

void append_hex(std::string& out, char32_t value, int digits) {
  constexpr std::string_view hex = "0123456789abcdef";
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += hex[(value >> shift) & 0xFU];
}

void append_escape(std::string& out, const CodePoint& c) {
  if (c.is_valid && c.value == '\n') {
    out += "\\n";
  } else if (c.is_valid && c.value == '\r') {
    out += "\\r";
  } else if (c.is_valid && c.value == '\t') {
    out += "\\t";
  } else if (!c.is_valid || c.value < 0x80) {
    out += "\\x";
    append_hex(out, c.value, 2);
  } else if (c.value < 0x10000) {
    out += "\\u";
    append_hex(out, c.value, 4);
  } else {
    out += "\\U";
    append_hex(out, c.value, 8);
  }
}

void append_printable(std::string& out, std::string_view character, const CodePoint& c,
                      Charset charset) {
  const bool shows =
      c.is_valid && !is_control(c.value) && (charset == Charset::utf8 || c.value < 0x80);
  if (shows)
    out += character;
  else
    append_escape(out, c);
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
  if (text.empty()) return {};
  const std::uint32_t lead = byte_at(text, 0);
  if (lead < 0x80) return {lead, 1, true};
  const CodePoint invalid{lead, 1, false};
  // Below 0xC2 stand continuation bytes and the leads of overlong forms, above 0xF4 nothing of
  // Unicode.
  if (lead < 0xC2 || lead > 0xF4) return invalid;
  const std::size_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() < bytes) return invalid;
  char32_t value = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const std::uint32_t next = byte_at(text, i);
    if ((next & 0xC0U) != 0x80) return invalid;
    value = (value << 6U) | (next & 0x3FU);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < least[bytes] || value > 0x10FFFF || is_surrogate) return invalid;
  return {value, bytes, true};
}

std::string printable(std::string_view text, Charset charset) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    append_printable(out, text.substr(0, c.bytes), c, charset);
    text.remove_prefix(c.bytes);
  }
  return out;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (std::size_t shown = 0; !text.empty(); ++shown) {
    if (shown == quoted_characters) return out + "...\"";
    const CodePoint c = first_code_point(text);
    append_printable(out, text.substr(0, c.bytes), c, Charset::utf8);
    text.remove_prefix(c.bytes);
  }
  return out + '"';
}

}  // namespace coweave
