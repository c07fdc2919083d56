#pragma once

#include <cstddef>

#include "coweave/report/printing.hpp"

namespace coweave::detail {

/// What a continuous-integration service is told of the reports of this process: under GitHub
/// Actions (GITHUB_ACTIONS=true) at most ten annotations in all, and a line that counts the rest at
/// the end; in the file that GITHUB_STEP_SUMMARY names a section for each report that fails, as
/// long as it stays below 900 KiB. Nothing elsewhere.
class CiOutput {
 public:
  static CiOutput& of_process();

  void add(const Report& report, const SourceLine& test);
  /// At the end of all tests.
  void finish();

 private:
  CiOutput();

  bool annotates_ = false;
  std::size_t shown_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace coweave::detail
