#pragma once

#include <cstdint>
#include <string_view>

namespace coweave::detail {

/// Whether SIGINT, SIGTERM or SIGHUP has asked the explorations of this process to end.
[[nodiscard]] bool is_interrupted();

/// The number of the signal that did; 0: none.
[[nodiscard]] int interrupting_signal();

/// "SIGINT", "SIGTERM" or "SIGHUP"; "SIGINT" before there was one.
[[nodiscard]] std::string_view interrupting_signal_name();

/// Whether an InterruptGuard notes signals, or does nothing.
enum class OnInterrupt : std::uint8_t { note, nothing };

/// While one lives, the first SIGINT, SIGTERM or SIGHUP is noted instead of ending the process; the
/// next has the effect that it had before: a second one from outside, or by the program in the same
/// execution. A SIGTERM or SIGHUP that is ignored (nohup) stays so. If
/// the program raises the signal in an execution, that execution's schedule is saved as that of a
/// crash: see CrashGuard.
class InterruptGuard {
 public:
  explicit InterruptGuard(OnInterrupt wanted);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  bool is_active_;
};

}  // namespace coweave::detail
