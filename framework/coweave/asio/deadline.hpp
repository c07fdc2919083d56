#pragma once

#include <chrono>

#include "coweave/runtime/context.hpp"

namespace coweave {
namespace detail {

/// Whether coweave::virtual_clock is linked: the clocks that Asio's own timers read are then those
/// of the execution.
inline constinit bool has_virtual_clock = false;

}  // namespace detail

/// The clock of virtual timers: that of the execution inside explore() and run(), else the steady
/// clock, so that the same source runs in production.
struct virtual_steady_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<virtual_steady_clock>;
  static constexpr bool is_steady = true;
  static time_point now() {
    return detail::context.services != nullptr
               ? time_point(Clock::now().time_since_epoch())
               : time_point(std::chrono::steady_clock::now().time_since_epoch());
  }
};

/// Asio's wait traits for it. They tell its timers from others of this clock: see
/// timer_service.ipp.
struct virtual_wait_traits {
  static virtual_steady_clock::duration to_wait_duration(
      const virtual_steady_clock::duration& duration) {
    return duration;
  }
  static virtual_steady_clock::duration to_wait_duration(
      const virtual_steady_clock::time_point& until) {
    return until - virtual_steady_clock::now();
  }
};

}  // namespace coweave
