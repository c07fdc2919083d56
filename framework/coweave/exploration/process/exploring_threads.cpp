#include "coweave/exploration/process/exploring_threads.hpp"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>

namespace coweave::detail {
namespace {

/// A place for a thread that explores; more threads than there are seats are not asked.
struct Seat {
  std::atomic<bool> is_taken = false;
  std::atomic<pid_t> process = 0;  // Not 0: `thread` explores in that process.
  pthread_t thread{};
  void (*leave_behind)(std::string_view cause) = nullptr;
  std::atomic<bool> is_asked = false;
};

constinit std::array<Seat, 64> seats{};
constinit std::string_view told_cause;  // Written before a thread is asked.
constinit thread_local Seat* own = nullptr;
constinit struct sigaction former {};

/// On the thread that explores. A SIGURG of the program's own, or one for StuckGuard, is passed on.
void on_question(int number, siginfo_t* info, void* machine) {
  const int former_errno = errno;
  if (own != nullptr && own->is_asked.load()) {
    own->leave_behind(told_cause);
    own->is_asked.store(false);
  } else if ((former.sa_flags & SA_SIGINFO) != 0) {
    former.sa_sigaction(number, info, machine);
  } else if (former.sa_handler != SIG_DFL && former.sa_handler != SIG_IGN) {
    former.sa_handler(number);
  }
  errno = former_errno;
}

bool is_pending() {
  for (const Seat& seat : seats)
    if (seat.is_asked.load() && seat.process.load() == ::getpid()) return true;
  return false;
}

}  // namespace

void enter_thread(void (*leave_behind)(std::string_view cause)) {
  for (Seat& seat : seats) {
    if (seat.is_taken.exchange(true)) continue;
    seat.thread = ::pthread_self();
    seat.leave_behind = leave_behind;
    seat.is_asked.store(false);
    own = &seat;
    seat.process.store(::getpid());
    return;
  }
}

void leave_thread() {
  if (own == nullptr) return;
  own->process.store(0);
  own->is_taken.store(false);
  own = nullptr;
}

bool explores_elsewhere() {
  for (const Seat& seat : seats)
    if (seat.process.load() == ::getpid()) return true;
  return false;
}

void ask_other_threads(std::string_view cause) {
  static constinit std::atomic<bool> has_asked = false;
  if (!explores_elsewhere() || has_asked.exchange(true)) return;
  told_cause = cause;
  struct sigaction action {};
  action.sa_sigaction = on_question;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGURG, &action, &former);
  for (Seat& seat : seats) {
    if (seat.process.load() != ::getpid()) continue;
    seat.is_asked.store(true);
    static_cast<void>(::pthread_kill(seat.thread, SIGURG));
  }
  constexpr int most_looks = 1'000;
  constexpr timespec millisecond{0, 1'000'000};
  for (int look = 0; look < most_looks && is_pending(); ++look) ::nanosleep(&millisecond, nullptr);
}

}  // namespace coweave::detail
