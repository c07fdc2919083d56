#pragma once

#include <cstddef>
#include <string>

#include "coweave/exploration/report.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave {

/// How a report is laid out as text.
struct ReportStyle {
  std::size_t width = 102;          ///< Columns of the drawing; at least 40 are used.
  Charset charset = Charset::utf8;  ///< `ascii`: everything else is escaped.
};

/// What `<<` prints, in another layout: terminal.hpp has that of standard output.
[[nodiscard]] std::string to_text(const Report& report, const ReportStyle& style);

}  // namespace coweave
