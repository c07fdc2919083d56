#pragma once

#include <chrono>
#include <cstdint>

namespace coweave::detail {

/// Knows when the wall time of an exploration is up, without asking the clock at every execution.
class Deadline {
 public:
  explicit Deadline(std::chrono::nanoseconds allowance)
      : start_(Wall::now()), last_look_(start_), allowance_(allowance) {}

  /// Once after every execution: whether to look at the clock, about every tenth of a millisecond.
  [[nodiscard]] bool is_due() { return --until_look_ == 0; }
  /// When it is due. True also if SIGINT has asked to end.
  [[nodiscard]] bool look();
  /// Both in one.
  [[nodiscard]] bool is_over() {
    if (!is_due()) [[likely]]
      return false;
    return look();
  }
  /// At the last look.
  [[nodiscard]] std::chrono::nanoseconds elapsed() const { return last_look_ - start_; }

 private:
  using Wall = std::chrono::steady_clock;

  Wall::time_point start_;
  Wall::time_point last_look_;
  std::chrono::nanoseconds allowance_;
  std::uint32_t interval_ = 1;  // Executions between two looks.
  std::uint32_t until_look_ = 1;
};

}  // namespace coweave::detail
