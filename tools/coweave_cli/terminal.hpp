#pragma once

#include <cstddef>
#include <string_view>

#include "coweave/schedule/printable.hpp"

namespace coweave::cli {

/// The columns of standard output: what the terminal says, else COLUMNS, else 80.
[[nodiscard]] std::size_t output_width();

/// Whether standard output is a terminal that shows colours and NO_COLOR (no-color.org) is not set.
[[nodiscard]] bool output_has_color();

/// UTF-8 if the locale's variables say so.
[[nodiscard]] Charset output_charset();

}  // namespace coweave::cli
