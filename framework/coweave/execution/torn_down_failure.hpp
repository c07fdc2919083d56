#pragma once

#include <string>
#include <utility>

#include "coweave/execution/execution_failure.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave::detail {

/// The failure of an execution that is being torn down, for a signal handler: what a destructor
/// does then, be it to end the process, cannot take the failure away. Empty at all other times.
class TornDownFailure {
 public:
  /// The execution ends with `failure`, and is torn down next.
  void begin(const ExecutionFailure& failure) {
    failure_ = printable(std::string(to_string(failure.kind)) + ": " + failure.message);
    if (failure.place.known()) failure_ += " at " + printable(to_string(failure.place));
  }
  /// The schedule is saved in `file`; empty: nowhere.
  void set_schedule(std::string file) { schedule_ = std::move(file); }
  /// It is torn down.
  void end() noexcept {
    failure_.clear();
    schedule_.clear();
  }

  /// "deadlock: ... at bank.cpp:14", on one line.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  /// Where its schedule is saved; empty: nowhere.
  [[nodiscard]] const std::string& schedule() const { return schedule_; }

 private:
  std::string failure_;
  std::string schedule_;
};

}  // namespace coweave::detail
