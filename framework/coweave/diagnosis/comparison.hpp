#pragma once

#include <cstddef>
#include <string>

#include "coweave/schedule/printable.hpp"
#include "coweave/schedule/schedule.hpp"

namespace coweave {

/// What two schedules have in common, and where they part.
struct Comparison {
  bool is_same = false;  ///< The same test, the same steps.
  std::size_t common =
      0;             ///< The first so many steps are the same; picks, where no steps are recorded.
  std::string text;  ///< For a person: both sides, and what the difference means.
};

/// Compares tasks by path, operations, objects by path, choices and what was ready; not places,
/// which an unrelated edit moves: it says that they moved. The names are those of the files, for
/// the text.
[[nodiscard]] Comparison compare(const Schedule& a, const std::string& name_of_a, const Schedule& b,
                                 const std::string& name_of_b);

}  // namespace coweave
