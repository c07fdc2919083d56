#include "coweave/exploration/deadline.hpp"

#include <algorithm>

#include "coweave/exploration/process/interrupt.hpp"

namespace coweave::detail {

bool Deadline::look() {
  using namespace std::chrono_literals;
  const Wall::time_point now = Wall::now();
  const auto since_last = now - last_look_;
  last_look_ = now;
  // Doubles while executions are short; falls back at once when they become long.
  if (since_last < 100us) {
    interval_ = std::min(2 * interval_, 1U << 16U);
  } else if (since_last > 1ms) {
    interval_ = std::max(interval_ / 16, 1U);
  }
  until_look_ = interval_;
  return now - start_ >= allowance_ || is_interrupted();
}

}  // namespace coweave::detail
