#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "coweave/schedule/printable.hpp"

namespace coweave {

/// How many columns of a terminal `text` takes: none for combining marks, two for wide characters.
/// `text` is printable.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// `text` cut to `width` columns, the last of them an ellipsis if something is missing.
[[nodiscard]] std::string cut_to_width(std::string_view text, std::size_t width, Charset charset);

/// `text` in lines of at most `width` columns, all but the first `hanging` less, broken at spaces
/// where there are any; a word that is wider than a line behind `/`, `_`, `-` and the like, so that
/// what stands on a line is a word, too, and a line number stays with the end of its file. Never
/// empty.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width,
                                            std::size_t hanging = 0);

/// The lines of a text of several.
[[nodiscard]] std::vector<std::string_view> split_lines(std::string_view text);

}  // namespace coweave
