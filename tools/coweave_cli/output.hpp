#pragma once

#include <string>
#include <string_view>

namespace coweave::cli {

/// Writes `text` to the file, whole, or to standard output if `file` is `-`. Throws Error.
void write_output(const std::string& file, std::string_view text);

}  // namespace coweave::cli
