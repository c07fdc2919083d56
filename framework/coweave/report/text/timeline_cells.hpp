#pragma once

// Internal to report/.

#include <cstddef>
#include <string>
#include <vector>

#include "coweave/report/text/timeline_pen.hpp"

namespace coweave::detail {

/// A line of a cell.
struct CellLine {
  std::string text;
  Tone tone = Tone::plain;
};

/// Cells are narrow: directories are left out where file names alone tell the files apart.
[[nodiscard]] Schedule with_bare_file_names(Schedule schedule);

/// Whether a drawing says what a step did: a spawn is told by the first step of the new task, which
/// says where it was spawned; what an injection does to its own task, by its name.
[[nodiscard]] bool is_told(const TraceStep& step, const TraceEffect& effect);

/// The file that most places of the steps lie in; empty if there is none. Leaves it out of `trace`:
/// of "bank.cpp:14" stays ":14".
[[nodiscard]] std::string leave_out_main_file(Trace& trace);

/// What a step says before it is wrapped: what it resumes from, then what it does.
[[nodiscard]] std::vector<CellLine> cell_of(const Trace& trace, std::size_t step, Tone tone,
                                            Charset charset);

/// The same in lines of at most `width` columns.
[[nodiscard]] std::vector<CellLine> wrapped(const std::vector<CellLine>& cell, std::size_t width);

}  // namespace coweave::detail
