#pragma once

// Internal to report/.

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace coweave::detail {

/// Some lines of a source file that follow each other.
struct SourceExcerpt {
  std::uint32_t first = 1;  ///< The number of the first line, from 1.
  std::vector<std::string> lines;
};

/// By file, as the schedule names it; the excerpts of a file in order.
using SourceExcerpts = std::map<std::string, std::vector<SourceExcerpt>>;

/// The lines `wanted`, by file, each with some around it. A schedule is somebody else's data: read
/// are regular files of at most a few MiB below `root`, by relative names, and nothing that a
/// symbolic link or `..` leads to outside of it. What cannot be read is left out.
[[nodiscard]] SourceExcerpts source_excerpts(
    const std::filesystem::path& root,
    const std::map<std::string, std::set<std::uint32_t>>& wanted);

}  // namespace coweave::detail
