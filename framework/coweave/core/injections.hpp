#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace coweave {

/// When timers fire in an exploration.
enum class TimerOrder : std::uint8_t {
  when_idle,  ///< When nothing is ready: no timeout wins against work that need not wait.
  any,        ///< Also before ready work, as a branch of the search: the race is explored.
  timeouts,   ///< The same for the deadlines of timeout scopes whose task has had to wait; plain
              ///< sleeps and other timers fire when nothing is ready.
};

/// What happens when code that is not Coweave's resumes the awaiting coroutine of a Task on the
/// spot, within the step of another task, as an event does whose set() resumes who waits for it.
enum class InlineResumption : std::uint8_t {
  explored,  ///< Either, as a branch of the search; production order: inline.
  always,    ///< It runs inline, until it suspends, before the call that resumes it returns: as
             ///< without Coweave.
  never,     ///< It becomes ready: as with a library that queues what it resumes.
};

/// Cancellations as branches of the search: at every scheduling point, each of these tasks that has
/// suspended may be cancelled there, as if another task had called cancel() on it.
struct CancellationInjection {
  std::uint32_t at_most = 0;  ///< In one execution; 0 for none.
  /// Names given to spawn(), or of coroutine functions. Empty: every task but the test body, which
  /// is never cancelled.
  std::vector<std::string> tasks = {};
  friend bool operator==(const CancellationInjection&, const CancellationInjection&) = default;
};

/// All that may happen to a program besides what its tasks do. Each is a branch of the search that
/// counts as a deviation; bounded for one execution.
struct Injections {
  static constexpr std::uint32_t unlimited = std::numeric_limits<std::uint32_t>::max();

  CancellationInjection cancellation = {};
  std::uint32_t faults = 1;   ///< Of fault_point()s that throw.
  std::uint32_t wakeups = 0;  ///< Of Condition::wait() without a notification.
  TimerOrder timers = TimerOrder::when_idle;
  std::uint32_t early_timers = unlimited;  ///< Moves of the clock before ready work.
  InlineResumption inline_resumption = InlineResumption::explored;
  friend bool operator==(const Injections&, const Injections&) = default;
};

[[nodiscard]] std::string_view to_string(TimerOrder order);
[[nodiscard]] std::string_view to_string(InlineResumption resumption);

/// "at most 1 cancellation, timers in any order".
[[nodiscard]] std::string in_words(const Injections& injections);

}  // namespace coweave
