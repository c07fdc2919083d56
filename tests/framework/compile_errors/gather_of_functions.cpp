// Says: call the coroutine functions, as in gather(f(), g())
// Errors: 1
#include <coweave/coweave.hpp>

coweave::Task<> work() { co_await coweave::yield(); }
coweave::Task<> body() { co_await coweave::gather(work, work); }
