#include "coweave/exploration/process/interrupt.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <mutex>

#include "coweave/execution/heartbeat.hpp"
#include "coweave/exploration/process/crash_guard.hpp"
#include "coweave/exploration/process/death_signals.hpp"

namespace coweave::detail {
namespace {

constinit std::atomic<int> requested_by = 0;
constinit std::atomic<bool> is_noticed = false;  // Between two executions: none is stuck.
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler writes it");

struct Interrupt {
  int number;
  std::string_view name;
  bool is_taken;
  struct sigaction former;
};

std::mutex installing_interrupt;
std::size_t guards = 0;  // Guarded by `installing_interrupt`, as the next two.
pid_t process = 0;       // In which the handler was installed.
std::array<Interrupt, 3> interrupts{{{SIGINT, "SIGINT", false, {}},
                                     {SIGTERM, "SIGTERM", false, {}},
                                     {SIGHUP, "SIGHUP", false, {}}}};

/// Sends SIGTERM, which has another code then, when an exploration that was asked to end by SIGTERM
/// or SIGHUP may be stuck in a step: who sent one waits for an end.
class Grace {
 public:
  static constexpr time_t seconds = 3;

  /// May be called again; after fork() it makes the timer of the child.
  void prepare() {
    if (maker_ == ::getpid()) return;
    struct sigevent event {};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGTERM;
    if (::timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0) maker_ = ::getpid();
  }
  /// Safe in a signal handler, as is end().
  void begin() { set(seconds); }
  void end() { set(0); }

 private:
  void set(time_t after) {
    if (maker_ != ::getpid()) return;
    const struct itimerspec when {
      {}, { after, 0 }
    };
    static_cast<void>(::timer_settime(timer_, 0, &when, nullptr));
  }

  timer_t timer_{};
  pid_t maker_ = 0;
};
constinit Grace grace;

/// The next one, whichever it is, has the effect that it had before.
void give_back() {
  for (const Interrupt& interrupt : interrupts)
    if (interrupt.is_taken) ::sigaction(interrupt.number, &interrupt.former, nullptr);
}

/// Returns false if the signal must have the effect that it had before it was taken.
bool take_interrupt(int number, const siginfo_t& info) {
  // Of the execution in which the program raised one: it does so again when that is repeated.
  static constinit std::atomic<std::uint64_t> raised_in = 0;
  if (process != ::getpid()) return false;  // A child of fork() explores nothing.
  const std::uint64_t beat = heartbeat.load(std::memory_order_relaxed);
  const bool is_first = requested_by.load(std::memory_order_relaxed) == 0;
  if (!is_sent_by_program(number, info)) {
    if (!is_first) return false;
    requested_by.store(number, std::memory_order_relaxed);
    if (number != SIGINT) grace.begin();
    return true;
  }
  if (!is_first && raised_in.load(std::memory_order_relaxed) == beat) return false;
  requested_by.store(number, std::memory_order_relaxed);
  raised_in.store(beat, std::memory_order_relaxed);
  leave_schedule_behind(words_of_signal(number));
  return true;
}

/// The request was made `Grace::seconds` ago: ends a process that has not noticed it.
void end_after_grace() {
  if (is_noticed.load(std::memory_order_relaxed)) return;
  const int asked_by = requested_by.load(std::memory_order_relaxed);
  leave_schedule_behind(words_of_signal(asked_by));
  give_back();
  ::raise(asked_by);
}

void on_interrupt(int number, siginfo_t* info, void* /*machine*/) {
  const int former_errno = errno;
  if (info->si_code == SI_TIMER && process == ::getpid()) {
    end_after_grace();
  } else if (!take_interrupt(number, *info)) {
    give_back();
    ::raise(number);
  }
  errno = former_errno;
}

bool is_interrupt_handler(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == on_interrupt;
}

bool is_ignored(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

bool is_interrupted() {
  if (interrupting_signal() == 0) return false;
  is_noticed.store(true, std::memory_order_relaxed);
  return true;
}

int interrupting_signal() { return requested_by.load(std::memory_order_relaxed); }

std::string_view interrupting_signal_name() {
  const int number = interrupting_signal();
  for (const Interrupt& interrupt : interrupts)
    if (interrupt.number == number) return interrupt.name;
  return interrupts.front().name;
}

InterruptGuard::InterruptGuard(OnInterrupt wanted)
    : is_active_(wanted == OnInterrupt::note && !is_interrupted()) {
  if (!is_active_) return;
  const std::lock_guard lock(installing_interrupt);
  if (guards++ != 0) return;
  process = ::getpid();
  grace.prepare();
  struct sigaction action {};
  action.sa_sigaction = on_interrupt;
  ::sigemptyset(&action.sa_mask);
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  for (Interrupt& interrupt : interrupts) {
    ::sigaction(interrupt.number, nullptr, &interrupt.former);
    interrupt.is_taken = interrupt.number == SIGINT || !is_ignored(interrupt.former);
    if (interrupt.is_taken) ::sigaction(interrupt.number, &action, nullptr);
  }
}

InterruptGuard::~InterruptGuard() {
  if (!is_active_) return;
  const std::lock_guard lock(installing_interrupt);
  if (--guards != 0) return;
  grace.end();
  for (const Interrupt& interrupt : interrupts) {
    if (!interrupt.is_taken) continue;
    struct sigaction present {};
    ::sigaction(interrupt.number, nullptr, &present);
    if (is_interrupt_handler(present)) ::sigaction(interrupt.number, &interrupt.former, nullptr);
  }
}

}  // namespace coweave::detail
