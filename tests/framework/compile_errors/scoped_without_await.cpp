// Shows: guard
// Errors: 1
#include <coweave/coweave.hpp>
#include <coweave/primitives.hpp>

coweave::Task<> body(coweave::Lock& lock) {
  auto guard = lock.scoped();
  co_await coweave::yield();
}
