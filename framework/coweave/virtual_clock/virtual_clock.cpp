// coweave::virtual_clock: the steady clock of the C++ library and the timer descriptors of Linux,
// as the programs under test see them. Within an execution they are those of the execution, so that
// an unmodified steady_timer runs on virtual time; elsewhere, and on other threads, they are the
// real ones.
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>

#include "coweave/asio/deadline.hpp"

#ifndef __GLIBCXX__
#error "coweave::virtual_clock: expected libstdc++, whose steady clock it defines anew"
#endif

namespace {

using std::chrono::nanoseconds;

bool is_virtual() noexcept {
  const coweave::detail::TaskServices* services = coweave::detail::context.services;
  return services != nullptr && services->has_virtual_time();
}

/// Asio's reactor never sets a longer wait: one of this length may also mean that there is no
/// timer.
constexpr nanoseconds longest_wait = std::chrono::minutes(5);
constexpr std::uint32_t most_unknown_waits = 30 * 24 * 12;  // 30 days.

/// Whether to believe a wait of unknown meaning: in one execution no more often in a row than a
/// timer of 30 days would take.
bool believe_unknown_wait() {
  static thread_local std::uint32_t epoch = 0;
  static thread_local std::uint32_t waits = 0;
  static thread_local coweave::Clock::time_point last;
  if (epoch != coweave::detail::context.epoch) {
    epoch = coweave::detail::context.epoch;
    waits = 0;
  }
  if (const coweave::Clock::time_point now = coweave::Clock::now(); now - last == longest_wait) {
    ++waits;
    last = now;
  } else {
    if (now != last) waits = 0;
    last = now;
  }
  return waits < most_unknown_waits;
}

/// Descriptors that are readable for good, so that they need not be set again.
std::array<std::atomic<bool>, 4096> is_expired;

std::atomic<bool>* expired(int descriptor) {
  const auto index = static_cast<std::size_t>(descriptor);
  return descriptor >= 0 && index < is_expired.size() ? &is_expired[index] : nullptr;
}

}  // namespace

// The member functions that libstdc++'s shared object defines: the program's own come first.
// NOLINTNEXTLINE(modernize-concat-nested-namespaces): clang-format 14 does not know them joined.
namespace std::chrono {
inline namespace _V2 {
steady_clock::time_point steady_clock::now() noexcept {
  if (is_virtual()) return time_point(coweave::Clock::now().time_since_epoch());
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return time_point(seconds(now.tv_sec) + nanoseconds(now.tv_nsec));
}
}  // namespace _V2
}  // namespace std::chrono

// Of libc, with the names that its header gives the parameters.
extern "C" int timerfd_create(int clock_id, int flags) noexcept {
  const auto descriptor = static_cast<int>(syscall(SYS_timerfd_create, clock_id, flags));
  if (std::atomic<bool>* known = expired(descriptor)) known->store(false);
  return descriptor;
}

extern "C" int timerfd_settime(int ufd, int flags, const itimerspec* utmr,
                               itimerspec* otmr) noexcept {
  itimerspec wanted = *utmr;
  std::atomic<bool>* const known = expired(ufd);
  if (is_virtual()) {
    const nanoseconds wait =
        std::chrono::seconds(utmr->it_value.tv_sec) + nanoseconds(utmr->it_value.tv_nsec);
    if ((flags & TFD_TIMER_ABSTIME) != 0) {
      coweave::detail::note_deadline(nanoseconds(0));  // Due.
    } else if (wait != longest_wait) {
      coweave::detail::note_deadline(wait);
    } else if (believe_unknown_wait()) {
      coweave::detail::noted_look = coweave::Clock::now() + wait;
    }
    // Readable at once and for good: whoever polls looks at the timers.
    if (known != nullptr && known->exchange(true)) return 0;
    wanted = {};
    wanted.it_value.tv_nsec = 1;
    flags = 0;
  } else if (known != nullptr) {
    known->store(false);
  }
  return static_cast<int>(syscall(SYS_timerfd_settime, ufd, flags, &wanted, otmr));
}
