#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace coweave::detail {

/// The element of `names` that `name` is most likely meant to be: equal but for the case and at
/// most two letters that are missing, added, swapped or others, and no more than a third of them.
/// Empty: none. O(names * length^2).
[[nodiscard]] std::string nearest(std::string_view name, const std::vector<std::string>& names);

/// A line for each variable of `environment` (as environ has it) whose name begins with COWEAVE_,
/// is nearly that of a setting, and is none: it has no effect. Variables with other names are not
/// Coweave's, and nothing is said of them.
[[nodiscard]] std::vector<std::string> mistyped_variables(const char* const* environment);

/// A line for each argument that is a flag of Coweave's: under a main() that is not Coweave's it
/// has no effect.
[[nodiscard]] std::vector<std::string> flags_without_effect(
    const std::vector<std::string>& arguments);

/// Says both on the standard error stream, of this process.
void warn_of_mistyped_variables();
void warn_of_flags_without_effect();

}  // namespace coweave::detail
