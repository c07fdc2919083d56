#pragma once

#include <iosfwd>
#include <string>

#include "coweave/exploration/report.hpp"

namespace coweave {

/// Prints the whole report for a person: plain text, no colours.
std::ostream& operator<<(std::ostream& out, const Report& report);
/// Prints what the report says about one failure.
std::ostream& operator<<(std::ostream& out, const Failure& failure);

/// Returns the whole report as JSON text.
[[nodiscard]] std::string to_json(const Report& report);

}  // namespace coweave
