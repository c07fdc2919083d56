// Says: keep it in a variable
// Errors: 1
// Only: Clang
#include <coweave/coweave.hpp>
#include <coweave/primitives.hpp>

coweave::Task<> body(coweave::Lock& lock) {
  co_await lock.scoped();
  co_await coweave::yield();
}
