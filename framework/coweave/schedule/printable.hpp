#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace coweave {

/// What an output can show.
enum class Charset : std::uint8_t { utf8, ascii };

/// One code point at the start of a text, or one byte that begins none.
struct CodePoint {
  char32_t value = 0;     ///< The byte itself if not `is_valid`.
  std::size_t bytes = 0;  ///< 0 only for the empty text.
  bool is_valid = false;  ///< Well-formed UTF-8: no surrogate, nothing overlong.
};

/// Decodes the first code point of `text`.
[[nodiscard]] CodePoint first_code_point(std::string_view text);

/// `text` on one line, harmless to a terminal: control characters (also C1 and those that reverse
/// the direction of writing) and bytes that are not UTF-8 become escapes such as `\n`, `\x1b`,
/// `\u202e`; under `ascii` everything that is not ASCII does too. Idempotent.
[[nodiscard]] std::string printable(std::string_view text, Charset charset = Charset::utf8);

/// `"text"`, printable and cut to about 60 characters: material to quote in a message.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace coweave
