// coweave::virtual_clock: the clocks of the C++ library as the programs under test see them. Within
// an execution they show the time of the execution, so that unmodified timers run on virtual time;
// elsewhere, and on other threads, they are the real ones.
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <chrono>
#include <ctime>

#include "coweave/asio/deadline.hpp"

#ifndef __GLIBCXX__
#error "coweave::virtual_clock: expected libstdc++, whose clocks it defines anew"
#endif

namespace {

using std::chrono::nanoseconds;

[[maybe_unused]] const bool is_noted = coweave::detail::has_virtual_clock = true;

/// What the system clock shows at the start of every execution: 2023-11-14, 22:13:20 UTC.
constexpr std::chrono::seconds date_of_start{1'700'000'000};

bool is_virtual() noexcept {
  const coweave::detail::TaskServices* services = coweave::detail::context.services;
  return services != nullptr && services->has_virtual_time();
}

nanoseconds real_time(clockid_t clock) noexcept {
  timespec now{};
  clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

}  // namespace

// The member functions that libstdc++'s shared object defines: the program's own come first.
// NOLINTNEXTLINE(modernize-concat-nested-namespaces): clang-format 14 does not know them joined.
namespace std::chrono {
inline namespace _V2 {
steady_clock::time_point steady_clock::now() noexcept {
  if (is_virtual()) return time_point(coweave::Clock::now().time_since_epoch());
  return time_point(real_time(CLOCK_MONOTONIC));
}
system_clock::time_point system_clock::now() noexcept {  // It is high_resolution_clock too.
  if (is_virtual()) return time_point(date_of_start + coweave::Clock::now().time_since_epoch());
  return time_point(real_time(CLOCK_REALTIME));
}
}  // namespace _V2
}  // namespace std::chrono

// Of libc, with the names that its header gives the parameters. In an execution no timer is one of
// the kernel: Coweave fires those of Asio's reactor, which sets its descriptor all the same.
extern "C" int timerfd_settime(int ufd, int flags, const itimerspec* utmr,
                               itimerspec* otmr) noexcept {
  if (is_virtual()) return 0;
  return static_cast<int>(syscall(SYS_timerfd_settime, ufd, flags, utmr, otmr));
}
