// Says: write: co_await lock.acquire();
// Errors: 1
#include <coweave/coweave.hpp>
#include <coweave/primitives.hpp>

coweave::Task<> body(coweave::Lock& lock) {
  lock.acquire();
  co_return;
}
