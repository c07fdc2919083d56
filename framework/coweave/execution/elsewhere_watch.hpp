#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>

#include "coweave/execution/end_report.hpp"
#include "coweave/execution/foreign_proxies.hpp"

namespace coweave::detail {

/// Watches other threads of the process: tells whether there are any, waits for them where an
/// execution cannot go on, and turns what they did to the execution into failures.
class ElsewhereWatch {
 public:
  /// `patience`: see ExecutionOptions. Threads that the process has now are not new.
  explicit ElsewhereWatch(std::chrono::nanoseconds patience);

  void begin_execution() { was_used_ = false; }
  /// Whether another thread did anything to the execution.
  [[nodiscard]] bool was_used() const { return was_used_; }
  /// Whether the process has threads that it had not before the first execution.
  [[nodiscard]] bool has_new_threads() const;

  /// Adds failures for `news`, before those of other kinds: the execution is not one of Coweave's
  /// any more. Sorts `news`, so that the order does not depend on the threads. `names` labels
  /// tasks.
  void report(NewsFromElsewhere& news, FailureCollector& failures, const EndReport& names);

  /// Nothing in the execution can go on. Waits for news, as long as they may come and for the
  /// patience at most, and calls `hear` where there are some, until it returns true: a task is
  /// ready now. Returns false where that does not happen. Once a wait of this process was in vain,
  /// later ones end sooner.
  [[nodiscard]] bool wait(ForeignProxies& proxies, const std::function<bool()>& hear) const;

 private:
  std::chrono::nanoseconds patience_;
  std::optional<std::size_t> threads_before_;  // The executions; null: not known.
  bool was_used_ = false;
};

}  // namespace coweave::detail
