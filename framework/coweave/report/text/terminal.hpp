#pragma once

#include <cstddef>
#include <string_view>

#include "coweave/report/text/report_text.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave {

/// The columns of standard output: what the terminal says, else COLUMNS, else 80.
[[nodiscard]] std::size_t output_width();

/// Whether standard output is a terminal that shows colours and NO_COLOR (no-color.org) is not set.
[[nodiscard]] bool output_has_color();

/// UTF-8 if the locale's variables say so.
[[nodiscard]] Charset output_charset();

/// How a report on standard output is laid out: as wide as the terminal or COLUMNS say, else as
/// always.
[[nodiscard]] ReportStyle output_style();

}  // namespace coweave
