#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace coweave {

/// How an execution failed.
enum class FailureKind : std::uint8_t {
  check,           ///< A check() or an EXPECT_ failed.
  exception,       ///< An exception that no task handled.
  deadlock,        ///< Nothing was ready and the test body had not finished.
  livelock,        ///< The step limit was reached.
  leaked_task,     ///< A spawned task had not finished when the test body did.
  misuse,          ///< A primitive was used against its rules.
  invariant,       ///< An invariant did not hold between two steps.
  uncontrolled,    ///< An await that the scheduler cannot control.
  nondeterminism,  ///< The same picks gave two different executions.
  diverged,        ///< The program did not follow the schedule that it replays.
  crash,           ///< The process died in it: a signal, a sanitizer's stop, exit(). Only in files.
};

[[nodiscard]] std::string_view to_string(FailureKind kind);

/// The kind of that name, or nothing.
[[nodiscard]] std::optional<FailureKind> failure_kind_from(std::string_view text);

}  // namespace coweave
