#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "coweave/exploration/report.hpp"

namespace coweave {

/// What a GitHub Actions job shows of a report, as workflow commands, one a line: an error at the place
/// of each failure (at `test`, where that is not known), and a warning at each await of its schedule at
/// which another task than the first in the queue was picked. Escaped. Empty for a report without
/// failures.
[[nodiscard]] std::vector<std::string> github_annotations(const Report& report,
                                                          const SourceLine& test);

/// A section of a job summary, in Markdown: the verdict, the story and the drawing of each failure. No
/// longer than `most` bytes: cut at the end of a line, and closed. Empty for a report without failures.
[[nodiscard]] std::string github_summary(const Report& report, std::size_t most);

}  // namespace coweave
