#include "coweave/exploration/process/exits.hpp"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

namespace coweave::detail {
namespace {

constinit std::atomic<ExitHook> asked = nullptr;
static_assert(std::atomic<ExitHook>::is_always_lock_free, "a signal handler reads it");

using Exit = void (*)(int status);

/// The definition that this library's comes before: that of a sanitizer or of the C library; null
/// in a program that is linked with -static.
Exit next_definition(const char* name) {
  return reinterpret_cast<Exit>(::dlsym(RTLD_NEXT, name));  // NOLINT: as POSIX wants it.
}

// Looked up before main(): dlsym is not async-signal-safe. Null until then.
const Exit next_exit_at_once = next_definition("_exit");
const Exit next_quick_exit = next_definition("quick_exit");

int status_after_asking(std::string_view function, int status) {
  const ExitHook hook = asked.load(std::memory_order_acquire);
  return hook != nullptr ? hook(function, status) : status;
}

#ifdef __GLIBC__
void on_exit_of_process(int status, void* /*unused*/) {
  const int wanted = status_after_asking("exit()", status);
  // glibc goes on with the handlers that are left, and ends with the status of the last call.
  if (wanted != status) std::exit(wanted);
}
#endif

}  // namespace

void set_exit_hook(ExitHook hook) {
  asked.store(hook, std::memory_order_release);
#ifdef __GLIBC__
  static const bool is_registered = ::on_exit(on_exit_of_process, nullptr) == 0;
  static_cast<void>(is_registered);
#endif
}

void end_process(int status) {
  if (next_exit_at_once != nullptr) next_exit_at_once(status);
  while (true) ::syscall(SYS_exit_group, status);
}

}  // namespace coweave::detail

// Declared [[noreturn]] by the C library.
extern "C" {

void _exit(int status) {  // NOLINT(bugprone-reserved-identifier)
  coweave::detail::end_process(coweave::detail::status_after_asking("_exit()", status));
}

void _Exit(int status) noexcept {  // NOLINT(bugprone-reserved-identifier)
  coweave::detail::end_process(coweave::detail::status_after_asking("_Exit()", status));
}

/// Where the C library's is not to be found (-static), the handlers of at_quick_exit do not run.
void quick_exit(int status) noexcept {
  using namespace coweave::detail;
  const int wanted = status_after_asking("quick_exit()", status);
  if (next_quick_exit != nullptr) next_quick_exit(wanted);
  end_process(wanted);
}

}  // extern "C"
