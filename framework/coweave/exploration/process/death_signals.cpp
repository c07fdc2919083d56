#include "coweave/exploration/process/death_signals.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <mutex>

#include "coweave/runtime/context.hpp"

namespace coweave::detail {
namespace {

enum class Sort : std::uint8_t {
  fault,  // The instruction is repeated, and faults again; or abort() insists.
  other,  // Has an effect once; taken only where nobody handles or ignores it.
};

struct Signal {
  int number;
  Sort sort;
  std::string_view words;
  bool is_taken;
  struct sigaction former;
};

// What is not const here is guarded by `installing_handlers`; a handler reads only what an
// installation wrote before it installed the handler.
std::array<Signal, 20> signals{{
    {SIGSEGV, Sort::fault, "SIGSEGV (invalid memory access)", false, {}},
    {SIGBUS, Sort::fault, "SIGBUS (bus error)", false, {}},
    {SIGFPE, Sort::fault, "SIGFPE (arithmetic error)", false, {}},
    {SIGILL, Sort::fault, "SIGILL (illegal instruction)", false, {}},
    {SIGABRT, Sort::fault, "SIGABRT (abort)", false, {}},
    {SIGTRAP, Sort::other, "SIGTRAP (breakpoint)", false, {}},
    {SIGSYS, Sort::other, "SIGSYS (bad system call)", false, {}},
    {SIGPIPE, Sort::other, "SIGPIPE (broken pipe)", false, {}},
    {SIGXCPU, Sort::other, "SIGXCPU (limit of processor time)", false, {}},
    {SIGXFSZ, Sort::other, "SIGXFSZ (limit of file size)", false, {}},
    {SIGALRM, Sort::other, "SIGALRM (alarm)", false, {}},
    {SIGVTALRM, Sort::other, "SIGVTALRM (virtual alarm)", false, {}},
    {SIGPROF, Sort::other, "SIGPROF (profiling timer)", false, {}},
    {SIGPOLL, Sort::other, "SIGPOLL (event on a descriptor)", false, {}},
    {SIGUSR1, Sort::other, "SIGUSR1", false, {}},
    {SIGUSR2, Sort::other, "SIGUSR2", false, {}},
    {SIGHUP, Sort::other, "SIGHUP (hangup)", false, {}},
    {SIGINT, Sort::other, "SIGINT (interrupt)", false, {}},
    {SIGQUIT, Sort::other, "SIGQUIT (quit)", false, {}},
    {SIGTERM, Sort::other, "SIGTERM (termination)", false, {}},
}};
std::mutex installing_handlers;
std::size_t holders = 0;
DeathListener heard;

void on_signal(int number, siginfo_t* info, void* /*machine*/) {
  const int former_errno = errno;
  for (const Signal& signal : signals) {
    if (signal.number != number) continue;
    if (signal.sort == Sort::fault || is_sent_by_program(number, *info)) {
      heard.caused_by_program(signal.words);
    } else {
      heard.sent_from_outside();
    }
    // To whoever would have had it. A fault happens again when the instruction is repeated; what
    // was sent is sent again, and arrives when this handler has ended.
    ::sigaction(number, &signal.former, nullptr);
    const bool repeats = signal.sort == Sort::fault && info->si_code > 0;
    if (!repeats) ::raise(number);
  }
  errno = former_errno;
}

bool is_ours(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == on_signal;
}

bool is_default(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_DFL;
}

}  // namespace

void take_death_signals(const DeathListener& listener) {
  const std::lock_guard lock(installing_handlers);
  if (holders++ != 0) return;
  heard = listener;
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  for (Signal& signal : signals) {
    ::sigaction(signal.number, nullptr, &signal.former);
    signal.is_taken = signal.sort == Sort::fault || is_default(signal.former);
    if (signal.is_taken) ::sigaction(signal.number, &action, nullptr);
  }
}

void give_death_signals_back() {
  const std::lock_guard lock(installing_handlers);
  if (--holders != 0) return;
  for (const Signal& signal : signals) {
    if (!signal.is_taken) continue;
    struct sigaction present {};
    ::sigaction(signal.number, nullptr, &present);
    if (is_ours(present)) ::sigaction(signal.number, &signal.former, nullptr);
  }
}

bool is_sent_by_program(int number, const siginfo_t& info) {
  // Between two executions it is Coweave that writes, and the reader of its output is gone.
  if (number == SIGPIPE && context.services == nullptr) return false;
  if (info.si_code == SI_USER || info.si_code == SI_QUEUE || info.si_code == SI_TKILL)
    return info.si_pid == ::getpid();
  // The kernel speaks for the terminal.
  return number != SIGHUP && number != SIGINT && number != SIGQUIT;
}

std::string_view words_of_signal(int number) {
  const auto* const found = std::find_if(
      signals.begin(), signals.end(), [number](const Signal& one) { return one.number == number; });
  return found == signals.end() ? "a signal" : found->words;
}

}  // namespace coweave::detail
