// Says: co_await of what cannot be awaited
// Errors: 1
#include <coweave/coweave.hpp>

coweave::Task<> work() { co_await coweave::yield(); }
coweave::Task<> body() { co_await work; }
