#pragma once

#include <string>

namespace coweave {

/// A probability for a person, never less than it is: "0.125", "0.001", then "1e-4", "1e-5", ...
[[nodiscard]] std::string probability_text(double probability);

}  // namespace coweave
