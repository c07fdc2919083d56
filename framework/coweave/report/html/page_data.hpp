#pragma once

// Internal to report/.

#include <string>

#include "coweave/report/html/html.hpp"

namespace coweave::detail {

/// What the scripts of a page draw, as JSON that may stand within a script element: texts, not the
/// schedule itself, so that the words of a page are those of every other report. model.js reads it.
[[nodiscard]] std::string page_data(const Schedule& schedule, const HtmlOptions& options);

}  // namespace coweave::detail
