#pragma once

#include <string_view>

namespace coweave {

/// Whether this process runs with the fault `name`: the value of the variable COWEAVE_MUTANT.
[[nodiscard]] bool is_mutant(std::string_view name);

namespace detail {
using coweave::is_mutant;
}
}  // namespace coweave
