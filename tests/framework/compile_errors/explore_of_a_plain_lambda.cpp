// Says: the body is no coroutine
// Errors: 1
#include <coweave/coweave.hpp>

coweave::Report report() {
  return coweave::explore([] { static_cast<void>(coweave::choose(2)); });
}
