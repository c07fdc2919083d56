#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "coweave/core/injections.hpp"
#include "coweave/runtime/context.hpp"

namespace coweave {
class Strategy;
}

namespace coweave::detail {

class AccessLog;
class Execution;
class Recorder;

/// What every run of an execution needs to know besides its body and its strategy.
struct ExecutionOptions {
  AwaitPoints await_points = AwaitPoints::every;
  std::uint64_t max_steps = 10'000;
  std::string source_root;
  Injections injections = {};
  /// How long an execution in which nothing can go on waits for other threads of the process, in
  /// real time and at most. It does not wait if there are none.
  std::chrono::nanoseconds patience = std::chrono::seconds(10);
};

/// What one run may have besides a body and a strategy.
struct RunOptions {
  Recorder* recorder = nullptr;  ///< Where to write the trace, if anywhere.
  /// Where the steps log what they access, or null; see Capabilities::accesses. Must be null if
  /// `recorder` is set.
  AccessLog* accesses = nullptr;
  /// The loop where no trace is written, no access noted and nothing injected; null: the loop under
  /// any strategy.
  void (Execution::*loop)(Strategy&, Context&) = nullptr;
};

}  // namespace coweave::detail
