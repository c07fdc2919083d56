// Says: co_await of what cannot be awaited
// Errors: 1
#include <coweave/coweave.hpp>
#include <coweave/primitives.hpp>

coweave::Task<> body(coweave::Lock& lock) { co_await lock; }
