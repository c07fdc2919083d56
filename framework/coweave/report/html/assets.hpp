#pragma once

// Internal to report/.

#include <string_view>

namespace coweave::detail::assets {

/// The files beside this one, as they were when Coweave was built: tools/cmake/embed_text.cmake.
[[nodiscard]] std::string_view page_html();
[[nodiscard]] std::string_view page_css();
[[nodiscard]] std::string_view page_js();  ///< All scripts, one after the other.

}  // namespace coweave::detail::assets
