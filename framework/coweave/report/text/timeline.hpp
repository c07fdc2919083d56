#pragma once

#include <cstddef>
#include <string>

#include "coweave/schedule/printable.hpp"
#include "coweave/schedule/schedule.hpp"

namespace coweave {

/// How a timeline is drawn.
struct TimelineStyle {
  std::size_t width = 80;           ///< Columns of the output; at least 20 are used.
  bool color = false;               ///< With ANSI escapes.
  Charset charset = Charset::utf8;  ///< `ascii` also draws the lines in ASCII.
  bool header = true;    ///< The test, its failure, the strategy and the deviations first.
  bool epilogue = true;  ///< The failure beneath its step; the explanation, the blocked tasks and
                         ///< the legend last.
  /// Steps drawn, about; 0: all. Those that the explanation and the diagnosis name are always kept,
  /// then the last ones up to the failure, and for the others it says how many they are.
  std::size_t most_steps = 0;
  std::string file = {};  ///< Of the schedule: where steps that are not drawn can be found.
};

/// The interleaving of a schedule for a person: time downwards, one column for every task that made
/// a step. A cell says what the task resumes from and, indented beneath, what it then does; `*`
/// marks a deviation, `*1` one that the failure needs, with the number of that need, `>>` the step
/// that failed, with the failure beneath; the tasks that were blocked at the end follow. Steps are
/// numbered from 1. Where the columns do not fit into the width there is one line for each step
/// instead. Nothing that comes from the schedule reaches a terminal as a control character. Ends
/// with a newline.
[[nodiscard]] std::string draw_timeline(const Schedule& schedule, const TimelineStyle& style = {});

}  // namespace coweave
