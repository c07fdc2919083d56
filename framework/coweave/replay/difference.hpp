#pragma once

#include <optional>
#include <string>

#include "coweave/schedule/trace.hpp"

namespace coweave::detail {

/// The first step at which two executions of the same picks part.
struct Difference {
  std::size_t step = 0;  ///< Index into the steps of both traces.
  std::string recorded;  ///< What the first trace has there.
  std::string found;     ///< What the second has.
};

/// Compares tasks by path, operations, objects by path, and choices; not places, which an unrelated
/// edit moves, nor what else was ready.
[[nodiscard]] std::optional<Difference> first_difference(const Trace& recorded, const Trace& found);

}  // namespace coweave::detail
