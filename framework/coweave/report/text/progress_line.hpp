#pragma once

#include <chrono>
#include <cstdio>
#include <string>

#include "coweave/exploration/progress.hpp"

namespace coweave {

/// "Pool.Closes: bounded: 120000 schedules, 48000 a second, 30% of about 4.0e+05, all of at most 2
/// deviations, 3 s of 10 s".
[[nodiscard]] std::string to_string(const Progress& progress);

/// Tells a person how far an exploration is, for Options::progress: on a terminal in one line that
/// is rewritten and erased at the end, elsewhere in a line every ten seconds. Silent for the first
/// second.
class ProgressLine {
 public:
  /// `out` must outlive it. `columns`: of the terminal; 0: it is none.
  ProgressLine(std::FILE* out, std::size_t columns) : out_(out), columns_(columns) {}
  ~ProgressLine() { erase(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress);
  void erase();

 private:
  std::FILE* out_;
  std::size_t columns_;
  std::chrono::nanoseconds shown_at_{};
  bool is_shown_ = false;
};

/// How wide the terminal behind `file` is; 0 if it is none, or one that cannot rewrite a line.
[[nodiscard]] std::size_t terminal_columns(std::FILE* file);

}  // namespace coweave
