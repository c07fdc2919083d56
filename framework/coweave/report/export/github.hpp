#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "coweave/exploration/report.hpp"

namespace coweave {

/// What a GitHub Actions job shows of a report, as workflow commands, one a line: an error at the
/// place of each failure (at `test`, where that is not known), and a warning at each await of its
/// schedule at which another task than the first in the queue was picked. Escaped. Empty for a
/// report without failures.
[[nodiscard]] std::vector<std::string> github_annotations(const Report& report,
                                                          const SourceLine& test);

/// Draws a schedule in the language of Markdown's mermaid blocks.
using MermaidDrawing = std::function<std::string(const Schedule&)>;

/// A section of a job summary, in Markdown: the whole story as the report tells it, then a drawing
/// of each failure if there is room. No longer than `most` bytes: the story is cut at the end of a
/// line. Empty for a report without failures.
[[nodiscard]] std::string github_summary(const Report& report, std::size_t most,
                                         const MermaidDrawing& drawing = {});

}  // namespace coweave
