#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace coweave::detail {

/// All of a regular file of at most `most` bytes. Throws Error with one line that names the file.
[[nodiscard]] std::string read_whole_file(const std::filesystem::path& file, std::size_t most);

/// Writes the file whole (temporary name, then rename); creates its directory. What is no regular
/// file is never replaced. Throws Error.
void write_whole_file(const std::filesystem::path& file, std::string_view text);

}  // namespace coweave::detail
