#pragma once

#include <cstddef>
#include <string_view>

namespace coweave::detail {

/// Throws the Error for a text that is not JSON: `SOURCE: line 3, column 7: expected ..., found
/// ...`. `read` is how many bytes the parser had read, the offending one included; `complaint` is
/// what the parser says itself.
[[noreturn]] void fail_syntax(std::string_view text, std::string_view source, std::size_t read,
                              std::string_view complaint);

}  // namespace coweave::detail
