#include "coweave/exploration/interrupt.hpp"

#include <atomic>
#include <cstddef>
#include <mutex>

namespace coweave::detail {
namespace {

constinit std::atomic<bool> is_requested = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler writes it");

std::mutex installing;
std::size_t guards = 0;  // Guarded by `installing`, as the next.
struct sigaction former {};

void on_interrupt(int number) {
  is_requested.store(true, std::memory_order_relaxed);
  ::sigaction(number, &former, nullptr);
}

}  // namespace

bool is_interrupted() { return is_requested.load(std::memory_order_relaxed); }

InterruptGuard::InterruptGuard(bool is_wanted) : is_wanted_(is_wanted) {
  if (!is_wanted_ || is_interrupted()) {
    is_wanted_ = false;
    return;
  }
  const std::lock_guard lock(installing);
  if (guards++ != 0) return;
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  ::sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, &former);
}

InterruptGuard::~InterruptGuard() {
  if (!is_wanted_) return;
  const std::lock_guard lock(installing);
  if (--guards != 0) return;
  struct sigaction present {};
  ::sigaction(SIGINT, nullptr, &present);
  if (present.sa_handler == on_interrupt) ::sigaction(SIGINT, &former, nullptr);
}

}  // namespace coweave::detail
