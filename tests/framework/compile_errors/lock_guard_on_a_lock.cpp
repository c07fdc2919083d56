// Says: const auto guard = co_await lock.scoped();
// Errors: 1
#include <coweave/coweave.hpp>
#include <coweave/primitives.hpp>
#include <mutex>

coweave::Task<> body(coweave::Lock& lock) {
  const std::lock_guard guard(lock);
  co_await coweave::yield();
}
