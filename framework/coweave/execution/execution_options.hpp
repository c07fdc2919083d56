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
  /// Real time that an execution in which nothing can go on gives to other threads of the process,
  /// if there are any; at most.
  std::chrono::nanoseconds patience = std::chrono::seconds(10);
};

/// What one run may have besides a body and a strategy.
struct RunOptions {
  Recorder* recorder = nullptr;  ///< Where to write the trace, if anywhere.
  /// Where the steps note what they access, if anywhere; see Capabilities::accesses. Not with a
  /// recorder.
  AccessLog* accesses = nullptr;
  /// The loop where no trace is written, no access noted and nothing injected; null: the loop under
  /// any strategy.
  void (Execution::*loop)(Strategy&, Context&) = nullptr;
};

}  // namespace coweave::detail
