// Says: write run(body())
// Errors: 1
#include <coweave/coweave.hpp>

coweave::Task<> work() { co_await coweave::yield(); }
void start() { coweave::run(work); }
