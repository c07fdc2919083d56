#pragma once

#include <csignal>

namespace coweave::detail {

/// Whether SIGINT has asked the explorations of this process to end.
[[nodiscard]] bool is_interrupted();

/// While one lives, the first SIGINT is noted instead of ending the process; the next has the
/// effect that it had before.
class InterruptGuard {
 public:
  /// Does nothing unless `is_wanted`.
  explicit InterruptGuard(bool is_wanted);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  bool is_wanted_;
};

}  // namespace coweave::detail
